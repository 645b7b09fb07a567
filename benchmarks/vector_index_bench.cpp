// Question: how long does a search of each vector index take, at which recall, and how fast is it
//           filled?
// Data:     clustered unit vectors, 256 dimensions (1,000 centres and noise), or those of a file;
//           filters at random. The database's are in a private cluster of their own.
// Command:  build/ci/bin/vector_index_bench
//           [COPPICE_VECTORS=FILE: float32, 256 a row, the last 32 are queries]
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "store/store.h"
#include "store/vector/database/graph_keeper.h"
#include "store/vector/graph_index.h"
#include "store/vector/vector_index.h"
#include "tests/support/pg_fixture.h"
#include "tests/support/temp_repo.h"

namespace coppice::store {
namespace {

constexpr int kDimensions = 256;
constexpr std::size_t kQueries = 32;

std::vector<float> Unit(std::vector<float> vector) {
  float sum = 0;
  for (const float value : vector) sum += value * value;
  const float length = std::sqrt(sum);
  if (length > 0) std::for_each(vector.begin(), vector.end(), [=](float& v) { v /= length; });
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

enum class Kind { kScan, kGraph, kDatabase, kDatabaseGraph };

/// A database of its own with nothing but the vectors.
class Database {
 public:
  Database()
      : url_(test::PgServer::Shared().FreshDatabase()),
        store_(Store::Open({url_}, Never()).value()) {
    model_ = store_->catalog().RegisterModel("bench", "1", kDimensions, Never()).value();
    NewRepo repo;
    repo.name = repo.location = repo.git_dir = "/srv/bench";
    space_ = store_->catalog().AddRepo(repo, Never()).value().space;
  }
  static Deadline Never() { return Deadline::Never(); }
  std::unique_ptr<VectorIndex> Open(Kind kind) {
    DatabaseSearchOptions options;
    // Each way by itself is measured, not the choice.
    options.least_allowed = kind == Kind::kDatabase ? std::numeric_limits<std::size_t>::max() : 0;
    options.rows_in_a_candidate = 1;
    return store_->OpenVectorIndex(space_, model_, kDimensions, options);
  }
  void BuildGraph(std::size_t texts) {
    // The indexer takes numbers here; Append brings its own.
    test::Sql(url_, "UPDATE coppice.space SET next_text = " + std::to_string(texts));
    DatabaseGraphOptions options;
    options.least_rows = 1;
    store_->OpenGraphKeeper(model_, options)->Step(Never()).value();
  }

 private:
  std::string url_;
  std::unique_ptr<Store> store_;
  SpaceNo space_{0};
  ModelNo model_{0};
};

/// Vectors, queries and one index over them, made once for each size.
struct Data {
  Data(std::size_t count, Kind kind) {
    const char* file = std::getenv("COPPICE_VECTORS");
    vectors = file != nullptr ? FromFile(file, count + kQueries) : Clustered(count + kQueries);
    for (std::size_t i = 0; i < count; ++i) texts.emplace_back(static_cast<std::int32_t>(i));
    for (std::size_t i = 0; i < kQueries; ++i) {
      const auto begin = vectors.begin() + static_cast<std::ptrdiff_t>((count + i) * kDimensions);
      queries.emplace_back(begin, begin + kDimensions);
    }
    vectors.resize(count * kDimensions);
    Fill(kind);
  }

  void Fill(Kind kind) {
    if (kind == Kind::kScan) index = MakeFlatIndex(kDimensions);
    if (kind == Kind::kGraph) index = MakeGraph();
    if (kind == Kind::kDatabase || kind == Kind::kDatabaseGraph) {
      database = std::make_unique<Database>();
      index = database->Open(kind);
    }
    const auto start = std::chrono::steady_clock::now();
    index->Append(texts, vectors).value();
    fill_seconds = Since(start);
    if (auto* graph = dynamic_cast<GraphIndex*>(index.get()))
      graph->WaitForGraph(Deadline::Never()).value();
    if (kind == Kind::kDatabaseGraph) database->BuildGraph(texts.size());
    graph_seconds = Since(start) - fill_seconds;
    if (kind == Kind::kGraph) ReadGraph();
  }
  /// As the next process does.
  void ReadGraph() {
    const auto again = MakeGraph();
    const auto start = std::chrono::steady_clock::now();
    again->Append(texts, vectors).value();
    dynamic_cast<GraphIndex&>(*again).WaitForGraph(Deadline::Never()).value();
    read_seconds = Since(start) - fill_seconds;
  }
  static double Since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
  std::unique_ptr<VectorIndex> MakeGraph() const {
    GraphOptions options;
    options.least_rows = 10'000;
    options.settle = {};
    options.file = folder.path() / "graph";
    options.least_allowed = 0;  // the graph itself is measured, not the choice
    options.rows_scanned_in_a_step = 1;
    return MakeGraphIndex(kDimensions, options);
  }

  std::vector<TextNo> texts;
  std::vector<float> vectors;
  std::vector<std::vector<float>> queries;
  std::unique_ptr<Database> database;
  std::unique_ptr<VectorIndex> index;
  double fill_seconds = 0;
  double graph_seconds = 0;
  double read_seconds = 0;
  test::TempFolder folder;
};

const Data& DataOf(std::size_t count, Kind kind) {
  static std::map<std::pair<std::size_t, Kind>, std::unique_ptr<Data>> made;
  auto& data = made[{count, kind}];
  if (data == nullptr) data = std::make_unique<Data>(count, kind);
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

float Cosine(const Data& data, std::size_t row, const std::vector<float>& query) {
  return std::inner_product(query.begin(), query.end(), &data.vectors[row * query.size()], 0.0F);
}

/// Of the hits, those as near as the last of the truly nearest: texts alike are each other's
/// equals.
double RecallOf(const Data& data, const TextFilter& filter, std::size_t wanted_each) {
  constexpr float kEqual = 1e-5F;
  std::size_t wanted = 0;
  std::size_t found = 0;
  for (const auto& query : data.queries) {
    std::vector<float> all;
    for (std::size_t i = 0; i < data.texts.size(); ++i) {
      if (filter.Contains(data.texts[i])) all.push_back(-Cosine(data, i, query));
    }
    const std::size_t k = std::min(wanted_each, all.size());
    if (k == 0) continue;
    const auto last = all.begin() + static_cast<std::ptrdiff_t>(k - 1);
    std::nth_element(all.begin(), last, all.end());
    const auto answer = data.index->Search(query, wanted_each, filter, Deadline::Never()).value();
    wanted += k;
    found += static_cast<std::size_t>(
        std::count_if(answer.hits.begin(), answer.hits.end(), [&](const VectorHit& hit) {
          return Cosine(data, static_cast<std::size_t>(hit.text.value), query) >= -*last - kEqual;
        }));
  }
  return wanted == 0 ? 1.0 : static_cast<double>(found) / static_cast<double>(wanted);
}

void Search(benchmark::State& state, Kind kind) {
  const auto count = static_cast<std::size_t>(state.range(0));
  const Data& data = DataOf(count, kind);
  const TextFilter filter = FilterOf(count, static_cast<double>(state.range(1)) / 1000);
  const auto k = static_cast<std::size_t>(state.range(2));
  std::size_t query = 0;
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(
        data.index->Search(data.queries[query++ % kQueries], k, filter, Deadline::Never()));
  }
  state.SetLabel(data.index->Search(data.queries[0], k, filter, Deadline::Never()).value().plan);
  state.counters["recall"] = RecallOf(data, filter, k);
  state.counters["fill_s"] = data.fill_seconds;
  state.counters["graph_s"] = data.graph_seconds;
  state.counters["read_s"] = data.read_seconds;
}

/// Arguments: texts, allowed texts in tenths of a percent, how many are wanted. Ranking asks for
/// 1,500. The database works in other processes: wall time.
void BM_ScanSearch(benchmark::State& state) { Search(state, Kind::kScan); }
BENCHMARK(BM_ScanSearch)
    ->ArgsProduct({{10'000, 100'000, 1'000'000}, {1, 10, 100, 1000}, {10}})
    ->ArgsProduct({{100'000, 1'000'000}, {1000}, {1500}})
    ->Unit(benchmark::kMillisecond);

void BM_GraphSearch(benchmark::State& state) { Search(state, Kind::kGraph); }
BENCHMARK(BM_GraphSearch)
    ->ArgsProduct({{100'000}, {1, 10, 100, 500, 1000}, {10}})
    ->Unit(benchmark::kMillisecond);

void BM_DatabaseSearch(benchmark::State& state) { Search(state, Kind::kDatabase); }
BENCHMARK(BM_DatabaseSearch)
    ->ArgsProduct({{100'000}, {1, 10, 100, 1000}, {10}})
    ->ArgsProduct({{100'000}, {1000}, {1500}})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

void BM_DatabaseGraphSearch(benchmark::State& state) { Search(state, Kind::kDatabaseGraph); }
BENCHMARK(BM_DatabaseGraphSearch)
    ->ArgsProduct({{100'000}, {1, 10, 100, 1000}, {10}})
    ->ArgsProduct({{100'000}, {1000}, {1500}})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

void BM_ScanAppend(benchmark::State& state) {
  const Data& data = DataOf(100'000, Kind::kScan);
  for ([[maybe_unused]] auto _ : state) {
    const auto index = MakeFlatIndex(kDimensions);
    index->Append(data.texts, data.vectors).value();
    benchmark::DoNotOptimize(index->size());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(data.texts.size()));
}
BENCHMARK(BM_ScanAppend)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace coppice::store

BENCHMARK_MAIN();
