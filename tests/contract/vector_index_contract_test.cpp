// What every VectorIndex promises, run against each of them; an exact one is the measure.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <map>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "base/mutex.h"
#include "store/store.h"
#include "store/vector/database/graph_keeper.h"
#include "store/vector/vector_index.h"
#include "tests/support/pg_fixture.h"

namespace coppice::store {
namespace {

constexpr int kDimensions = 96;

/// Every vector against the query, in full precision.
class ExactIndex : public VectorIndex {
 public:
  explicit ExactIndex(int dimensions) : dimensions_(dimensions) {}
  [[nodiscard]] std::string_view kind() const override { return "exact"; }
  [[nodiscard]] int dimensions() const override { return dimensions_; }
  [[nodiscard]] std::size_t size() const override {
    const MutexLock lock(mutex_);
    return vectors_.size();
  }
  Result<void> Append(std::span<const TextNo> texts, std::span<const float> vectors) override {
    const auto width = static_cast<std::size_t>(dimensions_);
    if (vectors.size() != texts.size() * width)
      return MakeError(ErrorCode::kInvalidArgument, "shape");
    for (std::size_t i = 0; i < texts.size(); ++i) {
      if (texts[i].value < 0) return MakeError(ErrorCode::kInvalidArgument, "number");
    }
    for (const float value : vectors) {
      if (!std::isfinite(value)) return MakeError(ErrorCode::kInvalidArgument, "not finite");
    }
    const MutexLock lock(mutex_);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const auto vector = vectors.subspan(i * width, width);
      vectors_.try_emplace(texts[i], vector.begin(), vector.end());
    }
    return {};
  }
  [[nodiscard]] Result<VectorAnswer> Search(std::span<const float> query, std::size_t k,
                                            const TextFilter& filter,
                                            const Deadline& deadline) const override {
    if (query.size() != static_cast<std::size_t>(dimensions_))
      return MakeError(ErrorCode::kInvalidArgument, "shape");
    if (deadline.cancelled()) return MakeError(ErrorCode::kCancelled, "cancelled");
    if (deadline.expired()) return MakeError(ErrorCode::kDeadlineExceeded, "late");
    const auto is_zero = [](float value) { return value == 0; };
    VectorAnswer answer{{}, "exact", false};
    std::vector<VectorHit>& hits = answer.hits;
    if (std::all_of(query.begin(), query.end(), is_zero)) return answer;
    const MutexLock lock(mutex_);
    for (const auto& [text, vector] : vectors_) {
      if (!filter.Contains(text) || std::all_of(vector.begin(), vector.end(), is_zero)) continue;
      double sum = 0;
      for (std::size_t i = 0; i < vector.size(); ++i) sum += double{vector[i]} * double{query[i]};
      hits.push_back({text, static_cast<float>(sum)});
    }
    std::stable_sort(hits.begin(), hits.end(),
                     [](const auto& a, const auto& b) { return a.score > b.score; });
    if (hits.size() > k) hits.resize(k);
    return answer;
  }

 private:
  int dimensions_;
  mutable Mutex mutex_;
  std::map<TextNo, std::vector<float>> vectors_ COPPICE_GUARDED_BY(mutex_);
};

using Factory = std::unique_ptr<VectorIndex> (*)(int dimensions);
std::unique_ptr<VectorIndex> MakeExact(int dimensions) {
  return std::make_unique<ExactIndex>(dimensions);
}

/// Unit vectors in clusters: what embeddings of code look like, and harder than noise.
class Clusters {
 public:
  explicit Clusters(int dimensions, unsigned seed = 5)
      : dimensions_(static_cast<std::size_t>(dimensions)), random_(seed) {
    for (int i = 0; i < 200; ++i) centres_.push_back(Noise());
  }
  std::vector<float> Next() {
    std::vector<float> vector = Noise();
    const auto& centre = centres_[random_() % centres_.size()];
    for (std::size_t i = 0; i < dimensions_; ++i) vector[i] = centre[i] + 0.5F * vector[i];
    return Unit(vector);
  }
  static std::vector<float> Unit(std::vector<float> vector) {
    float sum = 0;
    for (const float value : vector) sum += value * value;
    for (float& value : vector) value /= std::sqrt(sum);
    return vector;
  }

