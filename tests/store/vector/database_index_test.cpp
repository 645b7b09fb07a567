#include "store/vector/database/database_index.h"

#include <cmath>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

#include "base/format.h"
#include "store/vector/database/graph_keeper.h"
#include "tests/support/pg_fixture.h"

namespace coppice::store {
namespace {

using test::Soon;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr int kDimensions = 16;

/// What the contract suite cannot know: when there is a graph, and that it is used.
class DatabaseIndexTest : public test::PgTest {
 protected:
  void SetUp() override {
    PgTest::SetUp();
    model_ = store().catalog().RegisterModel("m", "1", kDimensions, Soon()).value();
    space_ = AddSpace("one");
    search_.least_allowed = 500;
    search_.rows_in_a_candidate = 5;
    search_.least_candidates = 100;
    graph_.least_rows = 2000;
    index_ = store().OpenVectorIndex(space_, model_, kDimensions, search_);
    keeper_ = store().OpenGraphKeeper(model_, graph_);
  }
  void TearDown() override {
    keeper_.reset();
    index_.reset();
    PgTest::TearDown();
  }

  SpaceNo AddSpace(const std::string& name) {
    NewRepo repo;
    repo.name = repo.location = repo.git_dir = "/srv/" + name;
    return store().catalog().AddRepo(repo, Soon()).value().space;
  }
  void Add(int first, int count) {
    std::vector<TextNo> texts;
    std::vector<float> vectors;
    for (int text = first; text < first + count; ++text) {
      texts.emplace_back(text);
      const auto vector = VectorOf(text);
      vectors.insert(vectors.end(), vector.begin(), vector.end());
    }
    ASSERT_TRUE(index_->Append(texts, vectors));
    Sql(fmt::format("UPDATE coppice.space SET next_text = {} WHERE space = {}", first + count,
                    space_.value));
  }
  static std::vector<float> VectorOf(int text) {
    std::mt19937 random(static_cast<unsigned>(text) + 1);
    std::normal_distribution<float> normal;
    std::vector<float> vector(kDimensions);
    float sum = 0;
    for (float& value : vector) {
      value = normal(random);
      sum += value * value;
    }
    for (float& value : vector) value /= std::sqrt(sum);
    return vector;
  }
  static TextFilter Every(int step, int end = 5000) {
    TextFilter filter;
    for (int text = 0; text < end; text += step) filter.Add(TextNo(text));
    return filter;
  }
  bool Step() {
    const auto stepped = keeper_->Step(Soon());
    EXPECT_TRUE(stepped) << (stepped ? "" : stepped.error().ToString());
    return stepped && *stepped;
  }
  /// The plan for the `k` nearest to a text, which must be the first of them.
  std::string PlanFor(int text, std::size_t k, const TextFilter& filter) {
    const auto answer = index_->Search(VectorOf(text), k, filter, Soon());
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().ToString());
    if (!answer || answer->hits.size() != k || answer->hits[0].text != TextNo(text)) return "wrong";
    EXPECT_FALSE(answer->partial);
    return answer->plan;
  }
  std::string Explain(std::size_t k, const TextFilter& filter) {
    auto* index = dynamic_cast<DatabaseIndex*>(index_.get());
    return index->Explain(VectorOf(1), k, filter, Soon()).value();
  }
  std::string Graphs() {
    return Sql(
        "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class "
        "WHERE relname LIKE 'text_vector_graph%'");
  }

