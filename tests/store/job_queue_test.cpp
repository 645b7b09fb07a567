#include "store/job_queue.h"

#include <future>
#include <set>

#include "tests/store/store_testing.h"

namespace coppice::store {
namespace {

using std::chrono::seconds;

class JobQueueTest : public StoreTest {
 protected:
  JobQueue& jobs() { return store().jobs(); }
  bool NothingToClaim() { return !Must(jobs().Claim(seconds(60), Soon())).has_value(); }
  JobState StateOf(const std::string& id) { return Must(jobs().Find(id, Soon())).state; }
  /// As if the daemon that claimed it had gone away an hour ago.
  void LetLeaseRunOut(const JobRecord& job) {
    Sql(fmt::format("UPDATE coppice.job SET lease_until = now() - interval '1 hour' WHERE id = '{}'", job.id));
  }
  void LetBackoffPass() { Sql("UPDATE coppice.job SET run_after = now() - interval '1 hour'"); }
};

TEST_F(JobQueueTest, AJobIsClaimedOnceAndFinished) {
  const RepoRecord repo = AddRepo("alpha");
  const std::string id = Enqueue(repo.repo, "refs/heads/\xff", "target");
  const JobRecord job = Claim();
  EXPECT_EQ(job.id, id);
  EXPECT_EQ(job.repo_name, "alpha");
  EXPECT_EQ(job.ref, "refs/heads/\xff");
  EXPECT_EQ(job.target, Id("target"));
  EXPECT_EQ(job.attempts, 1);
  EXPECT_EQ(job.token, 1);
  EXPECT_EQ(job.state, JobState::kRunning);
  EXPECT_TRUE(NothingToClaim());
  Must(jobs().Renew(job, {"parse", 3, 10}, seconds(60), Soon()));
  EXPECT_EQ(Must(jobs().Find(id, Soon())).progress.phase, "parse");
  Must(jobs().Finish(job, Soon()));
  EXPECT_EQ(StateOf(id), JobState::kDone);
  EXPECT_TRUE(Must(jobs().Find(id, Soon())).finished_at.has_value());
  EXPECT_EQ(CodeOf(jobs().Finish(job, Soon())), ErrorCode::kConflict);
}

TEST_F(JobQueueTest, RequestsForTheSameRefJoinTheQueuedJob) {
  const RepoRecord repo = AddRepo("alpha");
  const std::string first = Enqueue(repo.repo, "HEAD", "1");
  EXPECT_EQ(Enqueue(repo.repo, "HEAD", "2"), first);
  EXPECT_NE(Enqueue(repo.repo, "refs/heads/x", "2"), first);
  const JobRecord job = Claim();
  EXPECT_EQ(job.target, Id("2"));
  EXPECT_NE(Enqueue(repo.repo, "HEAD", "3"), first) << "one that runs is not joined";
}

TEST_F(JobQueueTest, OneJobOfARepositoryRunsAtATime) {
  const RepoRecord alpha = AddRepo("alpha");
  const RepoRecord beta = AddRepo("beta");
  Enqueue(alpha.repo, "HEAD");
  Enqueue(alpha.repo, "refs/heads/x");
  Enqueue(beta.repo, "HEAD");
  const JobRecord first = Claim();
  const JobRecord second = Claim();
  EXPECT_NE(first.repo, second.repo);
  EXPECT_TRUE(NothingToClaim());
  Must(jobs().Finish(first, Soon()));
  EXPECT_EQ(Claim().repo, first.repo);
}

TEST_F(JobQueueTest, ManyClaimersNeverShareAJobOrARepository) {
  for (int i = 0; i < 5; ++i) {
    const RepoRecord repo = AddRepo(fmt::format("repo{}", i));
    for (int j = 0; j < 4; ++j) Enqueue(repo.repo, fmt::format("refs/heads/{}", j));
  }
  std::vector<std::future<std::vector<JobRecord>>> claimers;
  for (int i = 0; i < 4; ++i) {
    claimers.push_back(std::async(std::launch::async, [this] {
      const auto daemon = OpenAnother();
      std::vector<JobRecord> claimed;
      while (auto job = Must(daemon->jobs().Claim(seconds(60), Soon()))) claimed.push_back(*job);
      return claimed;
    }));
  }
  std::multiset<RepoNo> repos;
  for (auto& claimer : claimers) {
    for (const JobRecord& job : claimer.get()) repos.insert(job.repo);
  }
  EXPECT_EQ(repos.size(), 5U);
  EXPECT_EQ(std::set<RepoNo>(repos.begin(), repos.end()).size(), 5U);
}

TEST_F(JobQueueTest, AJobWhoseLeaseRanOutIsTakenOverAndTheOldClaimIsLost) {
  const RepoRecord repo = AddRepo("alpha");
  Enqueue(repo.repo);
  const JobRecord old = Claim();
  EXPECT_TRUE(NothingToClaim());
  LetLeaseRunOut(old);
  const JobRecord now = Claim();
  EXPECT_EQ(now.id, old.id);
  EXPECT_GT(now.token, old.token);
  EXPECT_EQ(CodeOf(jobs().Renew(old, {}, seconds(60), Soon())), ErrorCode::kConflict);
  EXPECT_EQ(CodeOf(jobs().Finish(old, Soon())), ErrorCode::kConflict);
  EXPECT_EQ(CodeOf(jobs().Fail(old, MakeError(ErrorCode::kInternal, "x"), Soon())), ErrorCode::kConflict);
  EXPECT_EQ(CodeOf(jobs().Release(old, Soon())), ErrorCode::kConflict);
  Must(jobs().Renew(now, {}, seconds(60), Soon()));
}

TEST_F(JobQueueTest, ARetryableErrorPutsItBackWithBackoffUntilItIsWornOut) {
  const RepoRecord repo = AddRepo("alpha");
  const std::string id = Enqueue(repo.repo);
  for (int attempt = 1; attempt <= 8; ++attempt) {
    const JobRecord job = Claim();
    EXPECT_EQ(job.attempts, attempt);
    Must(jobs().Fail(job, MakeError(ErrorCode::kUnavailable, "away \xff"), Soon()));
    if (attempt == 8) break;
    EXPECT_EQ(StateOf(id), JobState::kQueued);
    EXPECT_TRUE(NothingToClaim()) << "the backoff holds it";
    const auto wait = std::stod(Sql("SELECT extract(epoch FROM run_after - now()) FROM coppice.job"));
    EXPECT_NEAR(wait, std::min(300.0, double(1 << (attempt - 1))), 2.0);
    LetBackoffPass();
  }
  const JobRecord failed = Must(jobs().Find(id, Soon()));
  EXPECT_EQ(failed.state, JobState::kFailed);
  EXPECT_EQ(failed.error_code, "unavailable");
  EXPECT_EQ(failed.error, "away \xEF\xBF\xBD");
}

TEST_F(JobQueueTest, AnotherErrorFailsItAtOnceAndItCanBeRetried) {
  const RepoRecord repo = AddRepo("alpha");
  const std::string id = Enqueue(repo.repo);
  Must(jobs().Fail(Claim(), MakeError(ErrorCode::kCorrupt, "broken"), Soon()));
  EXPECT_EQ(StateOf(id), JobState::kFailed);
  EXPECT_EQ(Must(jobs().List(JobQueue::Which::kFailed, 10, Soon())).size(), 1U);
  Must(jobs().Retry(id, Soon()));
  const JobRecord again = Claim();
  EXPECT_EQ(again.id, id);
  EXPECT_EQ(again.attempts, 1);
  EXPECT_EQ(CodeOf(jobs().Retry(id, Soon())), ErrorCode::kConflict);
}

TEST_F(JobQueueTest, AJobThatKillsItsDaemonsIsGivenUp) {
  const RepoRecord repo = AddRepo("alpha");
  const std::string id = Enqueue(repo.repo);
  for (int attempt = 1; attempt <= 8; ++attempt) LetLeaseRunOut(Claim());
  EXPECT_TRUE(NothingToClaim());
  EXPECT_EQ(StateOf(id), JobState::kFailed);
}

TEST_F(JobQueueTest, AFailedJobMakesWayForALaterRequest) {
  const RepoRecord repo = AddRepo("alpha");
  Enqueue(repo.repo, "HEAD", "1");
  const JobRecord job = Claim();
  const std::string later = Enqueue(repo.repo, "HEAD", "2");
  Must(jobs().Fail(job, MakeError(ErrorCode::kUnavailable, "away"), Soon()));
  EXPECT_EQ(StateOf(job.id), JobState::kCancelled);
  EXPECT_EQ(Claim().id, later);
  EXPECT_EQ(CodeOf(jobs().Retry(later, Soon())), ErrorCode::kConflict);
}

TEST_F(JobQueueTest, AClaimGivenBackDoesNotCount) {
  const RepoRecord repo = AddRepo("alpha");
  Enqueue(repo.repo);
  Must(jobs().Release(Claim(), Soon()));
  EXPECT_EQ(Claim().attempts, 1);
}

TEST_F(JobQueueTest, CancellingStopsAQueuedAndARunningJob) {
  const RepoRecord repo = AddRepo("alpha");
  const std::string queued = Enqueue(repo.repo);
  Must(jobs().Cancel(queued, Soon()));
  EXPECT_TRUE(NothingToClaim());
  EXPECT_EQ(CodeOf(jobs().Cancel(queued, Soon())), ErrorCode::kConflict);
  Must(jobs().Retry(queued, Soon()));
  const JobRecord running = Claim();
  Must(jobs().Cancel(running.id, Soon()));
  EXPECT_EQ(CodeOf(jobs().Renew(running, {}, seconds(60), Soon())), ErrorCode::kCancelled);
}

TEST_F(JobQueueTest, AnIdThatIsNoneIsNotFound) {
  for (const std::string& id : {std::string("x"), std::string("'; drop"), std::string(36, '-'), std::string("\0\xff", 2),
                                std::string("00000000-0000-0000-0000-000000000000")}) {
    EXPECT_EQ(CodeOf(jobs().Find(id, Soon())), ErrorCode::kNotFound) << id;
    EXPECT_EQ(CodeOf(jobs().Cancel(id, Soon())), ErrorCode::kNotFound) << id;
  }
}

TEST_F(JobQueueTest, OldJobsGoButNotTheLastOneOfARef) {
  const RepoRecord repo = AddRepo("alpha");
  std::vector<std::string> ids;
  for (const char* ref : {"HEAD", "HEAD", "HEAD", "refs/heads/x"}) {
    ids.push_back(Enqueue(repo.repo, ref));
    Must(jobs().Finish(Claim(), Soon()));
  }
  EXPECT_FALSE(Must(jobs().DropOld(std::chrono::hours(24), Soon())));
  EXPECT_EQ(Count("job"), 4);
  Sql("UPDATE coppice.job SET created_at = created_at - interval '2 days', finished_at = finished_at - interval '2 days'");
  const std::string waiting = Enqueue(repo.repo, "refs/heads/y");
  EXPECT_FALSE(Must(jobs().DropOld(std::chrono::hours(24), Soon())));
  EXPECT_EQ(Count("job"), 3);
  for (const std::string& id : {ids[2], ids[3], waiting}) EXPECT_TRUE(jobs().Find(id, Soon())) << id;
}

TEST_F(JobQueueTest, WhatADeadDaemonLeftRunningCanBeClaimedAtOnce) {
  const RepoRecord repo = AddRepo("alpha");
  Enqueue(repo.repo);
  const JobRecord left = Claim();
  EXPECT_TRUE(NothingToClaim());
  Must(jobs().ExpireLeases(Soon()));
  const JobRecord again = Claim();
  EXPECT_EQ(again.id, left.id);
  EXPECT_EQ(again.attempts, 2);
}

TEST_F(JobQueueTest, AClockThatIsSetBackHoldsNothingUp) {
  const RepoRecord repo = AddRepo("alpha");
  const std::string id = Enqueue(repo.repo, "HEAD");
  // What the database wrote before its clock went back by a day lies a day ahead.
  Sql("UPDATE coppice.job SET run_after = run_after + interval '1 day', created_at = created_at + interval '1 day'");
  const JobRecord job = Claim();
  EXPECT_EQ(job.id, id);
  EXPECT_TRUE(NothingToClaim());
  Sql("UPDATE coppice.job SET lease_until = lease_until + interval '1 day'");
  const JobRecord again = Claim();
  EXPECT_EQ(again.id, id) << "its daemon may be gone, and the lease would last a day";
  EXPECT_EQ(CodeOf(jobs().Finish(job, Soon())), ErrorCode::kConflict);
  // The daemon that lives renews its lease by the new clock.
  Sql("UPDATE coppice.job SET lease_until = lease_until + interval '1 day'");
  Must(jobs().Renew(again, {}, seconds(60), Soon()));
  EXPECT_TRUE(NothingToClaim());
  Must(jobs().Finish(again, Soon()));
}

TEST_F(JobQueueTest, TheJobsOfARepositoryAreItsOwn) {
  const RepoRecord alpha = AddRepo("alpha");
  const RepoRecord beta = AddRepo("beta");
  Must(jobs().Finish((Enqueue(alpha.repo, "old"), Claim()), Soon()));
  const std::string waiting = Enqueue(alpha.repo);
  Enqueue(beta.repo);
  const auto own = Must(jobs().ListOf(alpha.repo, 10, Soon()));
  ASSERT_EQ(own.size(), 2U);
  EXPECT_EQ(own[0].id, waiting);
  EXPECT_EQ(own[1].state, JobState::kDone);
}

TEST_F(JobQueueTest, TheListShowsWhatIsOpenFirst) {
  const RepoRecord repo = AddRepo("alpha");
  Enqueue(repo.repo, "refs/heads/a");
  Must(jobs().Finish(Claim(), Soon()));
  const std::string open = Enqueue(repo.repo, "refs/heads/b");
  const auto list = Must(jobs().List(JobQueue::Which::kAll, 10, Soon()));
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0].id, open);
  EXPECT_EQ(Must(jobs().List(JobQueue::Which::kAll, 1, Soon())).size(), 1U);
}

}  // namespace
}  // namespace coppice::store
