#include "daemon/retrieval/index/snapshot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/retrieval/memory_world.h"

namespace coppice::retrieval {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::MemoryWorld;
using testing::TestFile;
using testing::WordEmbedder;

ViewSelector Selector(std::vector<std::string> repos, std::string ref = "", std::string at = "") {
  ViewSelector selector;
  selector.repos = std::move(repos);
  selector.ref = std::move(ref);
  selector.at = std::move(at);
  return selector;
}

class SelectRefsTest : public ::testing::Test {
 protected:
  SelectRefsTest() {
    world_.SetFiles("alpha", kMain, 1, "HEAD");
    world_.SetFiles("alpha", kNext, 1, "refs/heads/next");
    world_.SetFiles("beta", kNext, 2, "refs/heads/trunk");
  }

  /// "repo ref" of what is selected, or the error.
  std::vector<std::string> Select(const ViewSelector& selector) {
    snapshot_ = world_.Serve();
    const auto refs = SelectRefs(*snapshot_, selector);
    if (!refs) return {std::string(ErrorCodeName(refs.error().code)), refs.error().message};
    std::vector<std::string> names;
    for (const ServedRef* ref : refs->served) names.push_back(ref->repo.name + " " + ref->ref.name);
    return names;
  }

  const std::vector<TestFile> kMain = {{"a.py", "one\n"}};
  const std::vector<TestFile> kNext = {{"a.py", "two\n"}};
  WordEmbedder embedder_;
  MemoryWorld world_{embedder_};
  std::shared_ptr<const Snapshot> snapshot_;
};

TEST_F(SelectRefsTest, NothingNamedIsEveryRepositoryAtItsHead) {
  EXPECT_THAT(Select({}), ElementsAre("alpha HEAD", "beta refs/heads/trunk"));
}

TEST_F(SelectRefsTest, RepositoriesByNamePathAndGlob) {
  EXPECT_THAT(Select(Selector({"beta"})), ElementsAre("beta refs/heads/trunk"));
  EXPECT_THAT(Select(Selector({"/srv/alpha/"})), ElementsAre("alpha HEAD"));
  EXPECT_THAT(Select(Selector({"*a"})), ElementsAre("alpha HEAD", "beta refs/heads/trunk"));
}

TEST_F(SelectRefsTest, UnknownRepositoryListsWhatIsThere) {
  EXPECT_THAT(Select(Selector({"gamma"})), ElementsAre("not_found", HasSubstr("alpha, beta")));
}

TEST_F(SelectRefsTest, RefsByAnyOfTheirNames) {
  EXPECT_THAT(Select(Selector({}, "next")), ElementsAre("alpha refs/heads/next"));
  EXPECT_THAT(Select(Selector({}, "refs/heads/next")), ElementsAre("alpha refs/heads/next"));
  EXPECT_THAT(Select(Selector({"alpha"}, "HEAD")), ElementsAre("alpha HEAD"));
  EXPECT_THAT(Select(Selector({"alpha"}, "main")), ElementsAre("alpha HEAD"))
      << "the branch HEAD stands for";
}

TEST_F(SelectRefsTest, UnknownRefListsWhatIsThere) {
  EXPECT_THAT(Select(Selector({"alpha"}, "gone")),
              ElementsAre("not_found", HasSubstr("HEAD, refs/heads/next")));
}

TEST_F(SelectRefsTest, CommitsByTheirBeginning) {
  const std::string next = MemoryWorld::CommitOf(kNext).ToHex();
  EXPECT_THAT(Select(Selector({"alpha"}, "", next)), ElementsAre("alpha refs/heads/next"));
  EXPECT_THAT(Select(Selector({}, "", next.substr(0, 7))),
              ElementsAre("alpha refs/heads/next", "beta refs/heads/trunk"));
  EXPECT_THAT(Select(Selector({}, "", next.substr(0, 6))),
              ElementsAre("invalid_argument", ::testing::_));
  EXPECT_THAT(Select(Selector({}, "", "0000000000")),
              ElementsAre("not_found", HasSubstr(next.substr(0, 10))));
}

TEST_F(SelectRefsTest, ATagOrADateIsNoCommit) {
  for (const char* at : {"v1.2", "2026-11-25", "yesterday"}) {
    EXPECT_THAT(Select(Selector({}, "", at)),
                ElementsAre("invalid_argument", HasSubstr("tags and dates are not understood")));
  }
}

TEST_F(SelectRefsTest, NotIndexedYetIsSaidSo) {
  const Snapshot empty(1, {}, {});
  EXPECT_EQ(SelectRefs(empty, {}).error().code, ErrorCode::kNotFound);
  store::RepoRecord repo;
  repo.name = "new";
  store::RefRecord ref;
  ref.name = "HEAD";
  const Snapshot fresh(1, {repo}, {{repo, ref, nullptr, ""}});
  const auto refs = SelectRefs(fresh, {});
  ASSERT_FALSE(refs);
  EXPECT_EQ(refs.error().code, ErrorCode::kUnavailable);
  EXPECT_TRUE(refs.error().retryable);
}

TEST_F(SelectRefsTest, OneRefIsFoundByItsFullNames) {
  snapshot_ = world_.Serve();
  ASSERT_NE(snapshot_->Find("alpha", "refs/heads/next"), nullptr);
  EXPECT_EQ(snapshot_->Find("alpha", "refs/heads/next")->State().commit,
            MemoryWorld::CommitOf(kNext));
  EXPECT_EQ(snapshot_->Find("alpha", "HEAD")->State().commit, MemoryWorld::CommitOf(kMain));
  EXPECT_EQ(snapshot_->Find("alpha", "next"), nullptr);
  EXPECT_EQ(snapshot_->Find("beta", "HEAD"), nullptr);
  EXPECT_EQ(snapshot_->Find("gamma", "HEAD"), nullptr);
}

TEST_F(SelectRefsTest, StaleIsExact) {
  snapshot_ = world_.Serve();
  EXPECT_FALSE(snapshot_->refs().front().State().stale);
  world_.SetHead("alpha", "HEAD", MemoryWorld::CommitOf(kNext));
  snapshot_ = world_.Serve();
  const ViewState state = snapshot_->refs().front().State();
  EXPECT_TRUE(state.stale);
  EXPECT_EQ(state.commit, MemoryWorld::CommitOf(kMain));
  EXPECT_EQ(state.head, MemoryWorld::CommitOf(kNext));
}

TEST_F(SelectRefsTest, CoverageCountsEachFileOnce) {
  world_.SetFiles("gamma",
                  {{"a.py", "one\n"},
                   {"empty.py", ""},
                   {"big.bin", "x", {}, store::Reason::kNone, store::BlobState::kSkipped},
                   {"gen.py", "three\n", {}, store::Reason::kGeneratedAttribute},
                   {"odd.py", "four\n", {}, store::Reason::kNone, store::BlobState::kQuarantined}},
                  3);
  snapshot_ = world_.Serve();
  const store::Coverage coverage = snapshot_->refs().back().State().coverage;
  EXPECT_EQ(coverage.indexed, 2);
  EXPECT_EQ(coverage.skipped, 2);
  EXPECT_EQ(coverage.quarantined, 1);
  EXPECT_EQ(coverage.pending, 0);
}

}  // namespace
}  // namespace coppice::retrieval
