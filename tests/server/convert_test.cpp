#include "daemon/server/convert.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coppice::server {
namespace {

using store::JobState;
using ::testing::HasSubstr;

const store::RepoNo kRepo{7};

store::RepoRecord Repo(const std::string& problem = "") {
  store::RepoRecord repo;
  repo.repo = kRepo;
  repo.name = "leaf";
  repo.problem = problem;
  return repo;
}

store::RefRecord Ref(const std::string& head, const std::string& commit) {
  store::RefRecord ref;
  ref.repo = kRepo;
  ref.name = "HEAD";
  ref.head.bytes = head;
  ref.commit.bytes = commit;
  ref.chunk_count = 5;
  return ref;
}

store::JobRecord Job(JobState state, int minute, const std::string& error = "") {
  store::JobRecord job;
  job.repo = kRepo;
  job.ref = "HEAD";
  job.state = state;
  job.error = error;
  job.created_at = store::Timestamp(std::chrono::minutes(minute));
  return job;
}

/// Commit "a" is what questions are answered from.
std::optional<retrieval::ViewState> ServesA(const std::string&) {
  return retrieval::ViewState{"leaf", "HEAD", {"a"}, {"a"}, false, {7, 0, 0, 0}, {}, {}};
}

std::optional<retrieval::ViewState> ServesNothing(const std::string&) { return std::nullopt; }

std::string StateOf(const store::RepoRecord& repo, const std::vector<store::RefRecord>& refs,
                    const std::vector<store::JobRecord>& jobs) {
  const bool indexed =
      std::any_of(refs.begin(), refs.end(), [](const auto& ref) { return !ref.commit.empty(); });
  return ToWire(repo, refs, jobs, indexed ? ServesA : ServesNothing).state;
}

TEST(Convert, StateOfARepository) {
  EXPECT_EQ(StateOf(Repo(), {}, {}), "new");
  EXPECT_EQ(StateOf(Repo(), {Ref("", "")}, {}), "empty");
  EXPECT_EQ(StateOf(Repo(), {Ref("a", "")}, {}), "new");
  EXPECT_EQ(StateOf(Repo(), {Ref("a", "")}, {Job(JobState::kQueued, 1)}), "indexing");
  EXPECT_EQ(StateOf(Repo(), {Ref("a", "a")}, {Job(JobState::kDone, 1)}), "ready");
  EXPECT_EQ(StateOf(Repo(), {Ref("b", "a")}, {Job(JobState::kRunning, 2)}), "indexing");
  EXPECT_EQ(StateOf(Repo("gone"), {Ref("a", "a")}, {Job(JobState::kRunning, 2)}), "unreachable");
}

TEST(Convert, WhatIsNotInMemoryIsAProblem) {
  const auto refused = [](bool shows) {
    return [shows](const std::string&) -> std::optional<retrieval::ViewState> {
      const store::ObjectId commit = shows ? store::ObjectId{"a"} : store::ObjectId{};
      return retrieval::ViewState{"leaf", "HEAD", commit, {"b"}, true, {}, {}, "no memory"};
    };
  };
  const auto none = ToWire(Repo(), {Ref("b", "b")}, {Job(JobState::kDone, 1)}, refused(false));
  EXPECT_EQ(none.state, "failed");
  EXPECT_EQ(none.problem, "no memory");
  const auto old = ToWire(Repo(), {Ref("b", "b")}, {Job(JobState::kDone, 1)}, refused(true));
  EXPECT_EQ(old.state, "ready");
  EXPECT_EQ(old.problem, "no memory");
}

TEST(Convert, OnlyTheNewestJobOfARefDecides) {
  const auto failed =
      ToWire(Repo(), {Ref("a", "")}, {Job(JobState::kFailed, 1, "damaged")}, ServesNothing);
  EXPECT_EQ(failed.state, "failed");
  EXPECT_EQ(failed.problem, "damaged");
  const auto later =
      ToWire(Repo(), {Ref("a", "a")},
             {Job(JobState::kDone, 2), Job(JobState::kFailed, 1, "damaged")}, ServesA);
  EXPECT_EQ(later.state, "ready");
  EXPECT_EQ(later.problem, "");
  store::JobRecord foreign = Job(JobState::kFailed, 3, "not ours");
  foreign.repo = store::RepoNo{8};
  EXPECT_EQ(StateOf(Repo(), {Ref("a", "a")}, {foreign}), "ready");
}

TEST(Convert, AViewSaysWhatIsServedAndWhetherThatIsStale) {
  const auto info = ToWire(Repo(), {Ref("b", "b"), Ref("a", "a")}, {}, ServesA);
  ASSERT_EQ(info.views.size(), 2U);
  EXPECT_TRUE(info.views[0].stale) << "b is indexed, but no question is answered from it yet";
  EXPECT_EQ(info.views[0].commit, "61");
  EXPECT_EQ(info.views[0].head_commit, "62");
  EXPECT_EQ(info.views[0].coverage.indexed, 7);
  EXPECT_FALSE(info.views[1].stale);
  EXPECT_EQ(info.chunks, 10);
  const auto none = ToWire(Repo(), {Ref("a", "a")}, {}, ServesNothing);
  EXPECT_EQ(none.state, "indexing");
  EXPECT_EQ(none.views[0].commit, "");
  EXPECT_TRUE(none.views[0].stale);
}

TEST(Convert, TimesAreUtc) {
  EXPECT_EQ(ToIso8601(store::Timestamp(std::chrono::seconds(1769860800))), "2026-01-31T12:00:00Z");
}

TEST(Convert, UnknownFilterValuesAreNamed) {
  protocol::Filter filter;
  filter.languages = {"cpp", "klingon"};
  EXPECT_THAT(FromWire(filter).error().message, HasSubstr("unknown language 'klingon'"));
  filter.languages = {"cpp"};
  filter.kinds = {"function", "spell"};
  EXPECT_THAT(FromWire(filter).error().message, HasSubstr("unknown kind 'spell'"));
  filter.kinds = {"function"};
  filter.contents = {"prose"};
  EXPECT_THAT(FromWire(filter).error().message, HasSubstr("unknown content 'prose'"));
  filter.contents = {"doc"};
  const auto native = FromWire(filter);
  ASSERT_TRUE(native);
  EXPECT_EQ(native->kinds.front(), store::SymbolKind::kFunction);
  EXPECT_THAT(SearchSetFromWire({"lexical", "magic"}).error().message, HasSubstr("magic"));
  EXPECT_FALSE(SearchSetFromWire({"lexical"})->vector);
  EXPECT_TRUE(SearchSetFromWire({})->vector);
}

TEST(Convert, AViewByWorktreeIsRefused) {
  protocol::ViewSelector view;
  view.worktree = "/tmp/w";
  EXPECT_EQ(FromWire(view).error().code, ErrorCode::kUnsupported);
}

TEST(Convert, ScoresOfEachSearchOnlyOnRequest) {
  retrieval::Hit hit;
  hit.found_by = {{"lexical", 3, 0.5}};
  EXPECT_EQ(ToWire(hit, false).found_by[0].score, std::nullopt);
  EXPECT_EQ(ToWire(hit, true).found_by[0].score, 0.5);
  EXPECT_EQ(ToWire(hit, true).found_by[0].rank, 3U);
}

TEST(Convert, StateOfAFile) {
  retrieval::FileState file;
  EXPECT_EQ(ToWire(file).state, "indexed");
  file.state = store::BlobState::kSkipped;
  file.reason = store::Reason::kTooLarge;
  EXPECT_EQ(ToWire(file).state, "skipped");
  EXPECT_EQ(ToWire(file).reason, "too_large");
  file.state = store::BlobState::kQuarantined;
  EXPECT_EQ(ToWire(file).state, "quarantined");
  file.reason = store::Reason::kUnreadable;
  EXPECT_EQ(ToWire(file).state, "failed");
  file.reason = store::Reason::kMissing;
  EXPECT_EQ(ToWire(file).state, "failed");
  EXPECT_EQ(ToWire(file).reason, "missing");
  file.pending = true;
  EXPECT_EQ(ToWire(file).state, "pending");
}

}  // namespace
}  // namespace coppice::server
