#include "daemon/retrieval/live_index.h"

#include <atomic>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/format.h"
#include "base/thread.h"
#include "daemon/retrieval/index/snapshot.h"
#include "daemon/retrieval/ranking_weights.h"
#include "daemon/retrieval/retriever.h"
#include "tests/retrieval/memory_world.h"
#include "tests/retrieval/stored_repo.h"
#include "tests/support/borrowed_models.h"
#include "tests/support/pg_fixture.h"

namespace coppice::retrieval {
namespace {

using test::Soon;
using ::testing::Contains;
using testing::Describe;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::PathsOf;
using testing::StoredRepo;
using testing::WordEmbedder;

const StoredRepo::Files kFirst = {
    {"net/pool.py",
     "# Keeps connections open.\nclass Pool:\n  n = 1\n\ndef Pool.close():\n  end()\n"},
    {"net/retry.py", "# Tries again later.\ndef retry():\n  wait()\n"},
    {"README.md", "A pool of connections.\n"}};

/// A model with a name of its own, to which "wait" means "open".
class OtherEmbedder final : public WordEmbedder {
 public:
  OtherEmbedder()
      : WordEmbedder(std::map<std::string, std::string>{{"wait", "open"}}),
        info_(WordEmbedder::info()) {
    info_.name = "test/other";
    info_.revision = std::string(64, 'f');
  }
  const embed::ModelInfo& info() const override { return info_; }

 private:
  embed::ModelInfo info_;
};

class LiveIndexTest : public test::PgTest {
 protected:
  void SetUp() override {
    PgTest::SetUp();
    models_.Set(embedder_);
    Restart();
  }
  void TearDown() override {
    retriever_.reset();
    index_.reset();
    PgTest::TearDown();
  }

  void Restart() {
    retriever_.reset();
    index_ = std::make_unique<LiveIndex>(store(), models_.registry(), options_);
    retriever_ = std::make_unique<Retriever>(*index_, weights_);
  }
  bool Step() {
    const auto stepped = index_->Step(Soon());
    EXPECT_TRUE(stepped) << (stepped ? "" : stepped.error().ToString());
    return stepped && *stepped;
  }
  Result<SearchResult> TrySearch(const Query& query) { return retriever_->Search(query, Soon()); }
  SearchResult Search(const std::string& text) {
    Query query;
    query.text = text;
    auto result = TrySearch(query);
    EXPECT_TRUE(result) << (result ? "" : result.error().ToString());
    return result ? std::move(*result) : SearchResult();
  }
  /// The answers to a few queries of each class, as text.
  std::string Answers() {
    std::string all;
    for (const char* text : {"pool", "Pool.close", "where are connections kept?", "retry wait"}) {
      all += Describe(Search(text));
    }
    return all;
  }

  /// Paths that the vectors alone find.
  std::vector<std::string> Near(const std::string& text) {
    Query query;
    query.text = text;
    query.searches = {false, true, false};
    const auto result = TrySearch(query);
    EXPECT_TRUE(result) << (result ? "" : result.error().ToString());
    return result ? PathsOf(*result) : std::vector<std::string>();
  }

  /// From now on with a ceiling.
  void RestartWithin(std::uint64_t bytes) {
    retriever_.reset();
    index_.reset();
    memory_ = std::make_unique<MemoryBudget>(bytes);
    options_.memory = memory_.get();
    Restart();
  }
  std::uint64_t HeldBytes() const { return memory_->limit_bytes() - memory_->free_bytes(); }