 private:
  std::vector<float> Noise() {
    std::vector<float> vector(dimensions_);
    for (float& value : vector) value = normal_(random_);
    return vector;
  }
  std::size_t dimensions_;
  std::mt19937 random_;
  std::normal_distribution<float> normal_;
  std::vector<std::vector<float>> centres_;
};

class VectorIndexContract : public ::testing::TestWithParam<Factory> {
 protected:
  std::unique_ptr<VectorIndex> Make(int dimensions = kDimensions) { return GetParam()(dimensions); }
  static void Add(VectorIndex& index, int text, const std::vector<float>& vector) {
    const std::vector<TextNo> texts = {TextNo(text)};
    ASSERT_TRUE(index.Append(texts, vector));
  }
  static std::vector<int> Find(const VectorIndex& index, const std::vector<float>& query,
                               std::size_t k, const TextFilter& filter) {
    const auto answer = index.Search(query, k, filter, Deadline::Never());
    EXPECT_TRUE(answer) << answer.error().ToString();
    EXPECT_FALSE(answer->plan.empty());
    EXPECT_FALSE(answer->partial);
    std::vector<int> texts;
    for (const VectorHit& hit : answer->hits) texts.push_back(hit.text.value);
    return texts;
  }
  static TextFilter Upto(int count) {
    TextFilter filter;
    for (int i = 0; i < count; ++i) filter.Add(TextNo(i));
    return filter;
  }
};

TEST_P(VectorIndexContract, AnEmptyIndexFindsNothing) {
  const auto index = Make(2);
  EXPECT_EQ(index->size(), 0U);
  EXPECT_EQ(index->dimensions(), 2);
  EXPECT_TRUE(Find(*index, {1, 0}, 5, Upto(10)).empty());
}

TEST_P(VectorIndexContract, GivesTheNearestFirstWithTheirCosine) {
  const auto index = Make(2);
  Add(*index, 7, {1, 0});
  Add(*index, 3, {0, 1});
  Add(*index, 5, {0.6F, 0.8F});
  Add(*index, 9, {-1, 0});
  const auto answer = index->Search(std::vector<float>{1, 0}, 3, Upto(10), Deadline::Never());
  ASSERT_TRUE(answer);
  ASSERT_EQ(answer->hits.size(), 3U);
  EXPECT_EQ(answer->hits[0].text, TextNo(7));
  EXPECT_EQ(answer->hits[1].text, TextNo(5));
  EXPECT_EQ(answer->hits[2].text, TextNo(3));
  EXPECT_NEAR(answer->hits[0].score, 1.0, 1e-3);
  EXPECT_NEAR(answer->hits[1].score, 0.6, 1e-3);
  EXPECT_NEAR(answer->hits[2].score, 0.0, 1e-3);
}

TEST_P(VectorIndexContract, EqualScoresComeByTextNumber) {
  const auto index = Make(3);
  for (const int text : {40, 10, 30, 20, 50}) Add(*index, text, {0, 1, 0});
  EXPECT_EQ(Find(*index, {0, 1, 0}, 3, Upto(100)), (std::vector<int>{10, 20, 30}));
}

TEST_P(VectorIndexContract, ManyEqualScoresComeByTextNumberToo) {
  const auto index = Make(3);
  for (int i = 0; i < 5000; ++i) Add(*index, (i * 7919) % 5000, {0, 1, 0});
  EXPECT_EQ(Find(*index, {0, 1, 0}, 4, Upto(5000)), (std::vector<int>{0, 1, 2, 3}));
}

TEST_P(VectorIndexContract, OnlyWhatTheFilterAllowsIsFound) {
  const auto index = Make(2);
  for (int i = 0; i < 130; ++i) Add(*index, i, {1, 0});
  TextFilter filter;
  for (const int text : {0, 63, 64, 127, 128, 5000}) filter.Add(TextNo(text));
  EXPECT_EQ(Find(*index, {1, 0}, 10, filter), (std::vector<int>{0, 63, 64, 127, 128}));
  EXPECT_TRUE(Find(*index, {1, 0}, 10, TextFilter()).empty());
}

TEST_P(VectorIndexContract, ATextThatIsInsideIsLeftAsItIs) {
  const auto index = Make(2);
  Add(*index, 1, {1, 0});
  Add(*index, 1, {0, 1});
  const std::vector<TextNo> twice = {TextNo(2), TextNo(2)};
  ASSERT_TRUE(index->Append(twice, std::vector<float>{1, 0, 0, 1}));
  EXPECT_EQ(index->size(), 2U);
  const auto answer = index->Search(std::vector<float>{0, 1}, 5, Upto(10), Deadline::Never());
  ASSERT_TRUE(answer);
  ASSERT_EQ(answer->hits.size(), 2U);
  EXPECT_NEAR(answer->hits[0].score, 0.0, 1e-3);
}

TEST_P(VectorIndexContract, ZeroVectorsAreNeverReturned) {
  const auto index = Make(2);
  Add(*index, 1, {0, 0});
  Add(*index, 2, {-1, 0});
  EXPECT_EQ(Find(*index, {1, 0}, 5, Upto(10)), (std::vector<int>{2}));
  EXPECT_TRUE(Find(*index, {0, 0}, 5, Upto(10)).empty());
  Add(*index, 1, {1, 0});
  EXPECT_EQ(Find(*index, {1, 0}, 5, Upto(10)), (std::vector<int>{2}))
      << "known, although it is zero";
}

TEST_P(VectorIndexContract, KMayBeNothingOrMoreThanThereIs) {
  const auto index = Make(2);
  Add(*index, 1, {1, 0});
  EXPECT_TRUE(Find(*index, {1, 0}, 0, Upto(10)).empty());
  EXPECT_EQ(Find(*index, {1, 0}, 1'000'000, Upto(10)).size(), 1U);
}

TEST_P(VectorIndexContract, WrongShapesAndValuesAreRefused) {
  const auto index = Make(2);
  const std::vector<TextNo> texts = {TextNo(1)};
  const std::vector<TextNo> negative = {TextNo(-1)};
  EXPECT_EQ(index->Append(texts, std::vector<float>{1}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(index->Append(texts, std::vector<float>{1, NAN}).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(index->Append(negative, std::vector<float>{1, 0}).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(index->size(), 0U);
  const auto answer = index->Search(std::vector<float>{1, 0, 0}, 1, Upto(1), Deadline::Never());
  EXPECT_EQ(answer.error().code, ErrorCode::kInvalidArgument);
}

TEST_P(VectorIndexContract, AnExpiredDeadlineIsTold) {
  const auto index = Make(2);
  Add(*index, 1, {1, 0});
  const auto late = Deadline::After(std::chrono::milliseconds(-1));
  EXPECT_EQ(index->Search(std::vector<float>{1, 0}, 1, Upto(10), late).error().code,
            ErrorCode::kDeadlineExceeded);
}

TEST_P(VectorIndexContract, RecallAgainstTheExactOneUnderEveryFilter) {
  constexpr int kTexts = 20'000;
  constexpr std::size_t kQueries = 20;
  constexpr std::size_t kK = 10;
  Clusters clusters(kDimensions);
  const auto index = Make();
  ExactIndex exact(kDimensions);
  std::vector<TextNo> texts;
  std::vector<float> vectors;
  for (int i = 0; i < kTexts; ++i) {
    texts.emplace_back(i);
    const auto vector = clusters.Next();
    vectors.insert(vectors.end(), vector.begin(), vector.end());
  }
  ASSERT_TRUE(index->Append(texts, vectors));
  ASSERT_TRUE(exact.Append(texts, vectors));
  std::mt19937 random(9);
  for (const double share : {0.001, 0.01, 0.1, 0.5, 1.0}) {
    TextFilter filter;
    for (int i = 0; i < kTexts; ++i) {
      if (static_cast<double>(random()) < share * 4294967296.0) filter.Add(TextNo(i));
    }
    std::size_t wanted = 0;
    std::size_t found = 0;
    for (std::size_t q = 0; q < kQueries; ++q) {
      const auto query = clusters.Next();
      const auto truth = Find(exact, query, kK, filter);
      const auto got = Find(*index, query, kK, filter);
      EXPECT_EQ(got.size(), truth.size());
      wanted += truth.size();
      for (const int text : truth) found += std::count(got.begin(), got.end(), text) > 0 ? 1U : 0U;
    }
    EXPECT_GE(static_cast<double>(found), 0.99 * static_cast<double>(wanted)) << "filter " << share;
  }
}

// Under ThreadSanitizer this is the proof that searches need no lock.
TEST_P(VectorIndexContract, SearchesRunBesideAppends) {
  constexpr int kTexts = 4000;
  Clusters clusters(16);
  const auto index = Make(16);
  const auto query = clusters.Next();
  const TextFilter all = Upto(kTexts);
  Add(*index, 0, query);
  std::atomic<bool> done = false;
  std::atomic<int> searches = 0;
  std::vector<std::jthread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      while (!done) {
        const std::size_t before = index->size();
        const auto answer = index->Search(query, 20, all, Deadline::Never());
        ASSERT_TRUE(answer);
        ASSERT_GE(answer->hits.size(), std::min<std::size_t>(before, 20));
        ASSERT_EQ(answer->hits[0].text, TextNo(0));
        ++searches;
      }
    });
  }
  for (int i = 1; i < kTexts; ++i) Add(*index, i, clusters.Next());
  while (searches < 3) std::this_thread::yield();
  done = true;
  readers.clear();
  EXPECT_EQ(index->size(), static_cast<std::size_t>(kTexts));
}

INSTANTIATE_TEST_SUITE_P(Exact, VectorIndexContract, ::testing::Values(&MakeExact));
// Small, so that graphs are built, used and replaced within the tests.
std::unique_ptr<VectorIndex> MakeEagerGraph(int dimensions) {
  GraphOptions options;
  options.least_rows = 1000;
  options.settle = {};
  options.least_allowed = 0.05;
  options.rows_scanned_in_a_step = 1;
  return MakeGraphIndex(dimensions, options);
}
INSTANTIATE_TEST_SUITE_P(Graph, VectorIndexContract, ::testing::Values(&MakeEagerGraph));
INSTANTIATE_TEST_SUITE_P(Flat, VectorIndexContract, ::testing::Values(&MakeFlatIndex));

/// One in a fresh database, which goes with it. With `kept`, a graph follows whatever is appended.
class OwnDatabaseIndex : public VectorIndex {
 public:
  OwnDatabaseIndex(int dimensions, bool kept)
      : url_(test::PgServer::Shared().FreshDatabase()),
        store_(Store::Open({url_, 8, true}, test::Soon()).value()) {
    const ModelNo model =
        store_->catalog().RegisterModel("m", "1", dimensions, test::Soon()).value();
    NewRepo repo;
    repo.name = repo.location = repo.git_dir = "/srv/one";
    const SpaceNo space = store_->catalog().AddRepo(repo, test::Soon()).value().space;
    // The indexer takes numbers here; Append brings its own.
    test::Sql(url_, "UPDATE coppice.space SET next_text = 1000000");
    DatabaseSearchOptions search;
    search.least_allowed = 5001;
    search.rows_in_a_candidate = 10;
    search.least_candidates = 400;
    index_ = store_->OpenVectorIndex(space, model, dimensions, search);
    DatabaseGraphOptions graph;
    graph.least_rows = 15'000;
    if (kept) keeper_ = store_->OpenGraphKeeper(model, graph);
  }
  ~OwnDatabaseIndex() override {
    keeper_.reset();
    index_.reset();
    store_.reset();
    test::PgServer::Shared().Drop(url_);
  }
  OwnDatabaseIndex(const OwnDatabaseIndex&) = delete;
  OwnDatabaseIndex& operator=(const OwnDatabaseIndex&) = delete;

  [[nodiscard]] std::string_view kind() const override { return index_->kind(); }
  [[nodiscard]] int dimensions() const override { return index_->dimensions(); }
  [[nodiscard]] std::size_t size() const override { return index_->size(); }
  Result<void> Append(std::span<const TextNo> texts, std::span<const float> vectors) override {
    COPPICE_TRY(index_->Append(texts, vectors));
    if (keeper_ && texts.size() > 1000) COPPICE_TRY(keeper_->Step(test::Soon()));
    return {};
  }
  [[nodiscard]] Result<VectorAnswer> Search(std::span<const float> query, std::size_t k,
                                            const TextFilter& filter,
                                            const Deadline& deadline) const override {
    return index_->Search(query, k, filter, deadline);
  }

 private:
  std::string url_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<VectorIndex> index_;
  std::unique_ptr<GraphKeeper> keeper_;
};
std::unique_ptr<VectorIndex> MakeDatabase(int dimensions) {
  return std::make_unique<OwnDatabaseIndex>(dimensions, false);
}
std::unique_ptr<VectorIndex> MakeDatabaseGraph(int dimensions) {
  return std::make_unique<OwnDatabaseIndex>(dimensions, true);
}
INSTANTIATE_TEST_SUITE_P(Database, VectorIndexContract, ::testing::Values(&MakeDatabase));
INSTANTIATE_TEST_SUITE_P(DatabaseGraph, VectorIndexContract, ::testing::Values(&MakeDatabaseGraph));

}  // namespace
}  // namespace coppice::store
