// Question: how long does a search of the flat index take, at which recall, and how fast does it
// fill? Data:     clustered unit vectors, 256 dimensions (1,000 centres and noise); filters at
// random. Command:  build/ci/bin/vector_index_bench
#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include <benchmark/benchmark.h>

#include "store/vector/vector_index.h"

namespace coppice::store {
namespace {

constexpr int kDimensions = 256;
constexpr std::size_t kK = 10;
constexpr std::size_t kQueries = 32;

std::vector<float> Unit(std::vector<float> vector) {
  float sum = 0;
  for (const float value : vector) sum += value * value;
  for (float& value : vector) value /= std::sqrt(sum);
  return vector;
}

/// Vectors, queries and one index over them, made once for each size.
struct Data {
  explicit Data(std::size_t count) : index(MakeFlatIndex(kDimensions)) {
    std::mt19937 random(11);
    std::normal_distribution<float> normal;
    const auto noise = [&] {
      std::vector<float> vector(kDimensions);
      for (float& value : vector) value = normal(random);
      return vector;
    };
    std::vector<std::vector<float>> centres(1000);
    for (auto& centre : centres) centre = noise();
    const auto next = [&] {
      auto vector = noise();
      const auto& centre = centres[random() % centres.size()];
      for (std::size_t i = 0; i < vector.size(); ++i) vector[i] = centre[i] + 0.6F * vector[i];
      return Unit(std::move(vector));
    };
    for (std::size_t i = 0; i < count; ++i) {
      texts.emplace_back(static_cast<std::int32_t>(i));
      const auto vector = next();
      vectors.insert(vectors.end(), vector.begin(), vector.end());
    }
    for (std::size_t i = 0; i < kQueries; ++i) queries.push_back(next());
    index->Append(texts, vectors).value();
  }

  std::vector<TextNo> texts;
  std::vector<float> vectors;
  std::vector<std::vector<float>> queries;
  std::unique_ptr<VectorIndex> index;
};

const Data& DataOf(std::size_t count) {
  static std::map<std::size_t, std::unique_ptr<Data>> made;
  auto& data = made[count];
  if (data == nullptr) data = std::make_unique<Data>(count);
  return *data;
}

TextFilter FilterOf(std::size_t count, double share) {
  std::mt19937 random(3);
  std::bernoulli_distribution allowed(share);
  TextFilter filter;
  for (std::size_t i = 0; i < count; ++i) {
    if (allowed(random)) filter.Add(TextNo(static_cast<std::int32_t>(i)));
  }
  return filter;
}

double RecallOf(const Data& data, const TextFilter& filter) {
  std::size_t wanted = 0;
  std::size_t found = 0;
  for (const auto& query : data.queries) {
    std::vector<std::pair<float, TextNo>> all;
    for (std::size_t i = 0; i < data.texts.size(); ++i) {
      if (!filter.Contains(data.texts[i])) continue;
      float sum = 0;
      for (std::size_t j = 0; j < query.size(); ++j)
        sum += data.vectors[i * query.size() + j] * query[j];
      all.emplace_back(-sum, data.texts[i]);
    }
    const std::size_t k = std::min(kK, all.size());
    std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(k), all.end());
    const auto hits = data.index->Search(query, kK, filter, Deadline::Never()).value().hits;
    wanted += k;
    for (std::size_t i = 0; i < k; ++i) {
      found += std::any_of(hits.begin(), hits.end(),
                           [&](const VectorHit& hit) { return hit.text == all[i].second; });
    }
  }
  return wanted == 0 ? 1.0 : static_cast<double>(found) / static_cast<double>(wanted);
}

/// Arguments: texts, allowed texts in tenths of a percent.
void BM_FlatSearch(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  const Data& data = DataOf(count);
  const TextFilter filter = FilterOf(count, static_cast<double>(state.range(1)) / 1000);
  std::size_t query = 0;
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(
        data.index->Search(data.queries[query++ % kQueries], kK, filter, Deadline::Never()));
  }
  state.counters["recall"] = RecallOf(data, filter);
}
BENCHMARK(BM_FlatSearch)
    ->ArgsProduct({{10'000, 100'000}, {1, 10, 100, 1000}})
    ->Unit(benchmark::kMillisecond);

void BM_FlatAppend(benchmark::State& state) {
  const Data& data = DataOf(100'000);
  for ([[maybe_unused]] auto _ : state) {
    const auto index = MakeFlatIndex(kDimensions);
    index->Append(data.texts, data.vectors).value();
    benchmark::DoNotOptimize(index->size());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(data.texts.size()));
}
BENCHMARK(BM_FlatAppend)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace coppice::store

BENCHMARK_MAIN();