  ModelNo model_;
  SpaceNo space_;
  DatabaseSearchOptions search_;
  DatabaseGraphOptions graph_;
  std::unique_ptr<VectorIndex> index_;
  std::unique_ptr<GraphKeeper> keeper_;
};

TEST_F(DatabaseIndexTest, TheServerUsesTheGraph) {
  Add(0, 3000);
  EXPECT_THAT(Explain(5, Every(1)), Not(HasSubstr("text_vector_graph")));
  EXPECT_THAT(PlanFor(7, 5, Every(1, 3000)), StartsWith("database exact: 3000 texts"));
  EXPECT_TRUE(Step());
  EXPECT_EQ(Graphs(), fmt::format("text_vector_graph_{}_{}_3000", space_.value, model_.value));
  EXPECT_THAT(Explain(5, Every(1)),
              HasSubstr(fmt::format("Index Scan using {} on text_vector", Graphs())));
  EXPECT_THAT(PlanFor(7, 5, Every(1)), StartsWith("pgvector hnsw: 3000 texts, ef 100; exact: the"));
  EXPECT_FALSE(Step()) << "nothing has come";
}

TEST_F(DatabaseIndexTest, WhereFewAreAllowedOrManyAreWantedItIsNotUsed) {
  Add(0, 3000);
  ASSERT_TRUE(Step());
  for (const int step : {10, 700}) {
    EXPECT_THAT(Explain(1, Every(step)), Not(HasSubstr("text_vector_graph"))) << step;
    EXPECT_THAT(PlanFor(0, 1, Every(step, 3000)), StartsWith("database exact")) << step;
  }
  EXPECT_THAT(PlanFor(0, 2500, Every(1, 3000)), StartsWith("database exact"));
}

TEST_F(DatabaseIndexTest, WhatCameSinceIsFoundBeforeTheNextGraph) {
  Add(0, 3000);
  ASSERT_TRUE(Step());
  Add(3000, 100);
  EXPECT_FALSE(Step()) << "a small tail";
  EXPECT_THAT(PlanFor(3050, 5, Every(1, 3100)),
              StartsWith("pgvector hnsw: 3000 texts, ef 100; exact: the 100 since"));
}

TEST_F(DatabaseIndexTest, ALongTailMakesANewGraphAndTheOldOneGoes) {
  Add(0, 3000);
  ASSERT_TRUE(Step());
  Add(3000, 400);
  Step();  // while texts come, it waits
  EXPECT_TRUE(Step());
  EXPECT_EQ(Graphs(), fmt::format("text_vector_graph_{}_{}_3400", space_.value, model_.value));
}

TEST_F(DatabaseIndexTest, AGraphThatWasCutShortIsNotUsedAndMadeAgain) {
  if (test::PgServer::Shared().external()) GTEST_SKIP() << "needs a superuser";
  Add(0, 3000);
  ASSERT_TRUE(Step());
  Sql(fmt::format(
      "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'coppice.{}'::regclass",
      Graphs()));
  EXPECT_THAT(PlanFor(7, 5, Every(1, 3000)), StartsWith("database exact"));
  keeper_ = store().OpenGraphKeeper(model_, graph_);  // as after a restart
  EXPECT_TRUE(Step());
  EXPECT_THAT(PlanFor(7, 5, Every(1, 3000)), StartsWith("pgvector hnsw"));
}

TEST_F(DatabaseIndexTest, OneOfSeveralDaemonsKeepsGraphs) {
  Add(0, 3000);
  ASSERT_TRUE(Step());
  const auto another = OpenAnother();
  auto other = another->OpenGraphKeeper(model_, graph_);
  Add(3000, 2000);
  EXPECT_FALSE(other->Step(Soon()).value()) << "the first one holds the lock";
  keeper_.reset();
  other->Step(Soon()).value();
  other->Step(Soon()).value();  // by the second look nothing is being written any more
  EXPECT_EQ(Graphs(), fmt::format("text_vector_graph_{}_{}_5000", space_.value, model_.value));
}

TEST_F(DatabaseIndexTest, TheGraphOfASpaceThatIsGoneGoes) {
  Add(0, 3000);
  ASSERT_TRUE(Step());
  Sql("DELETE FROM coppice.repo; DELETE FROM coppice.space");
  EXPECT_TRUE(Step());
  EXPECT_EQ(Graphs(), "");
}

TEST_F(DatabaseIndexTest, WhatSomebodyElseMadeIsLeftAlone) {
  Sql("CREATE INDEX text_vector_graph_of_mine ON coppice.text_vector (text_no)");
  Add(0, 100);
  EXPECT_FALSE(Step());
  EXPECT_EQ(Graphs(), "text_vector_graph_of_mine");
}

TEST_F(DatabaseIndexTest, AStopEndsABuild) {
  graph_.least_rows = 100;
  keeper_ = store().OpenGraphKeeper(model_, graph_);
  for (int first = 0; first < 40'000; first += 5000) Add(first, 5000);
  std::stop_source stop;
  const std::jthread stopper([&] {
    // Until the server is at it, which takes seconds.
    while (Sql("SELECT count(*) FROM pg_stat_progress_create_index") == "0") {
      std::this_thread::yield();
    }
    stop.request_stop();
  });
  const auto stepped = keeper_->Step(Deadline::Never(stop.get_token()));
  ASSERT_FALSE(stepped);
  EXPECT_EQ(stepped.error().code, ErrorCode::kCancelled);
  EXPECT_THAT(PlanFor(7, 5, Every(1, 40'000)), StartsWith("database exact"));
}

}  // namespace
}  // namespace coppice::store