  WordEmbedder embedder_;
  OtherEmbedder other_;
  test::BorrowedModels models_;
  RankingWeights weights_;
  std::unique_ptr<MemoryBudget> memory_;
  LoadOptions options_;
  std::unique_ptr<LiveIndex> index_;
  std::unique_ptr<Retriever> retriever_;
};

TEST_F(LiveIndexTest, ServesACommitOnceItIsWritten) {
  Query early;
  early.text = "pool";
  EXPECT_EQ(TrySearch(early).error().code, ErrorCode::kUnavailable) << "nothing was read yet";
  EXPECT_TRUE(Step());
  EXPECT_EQ(TrySearch(early).error().code, ErrorCode::kNotFound) << "nothing was added yet";
  StoredRepo repo(store(), embedder_, "alpha");
  const store::ObjectId commit = repo.Commit(kFirst);
  EXPECT_TRUE(Step());
  EXPECT_FALSE(Step()) << "nothing has moved";
  const SearchResult result = Search("Pool.close");
  ASSERT_FALSE(result.hits.empty());
  EXPECT_EQ(result.hits[0].path, "net/pool.py");
  EXPECT_EQ(result.hits[0].text, "def Pool.close():\n  end()");
  EXPECT_EQ(result.hits[0].commit, commit);
  ASSERT_EQ(result.views.size(), 1U);
  EXPECT_EQ(result.views[0].commit, commit);
  EXPECT_FALSE(result.views[0].stale);
  EXPECT_EQ(result.views[0].coverage.indexed, 3);
  EXPECT_EQ(result.views[0].coverage.pending, 0);
}

TEST_F(LiveIndexTest, VectorsAreServed) {
  StoredRepo repo(store(), embedder_, "alpha");
  repo.Commit(kFirst);
  Step();
  Query query;
  query.text = "tries again";
  query.searches = {false, true, false};
  const auto result = TrySearch(query);
  ASSERT_TRUE(result);
  ASSERT_FALSE(result->hits.empty());
  EXPECT_EQ(result->hits[0].path, "net/retry.py");
}

TEST_F(LiveIndexTest, VectorsOfTheDatabaseAreServedAsThoseOfMemory) {
  StoredRepo repo(store(), embedder_, "alpha");
  repo.Commit(kFirst);
  Step();
  Query query;
  query.text = "connections open";
  query.searches = {false, true, false};
  const std::string in_memory = Describe(*TrySearch(query));
  options_.vectors_in_database = true;
  Restart();
  Step();
  const auto result = TrySearch(query);
  ASSERT_TRUE(result) << result.error().ToString();
  EXPECT_THAT(result->plan, HasSubstr("database exact: "));
  EXPECT_EQ(Describe(*result), in_memory);
  StoredRepo::Files second = kFirst;
  second["net/late.py"] = "# Opens late connections.\ndef late():\n  pass\n";
  repo.Commit(second);
  Step();
  query.text = "late";
  EXPECT_THAT(PathsOf(*TrySearch(query)), Contains("net/late.py"));
}

TEST_F(LiveIndexTest, AnotherModelIsAskedOnceItIsServed) {
  models_.Set(other_);
  StoredRepo repo(store(), embedder_, "alpha");
  repo.Commit(kFirst);
  Step();
  EXPECT_THAT(Near("wait"), Not(Contains("net/pool.py")));
  const auto before = index_->Current();
  repo.SwitchTo(other_, kFirst);
  EXPECT_TRUE(Step());
  EXPECT_THAT(Near("wait"), Contains("net/pool.py")) << "query and texts are of the other model";
  EXPECT_FALSE(Step()) << "nothing has changed since";
  EXPECT_NE(index_->Current(), before);
}

TEST_F(LiveIndexTest, ACommitAfterTheSwitchHasVectorsOfTheNewModel) {
  models_.Set(other_);
  StoredRepo repo(store(), embedder_, "alpha");
  repo.Commit(kFirst);
  Step();
  repo.SwitchTo(other_, kFirst);
  Step();
  StoredRepo::Files second = kFirst;
  second["net/late.py"] = "# Opens late connections.\ndef late():\n  pass\n";
  repo.Commit(second);
  EXPECT_TRUE(Step());
  EXPECT_THAT(Near("late"), Contains("net/late.py"));
}

TEST_F(LiveIndexTest, AModelThatCannotBeRunLeavesTheWords) {
  models_.Forget(embedder_.info().name);
  StoredRepo repo(store(), embedder_, "alpha");
  repo.Commit(kFirst);
  Step();
  const SearchResult result = Search("retry");
  EXPECT_THAT(PathsOf(result), Contains("net/retry.py"));
  EXPECT_TRUE(result.partial);
  EXPECT_THAT(result.plan, HasSubstr("cannot be run here"));
}

TEST_F(LiveIndexTest, AModelThatIsAwayLeavesTheOneBefore) {
  StoredRepo repo(store(), embedder_, "alpha");
  repo.Commit(kFirst);
  Step();
  repo.SwitchTo(other_, kFirst);  // which this daemon does not have
  Step();
  EXPECT_THAT(Near("wait"), Not(Contains("net/pool.py")));
}

TEST_F(LiveIndexTest, WithoutRoomForAnotherModelsVectorsItGoesOnWithThoseItHas) {
  models_.Set(other_);
  StoredRepo repo(store(), embedder_, "alpha");
  StoredRepo::Files files = kFirst;
  for (int i = 0; i < 400; ++i) {
    files[fmt::format("f{}.py", i)] = fmt::format("def step_{}():\n  go({})\n", i, i);
  }
  repo.Commit(files);
  RestartWithin(std::uint64_t{64} << 20U);
  Step();
  ASSERT_THAT(Near("wait"), Not(Contains("net/pool.py")));
  MemoryBudget::Share rest = memory_->Open("somebody else");
  ASSERT_TRUE(rest.Resize(memory_->free_bytes()));
  repo.SwitchTo(other_, files);
  Step();
  EXPECT_THAT(Near("wait"), Not(Contains("net/pool.py")));
}

TEST_F(LiveIndexTest, VectorsThatComeLaterAreReadWhenTheyAreThere) {
  StoredRepo repo(store(), embedder_, "alpha");
  repo.LeaveOutVectors();
  repo.Commit(kFirst);
  Step();
  EXPECT_THAT(PathsOf(Search("retry")), Contains("net/retry.py"));
  EXPECT_THAT(Near("tries"), IsEmpty());
  repo.MakeVectors(kFirst);
  Step();
  EXPECT_THAT(Near("tries"), Contains("net/retry.py"));
  EXPECT_FALSE(Step()) << "nothing has changed since";
}

TEST_F(LiveIndexTest, AFileThatWasMissingIsServedOnceItIsBack) {
  StoredRepo repo(store(), embedder_, "alpha");
  repo.Lose(kFirst.at("net/retry.py"));
  repo.Commit(kFirst);
  Step();
  EXPECT_THAT(PathsOf(Search("retry")), Not(Contains("net/retry.py")));
  repo.Lose("");
  repo.Commit(kFirst);  // the same commit, indexed again
  EXPECT_TRUE(Step());
  EXPECT_THAT(PathsOf(Search("retry")), Contains("net/retry.py"));
  EXPECT_FALSE(Step()) << "nothing has changed since";
}

TEST_F(LiveIndexTest, AFileThatWasMissingIsServedByTheNextCommit) {
  StoredRepo repo(store(), embedder_, "alpha");
  repo.Lose(kFirst.at("net/retry.py"));
  repo.Commit(kFirst);
  Step();
  repo.Lose("");
  StoredRepo::Files next = kFirst;
  next["new.py"] = "def new():\n  pass\n";
  repo.Commit(next);
  Step();
  EXPECT_THAT(PathsOf(Search("retry")), Contains("net/retry.py"));
}

TEST_F(LiveIndexTest, AfterAnyHistoryItEqualsAFreshOne) {
  StoredRepo repo(store(), embedder_, "alpha");
  StoredRepo::Files files = kFirst;
  for (int i = 0; i < 8; ++i) {
    files["net/pool.py"] = fmt::format("# Keeps {} connections.\nclass Pool:\n  n = {}\n", i, i);
    files[fmt::format("f{}.py", i)] = fmt::format("def step_{}():\n  pool retry wait\n", i);
    if (i > 2) files.erase(fmt::format("f{}.py", i - 3));
    repo.Commit(files);
    Step();
  }
  const std::string lived = Answers();
  Restart();
  Step();
  EXPECT_EQ(Answers(), lived);
}

TEST_F(LiveIndexTest, ARevertServesTheOldFilesAgain) {
  StoredRepo repo(store(), embedder_, "alpha");
  repo.Commit(kFirst);
  Step();
  const std::string before = Answers();
  StoredRepo::Files changed = kFirst;
  changed["net/retry.py"] = "def other():\n  pass\n";
  repo.Commit(changed);
  Step();
  EXPECT_THAT(PathsOf(Search("retry wait")), Contains("net/retry.py"));
  EXPECT_NE(Answers(), before);
  repo.Commit(kFirst);
  Step();
  EXPECT_EQ(Answers(), before);
}

TEST_F(LiveIndexTest, AHeadThatMovedMakesTheViewStale) {
  StoredRepo repo(store(), embedder_, "alpha");
  const store::ObjectId commit = repo.Commit(kFirst);
  Step();
  const store::ObjectId head{std::string(20, 'h')};
  repo.SetHeads({{"HEAD", head}});
  EXPECT_TRUE(Step());
  const ViewState view = Search("pool").views.at(0);
  EXPECT_TRUE(view.stale);
  EXPECT_EQ(view.commit, commit);
  EXPECT_EQ(view.head, head);
}

TEST_F(LiveIndexTest, EveryRefHasItsOwnView) {
  StoredRepo repo(store(), embedder_, "alpha");
  repo.Commit(kFirst);
  const store::ObjectId next =
      repo.Commit({{"only_next.py", "def pool_of_next():\n  x\n"}}, "refs/heads/next");
  Step();
  Query query;
  query.text = "pool";
  query.view.ref = "next";
  EXPECT_THAT(PathsOf(*TrySearch(query)), ElementsAre("only_next.py"));
  query.view = {};
  EXPECT_THAT(PathsOf(*TrySearch(query)), Not(Contains("only_next.py")));
  query.view.at = next.ToHex().substr(0, 12);
  EXPECT_THAT(PathsOf(*TrySearch(query)), ElementsAre("only_next.py"));
}

TEST_F(LiveIndexTest, ForksShareOneSpace) {
  StoredRepo alpha(store(), embedder_, "alpha", "root");
  StoredRepo fork(store(), embedder_, "fork", "root");
  alpha.Commit(kFirst);
  StoredRepo::Files forked = kFirst;
  forked["extra.py"] = "def pool_of_fork():\n  x\n";
  fork.Commit(forked);
  Step();
  const auto snapshot = index_->Current();
  ASSERT_EQ(snapshot->refs().size(), 2U);
  EXPECT_EQ(snapshot->refs()[0].view->space(), snapshot->refs()[1].view->space());
  EXPECT_EQ(snapshot->refs()[0].view->space()->doc_count(), 4U);
  EXPECT_THAT(PathsOf(Search("pool repo:alpha")), Not(Contains("extra.py")));
  EXPECT_THAT(PathsOf(Search("pool repo:fork")), Contains("extra.py"));
}

TEST_F(LiveIndexTest, ARemovedRepositoryIsGone) {
  StoredRepo alpha(store(), embedder_, "alpha");
  StoredRepo beta(store(), embedder_, "beta");
  alpha.Commit(kFirst);
  beta.Commit({{"b.py", "def pool_of_beta():\n  x\n"}});
  Step();
  ASSERT_TRUE(store().catalog().RemoveRepo(alpha.number(), false, Soon()));
  EXPECT_TRUE(Step());
  EXPECT_THAT(PathsOf(Search("pool")), ElementsAre("b.py"));
  Query query;
  query.text = "pool";
  query.view.repos = {"alpha"};
  EXPECT_EQ(TrySearch(query).error().code, ErrorCode::kNotFound);
}

TEST_F(LiveIndexTest, WhatNoViewNeedsLeavesMemory) {
  StoredRepo repo(store(), embedder_, "alpha");
  for (int i = 0; i < 20; ++i) {
    repo.Commit({{"a.py", fmt::format("def pool_{}():\n  x\n", i)}});
    Step();
  }
  EXPECT_LE(index_->Current()->refs()[0].view->space()->doc_count(), 3U);
}

TEST_F(LiveIndexTest, WhatItHoldsIsCountedAndGivenBack) {
  RestartWithin(std::uint64_t{1} << 30U);
  StoredRepo repo(store(), embedder_, "alpha");
  repo.Commit(kFirst);
  EXPECT_TRUE(Step());
  const std::uint64_t held = HeldBytes();
  EXPECT_GT(held, 1000U);
  EXPECT_LT(held, std::uint64_t{1} << 20U) << "what loading took for a while is given back";
  ASSERT_TRUE(store().catalog().RemoveRepo(repo.number(), false, Soon()));
  EXPECT_TRUE(Step());
  EXPECT_LT(HeldBytes(), 100U);
}

TEST_F(LiveIndexTest, ARepositoryWithoutRoomSaysSoAndTheOthersAnswer) {
  RestartWithin(std::uint64_t{37} << 20U);  // 36 MiB are taken while batches are read
  StoredRepo small(store(), embedder_, "alpha");
  small.Commit(kFirst);
  EXPECT_TRUE(Step());
  StoredRepo::Files many;
  for (int i = 0; i < 3000; ++i) {
    many["a/file" + std::to_string(i) + ".py"] = "def pool" + std::to_string(i) + "():\n  wait()\n";
  }
  StoredRepo large(store(), embedder_, "beta");
  large.Commit(many);
  EXPECT_TRUE(Step()) << "the problem is shown";
  EXPECT_FALSE(Step()) << "and not tried again while nothing has changed";
  const auto served = retriever_->Served("beta", "HEAD");
  ASSERT_TRUE(served);
  EXPECT_TRUE(served->commit.empty());
  EXPECT_THAT(served->problem, HasSubstr("no memory for words"));
  Query query;
  query.text = "pool";
  query.view.repos = {"beta"};
  EXPECT_EQ(TrySearch(query).error().code, ErrorCode::kResourceExhausted);
  query.view.repos = {};
  EXPECT_EQ(Search("Pool.close").hits[0].path, "net/pool.py");

  large.Commit(kFirst);
  EXPECT_TRUE(Step()) << "it has become smaller";
  EXPECT_EQ(retriever_->Served("beta", "HEAD")->problem, "");
  query.view.repos = {"beta"};
  EXPECT_TRUE(TrySearch(query));
}

TEST_F(LiveIndexTest, WithoutRoomForItsNextCommitARepositoryShowsTheLast) {
  RestartWithin(std::uint64_t{37} << 20U);
  StoredRepo repo(store(), embedder_, "alpha");
  const store::ObjectId first = repo.Commit(kFirst);
  EXPECT_TRUE(Step());
  MemoryBudget::Share other = memory_->Open("other");
  ASSERT_TRUE(other.Resize(memory_->free_bytes()));
  StoredRepo::Files second = kFirst;
  second["net/late.py"] = "def late():\n  pass\n";
  repo.Commit(second);
  EXPECT_TRUE(Step());
  EXPECT_EQ(Search("Pool.close").views[0].commit, first);
  EXPECT_THAT(retriever_->Served("alpha", "HEAD")->problem, HasSubstr("no memory for"));
  ASSERT_TRUE(other.Resize(0));
  second["net/later.py"] = "def later():\n  pass\n";
  const store::ObjectId third = repo.Commit(second);
  EXPECT_TRUE(Step());
  EXPECT_EQ(Search("Pool.close").views[0].commit, third);
  EXPECT_EQ(retriever_->Served("alpha", "HEAD")->problem, "");
}

TEST_F(LiveIndexTest, OneDamagedBodyCostsOneFile) {
  StoredRepo repo(store(), embedder_, "alpha");
  repo.Commit(kFirst);
  Sql("UPDATE coppice.blob_body SET data = 'damage' WHERE blob_no = (SELECT min(blob_no) FROM "
      "coppice.blob_body)");
  EXPECT_TRUE(Step());
  const ViewState view = Search("pool connections retry").views.at(0);
  EXPECT_EQ(view.coverage.pending, 1);
  EXPECT_EQ(view.coverage.indexed, 2);
}

/// 200 are read at a time, a batch ahead.
StoredRepo::Files ThreeBatches() {
  StoredRepo::Files files;
  for (int i = 0; i < 450; ++i) {
    files[fmt::format("f{}.py", i)] = fmt::format("def number_{}(): return {}\n", i, i);
  }
  return files;
}

TEST_F(LiveIndexTest, ManyBlobsAreReadInBatches) {
  StoredRepo repo(store(), embedder_, "alpha");
  repo.Commit(ThreeBatches());
  Sql("UPDATE coppice.blob_body SET data = 'damage' WHERE blob_no = (SELECT min(blob_no) + 300 "
      "FROM coppice.blob_body)");
  EXPECT_TRUE(Step());
  const ViewState view = Search("number").views.at(0);
  EXPECT_EQ(view.coverage.pending, 1);
  EXPECT_EQ(view.coverage.indexed, 449);
}

TEST_F(LiveIndexTest, LoadingIsGivenUpBetweenBatches) {
  StoredRepo repo(store(), embedder_, "alpha");
  repo.Commit(ThreeBatches());
  std::stop_source stop;
  NamedThread stopper("stopper", [&](const std::stop_token&) { stop.request_stop(); });
  const auto stepped = index_->Step(Deadline::Never(stop.get_token()));
  if (!stepped) {
    EXPECT_EQ(stepped.error().code, ErrorCode::kCancelled);
  }
  EXPECT_TRUE(index_->Step(Soon()));
  EXPECT_EQ(Search("number").views.at(0).coverage.indexed, 450);
}

TEST_F(LiveIndexTest, WithoutTheDatabaseTheLastSnapshotStays) {
  StoredRepo repo(store(), embedder_, "alpha");
  repo.Commit(kFirst);
  EXPECT_FALSE(index_->standing().loaded);
  Step();
  EXPECT_TRUE(index_->standing().loaded);
  EXPECT_EQ(index_->standing().problem, "");
  const auto before = index_->Current();
  Sql("ALTER SCHEMA coppice RENAME TO away");
  EXPECT_FALSE(index_->Step(Soon()));
  EXPECT_EQ(index_->Current(), before);
  EXPECT_TRUE(index_->standing().loaded);
  EXPECT_NE(index_->standing().problem, "");
  Sql("ALTER SCHEMA away RENAME TO coppice");
  EXPECT_TRUE(index_->Step(Soon()));
  EXPECT_EQ(index_->standing().problem, "");
}

TEST_F(LiveIndexTest, ShowAndFilesReadTheStoredBodies) {
  StoredRepo repo(store(), embedder_, "alpha");
  repo.Commit(kFirst);
  Step();
  ShowQuery query;
  query.id = Search("Pool.close").hits.at(0).id;
  const auto by_id = retriever_->Show(query, Soon());
  ASSERT_TRUE(by_id) << by_id.error().ToString();
  EXPECT_EQ(by_id->hit.text, "def Pool.close():\n  end()");
  query = {};
  query.path = "README.md";
  const auto by_path = retriever_->Show(query, Soon());
  ASSERT_TRUE(by_path);
  EXPECT_EQ(by_path->hit.text, "A pool of connections.\n");
  const auto files = retriever_->Files({}, Soon());
  ASSERT_TRUE(files);
  EXPECT_EQ(files->files.size(), 3U);
}

TEST_F(LiveIndexTest, WaitForReturnsWhenTheCommitIsServed) {
  StoredRepo repo(store(), embedder_, "alpha");
  repo.Commit(kFirst);
  Step();
  StoredRepo::Files changed = kFirst;
  changed["new.py"] = "def brand_new_name():\n  x\n";
  const store::ObjectId commit = repo.Commit(changed);
  Query query;
  query.text = "brand_new_name";
  query.view.wait_for = commit.ToHex();
  const auto early = retriever_->Search(query, Deadline::After(std::chrono::milliseconds(50)));
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().code, ErrorCode::kDeadlineExceeded);
  Result<SearchResult> waited = SearchResult();
  NamedThread reader("reader", [&](const std::stop_token&) { waited = TrySearch(query); });
  Step();
  reader.Join();
  ASSERT_TRUE(waited) << waited.error().ToString();
  EXPECT_THAT(PathsOf(*waited), Contains("new.py"));
}

// Every answer is of one commit, whole, while commits are written and published beside it.
TEST_F(LiveIndexTest, SearchesBesideStepsSeeWholeCommits) {
  StoredRepo repo(store(), embedder_, "alpha");
  const auto files_of = [](int n) {
    return StoredRepo::Files{{"a.py", fmt::format("def alpha():\n  common version_{}\n", n)},
                             {"b.py", fmt::format("def beta():\n  common version_{}\n", n)},
                             {"c.py", "def gamma():\n  common stable\n"}};
  };
  std::map<std::string, int> versions;
  for (int n = 0; n < 12; ++n) {
    std::string all = "alpha";
    for (const auto& [path, content] : files_of(n)) all += path + '\0' + content + '\0';
    versions[ToHex(AsBytes(Sha256Of("commit " + all)).substr(0, 20))] = n;
  }
  repo.Commit(files_of(0));
  Step();
  std::atomic<bool> done = false;
  std::atomic<int> answers = 0;
  std::vector<NamedThread> readers;
  for (int r = 0; r < 3; ++r) {
    readers.emplace_back("reader", [&](const std::stop_token&) {
      while (!done) {
        const SearchResult result = Search("common");
        const int version = versions.at(result.views.at(0).commit.ToHex());
        ASSERT_EQ(PathsOf(result).size(), 3U);
        for (const Hit& hit : result.hits) {
          if (hit.path == "c.py") continue;
          ASSERT_THAT(hit.text, HasSubstr(fmt::format("version_{}", version)));
        }
        ++answers;
      }
    });
  }
  for (int n = 1; n < 12; ++n) {
    repo.Commit(files_of(n));
    Step();
  }
  done = true;
  for (NamedThread& reader : readers) reader.Join();
  EXPECT_GT(answers, 0);
}

TEST_F(LiveIndexTest, RunFollowsUntilItIsStopped) {
  StoredRepo repo(store(), embedder_, "alpha");
  NamedThread follower("follower", [&](const std::stop_token& stop) { index_->Run(stop); });
  const auto before = index_->Current();
  repo.Commit(kFirst);
  const Deadline deadline = Soon();
  auto seen = before;
  while (seen->refs().empty() || !seen->refs()[0].view) {
    ASSERT_TRUE(index_->WaitForNewer(*seen, deadline));
    seen = index_->Current();
  }
  EXPECT_FALSE(Search("pool").hits.empty());
  follower.RequestStop();
  follower.Join();
}

}  // namespace
}  // namespace coppice::retrieval
