#include "indexer/index_worker.h"

#include <algorithm>

#include "base/format.h"
#include "base/log.h"
#include "indexer/git/mirror.h"
#include "indexer/git/repository.h"
#include "indexer/serving_model.h"

namespace coppice::indexer {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kIdle{1000};      // between looks at the queue when nobody rings
constexpr seconds kReportPatience{300};  // how long the end of a job is reported again
constexpr milliseconds kReportInterval{500};
constexpr seconds kFetchTime{3600};
constexpr std::chrono::hours kKeepJobs{7 * 24};
constexpr std::chrono::minutes kUpkeepInterval{60};
constexpr seconds kUpkeepTime{10};

Result<store::RepoRecord> FindRepo(store::Store& store, store::RepoNo repo,
                                   const Deadline& deadline) {
  COPPICE_ASSIGN(const auto repos, store.catalog().ListRepos(deadline));
  for (const store::RepoRecord& record : repos) {
    if (record.repo == repo) return record;
  }
  return MakeError(ErrorCode::kCancelled, "the repository was removed");
}

Result<store::RefRecord> FindRef(store::Store& store, const store::JobRecord& job,
                                 const Deadline& deadline) {
  COPPICE_ASSIGN(const auto refs, store.catalog().ListRefs(job.repo, deadline));
  for (const store::RefRecord& record : refs) {
    if (record.name == job.ref) return record;
  }
  return MakeError(ErrorCode::kNotFound, fmt::format("ref {} is not tracked any more", job.ref));
}

}  // namespace

Result<bool> IndexWorker::Step(const Deadline& deadline) {
  COPPICE_ASSIGN(const auto job, store_.jobs().Claim(LeaseKeeper::kLease, deadline));
  if (!job) return false;
  LogInfo(
      "job_started",
      {{"job", job->id}, {"repo", job->repo_name}, {"ref", job->ref}, {"attempt", job->attempts}});
  const auto begin = Deadline::Clock::now();
  const Result<void> result = DoUnderLease(*job, deadline);
  const auto took = std::chrono::duration_cast<milliseconds>(Deadline::Clock::now() - begin);
  if (result) {
    LogInfo(
        "job_done",
        {{"job", job->id}, {"repo", job->repo_name}, {"ref", job->ref}, {"took_ms", took.count()}});
  } else {
    LogWarning("job_not_done", {{"job", job->id},
                                {"repo", job->repo_name},
                                {"ref", job->ref},
                                {"took_ms", took.count()},
                                {"why", result.error().ToString()}});
  }
  Settle(*job, result, deadline);
  return true;
}

void IndexWorker::Settle(const store::JobRecord& job, const Result<void>& result,
                         const Deadline& deadline) {
  if (result) return;  // moving the ref ended it, or Finish did
  const Error& error = result.error();
  const bool stopping = deadline.cancelled();
  // The stop request ends the work, not the report about it.
  const Deadline patience = Deadline::After(stopping ? seconds(5) : kReportPatience);
  while (true) {
    const Deadline once = Deadline::After(seconds(5));
    auto told = stopping ? store_.jobs().Release(job, once) : store_.jobs().Fail(job, error, once);
    // Not retryable: the claim is no longer ours, and with it the job's end.
    if (told || !told.error().retryable || patience.expired()) return;
    Doorbell pause;
    pause.Wait(Deadline::After(kReportInterval, deadline.stop()));
    if (deadline.cancelled() && !stopping) return;  // the lease runs out instead
  }
}

Result<void> IndexWorker::DoUnderLease(const store::JobRecord& job, const Deadline& deadline) {
  LeaseKeeper lease(store_.jobs(), job, deadline);
  const Result<void> result = Do(job, lease);
  if (const auto lost = lease.lost(); lost && !result) return *lost;
  return result;
}

Result<void> IndexWorker::Do(const store::JobRecord& job, LeaseKeeper& lease) {
  const Deadline& deadline = lease.deadline();
  COPPICE_ASSIGN(const store::RepoRecord repo, FindRepo(store_, job.repo, deadline));
  if (job.ref.empty()) return DoRepository(job, repo, lease);
  COPPICE_ASSIGN(const store::RefRecord ref, FindRef(store_, job, deadline));
  const store::ObjectId& target = ref.head.empty() ? job.target : ref.head;
  COPPICE_ASSIGN(const store::IndexVersions wanted, WantedVersions(store_, deadline));
  if (target.empty() || (target == ref.commit && IsUpToDate(repo, ref, wanted))) {
    return store_.jobs().Finish(job, deadline);
  }
  return pipeline_.Run(
      job, repo, ref, target,
      [&](const store::JobProgress& progress) { return lease.Report(progress); }, deadline);
}

Result<void> IndexWorker::KeepMirror(const store::RepoRecord& repo, const Deadline& deadline) {
  COPPICE_ASSIGN(const auto mirror, OpenRepository(repo.git_dir));
  const auto root = mirror->RootCommit(deadline);
  if (!root && deadline.expired()) return root.error();
  return store_.catalog().SetMirror(repo.repo, repo.git_dir, root ? *root : store::ObjectId{},
                                    deadline);
}

Result<void> IndexWorker::DoRepository(const store::JobRecord& job, const store::RepoRecord& repo,
                                       LeaseKeeper& lease) {
  const Deadline& deadline = lease.deadline();
  store::RepoRecord current = repo;
  if (repo.remote) {
    COPPICE_TRY(lease.Report({"fetch", 0, 0}));
    current.git_dir = (mirrors_ / fmt::format("{}.git", repo.repo.value)).string();
    COPPICE_TRY(
        FetchMirror(repo.location, current.git_dir, Deadline::After(kFetchTime, deadline.stop())));
    const auto kept = KeepMirror(current, deadline);
    if (!kept) {
      std::error_code status;  // removed meanwhile: nobody will look for it again
      if (kept.error().code == ErrorCode::kNotFound) fs::remove_all(current.git_dir, status);
      return kept.error();
    }
  }
  COPPICE_TRY(poller_.Refresh(current, job.reason, deadline));
  return store_.jobs().Finish(job, deadline);
}

void IndexWorker::Run(const std::stop_token& stop) {
  auto next_upkeep = Deadline::Clock::now();
  while (!stop.stop_requested()) {
    const auto worked = Step(Deadline::Never(stop));
    if (worked && Deadline::Clock::now() >= next_upkeep) {
      const auto more = store_.jobs().DropOld(kKeepJobs, Deadline::After(kUpkeepTime, stop));
      if (!more || !*more) next_upkeep = Deadline::Clock::now() + kUpkeepInterval;
    }
    if (worked && *worked) continue;
    if (!worked && !stop.stop_requested()) {
      LogWarning("jobs_unreachable", {{"why", worked.error().ToString()}});
    }
    doorbell_.Wait(Deadline::After(kIdle, stop));
  }
}

}  // namespace coppice::indexer
