// Question: how long does a search of each vector index take, at which recall, and how fast is it
// filled? Data:     clustered unit vectors, 256 dimensions (1,000 centres and noise), or those of a
// file; filters at random. Command:  build/ci/bin/vector_index_bench   [COPPICE_VECTORS=FILE:
// float32, 256 a row, the last 32 are queries]
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "store/vector/graph_index.h"
#include "store/vector/vector_index.h"

namespace coppice::store {
namespace {

constexpr int kDimensions = 256;
constexpr std::size_t kQueries = 32;

std::vector<float> Unit(std::vector<float> vector) {
  float sum = 0;
  for (const float value : vector) sum += value * value;
  for (float& value : vector) value /= std::sqrt(sum);
  return vector;
}

std::vector<float> Clustered(std::size_t count) {
  std::vector<float> vectors;
  {
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
      const auto vector = next();
      vectors.insert(vectors.end(), vector.begin(), vector.end());
    }
  }
  return vectors;
}

/// `count` rows of the file over and over, each copy a little off, so that small files fill large
/// indexes.
std::vector<float> FromFile(const char* path, std::size_t count) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  std::vector<float> all(bytes.size() / sizeof(float));
  std::memcpy(all.data(), bytes.data(), all.size() * sizeof(float));
  const std::size_t rows = all.size() / kDimensions - kQueries;
  std::mt19937 random(5);
  std::normal_distribution<float> normal(0, 0.02F);
  std::vector<float> vectors;
  for (std::size_t i = 0; i < count; ++i) {
    const bool query = i >= count - kQueries;
    const std::size_t row = query ? rows + i - (count - kQueries) : i % rows;
    std::vector<float> vector(all.begin() + static_cast<std::ptrdiff_t>(row * kDimensions),
                              all.begin() + static_cast<std::ptrdiff_t>((row + 1) * kDimensions));
    if (!query && i >= rows)
      std::for_each(vector.begin(), vector.end(), [&](float& v) { v += normal(random); });
    vector = Unit(std::move(vector));
    vectors.insert(vectors.end(), vector.begin(), vector.end());
  }
  return vectors;
}

/// Vectors, queries and one index over them, made once for each size.
struct Data {
  Data(std::size_t count, std::unique_ptr<VectorIndex> made) : index(std::move(made)) {
    const char* file = std::getenv("COPPICE_VECTORS");
    vectors = file != nullptr ? FromFile(file, count + kQueries) : Clustered(count + kQueries);
    for (std::size_t i = 0; i < count; ++i) texts.emplace_back(static_cast<std::int32_t>(i));
    for (std::size_t i = 0; i < kQueries; ++i) {
      const auto begin = vectors.begin() + static_cast<std::ptrdiff_t>((count + i) * kDimensions);
      queries.emplace_back(begin, begin + kDimensions);
    }
    vectors.resize(count * kDimensions);
    const auto start = std::chrono::steady_clock::now();
    index->Append(texts, vectors).value();
    if (auto* graph = dynamic_cast<GraphIndex*>(index.get()))
      graph->WaitForGraph(Deadline::Never()).value();
    seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }

  std::vector<TextNo> texts;
  std::vector<float> vectors;
  std::vector<std::vector<float>> queries;
  std::unique_ptr<VectorIndex> index;
  double seconds = 0;  // to fill the index
};

std::unique_ptr<VectorIndex> MakeGraph() {
  GraphOptions options;
  options.least_rows = 10'000;
  options.least_allowed = 0;  // the graph itself is measured, not the choice
  options.rows_scanned_in_a_step = 1;
  return MakeGraphIndex(kDimensions, options);
}

const Data& DataOf(std::size_t count, bool graph) {
  static std::map<std::pair<std::size_t, bool>, std::unique_ptr<Data>> made;
  auto& data = made[{count, graph}];
  if (data == nullptr)
    data = std::make_unique<Data>(count, graph ? MakeGraph() : MakeFlatIndex(kDimensions));
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

double RecallOf(const Data& data, const TextFilter& filter, std::size_t wanted_each) {
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
    const std::size_t k = std::min(wanted_each, all.size());
    std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(k), all.end());
    const auto hits =
        data.index->Search(query, wanted_each, filter, Deadline::Never()).value().hits;
    wanted += k;
    for (std::size_t i = 0; i < k; ++i) {
      found += std::any_of(hits.begin(), hits.end(),
                           [&](const VectorHit& hit) { return hit.text == all[i].second; });
    }
  }
  return wanted == 0 ? 1.0 : static_cast<double>(found) / static_cast<double>(wanted);
}

void Search(benchmark::State& state, bool graph) {
  const auto count = static_cast<std::size_t>(state.range(0));
  const Data& data = DataOf(count, graph);
  const TextFilter filter = FilterOf(count, static_cast<double>(state.range(1)) / 1000);
  const auto k = static_cast<std::size_t>(state.range(2));
  std::size_t query = 0;
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(
        data.index->Search(data.queries[query++ % kQueries], k, filter, Deadline::Never()));
  }
  state.SetLabel(data.index->Search(data.queries[0], k, filter, Deadline::Never()).value().plan);
  state.counters["recall"] = RecallOf(data, filter, k);
  state.counters["fill_s"] = data.seconds;
}

/// Arguments: texts, allowed texts in tenths of a percent, how many are wanted.
void BM_FlatSearch(benchmark::State& state) { Search(state, false); }
BENCHMARK(BM_FlatSearch)
    ->ArgsProduct({{10'000, 100'000, 1'000'000}, {1, 10, 100, 1000}, {10}})
    ->ArgsProduct({{100'000, 1'000'000}, {1000}, {3000}})
    ->Unit(benchmark::kMillisecond);

void BM_GraphSearch(benchmark::State& state) { Search(state, true); }
BENCHMARK(BM_GraphSearch)
    ->ArgsProduct({{100'000, 300'000}, {100, 500, 1000}, {10}})
    ->Unit(benchmark::kMillisecond);

void BM_FlatAppend(benchmark::State& state) {
  const Data& data = DataOf(100'000, false);
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
