#include "daemon/server/job_watch.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/format.h"
#include "daemon/server/admission.h"

namespace coppice::server {
namespace {

constexpr std::chrono::milliseconds kInterval{150};
constexpr std::chrono::milliseconds kStepTimeout{5000};

Error Stopping() {
  return MakeError(ErrorCode::kUnavailable, "the daemon is stopping; accepted jobs are kept",
                   "start it again: they go on by themselves");
}

/// Why a job did not reach its end.
Error JobError(const store::JobRecord& job) {
  if (job.state == store::JobState::kCancelled) {
    return MakeError(ErrorCode::kCancelled,
                     fmt::format("{}: job {} was cancelled", job.repo_name, job.id));
  }
  Error error = MakeError(ParseErrorCode(job.error_code).value_or(ErrorCode::kInternal),
                          fmt::format("{}: {}", job.repo_name, job.error),
                          fmt::format("coppice jobs retry {}", job.id));
  error.retryable = false;  // the queue has given up; asking again does not start it
  return error;
}

bool HasFailed(const store::JobRecord& job) {
  return job.state == store::JobState::kFailed || job.state == store::JobState::kCancelled;
}

/// Of jobs as JobSource::Recent orders them.
std::optional<store::JobRecord> NewestOf(const std::vector<store::JobRecord>& recent,
                                         const std::string& ref) {
  const auto found = std::find_if(recent.begin(), recent.end(),
                                  [&](const store::JobRecord& job) { return job.ref == ref; });
  return found == recent.end() ? std::nullopt : std::optional(*found);
}

std::string PhaseOf(const store::JobRecord& job) {
  switch (job.state) {
    case store::JobState::kQueued:
      return "queued";
    case store::JobState::kRunning:
      return job.progress.phase.empty() ? "scan" : job.progress.phase;
    case store::JobState::kDone:
      return "done";
    case store::JobState::kFailed:
    case store::JobState::kCancelled:
      return "failed";
  }
  return "failed";
}

bool SameProgress(const protocol::Progress& a, const protocol::Progress& b) {
  return a.phase == b.phase && a.done == b.done && a.total == b.total;
}

}  // namespace

JobWatch::JobWatch(std::unique_ptr<JobSource> source) : source_(std::move(source)) {}

JobWatch::~JobWatch() { Stop(); }

void JobWatch::Start() {
  thread_ = NamedThread("server-watch", [this](const std::stop_token& stop) { Run(stop); });
}

void JobWatch::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    changed_.NotifyAll();
  }
  thread_.RequestStop();
  thread_.Join();
  std::vector<Wait> rest;
  {
    MutexLock lock(mutex_);
    rest = std::exchange(incoming_, {});
  }
  std::move(waits_.begin(), waits_.end(), std::back_inserter(rest));
  waits_.clear();
  for (Wait& wait : rest) wait.call->Fail(Stopping());
}

void JobWatch::Watch(Wait wait) {
  if (const std::optional<Error> refusal = TakeOver(wait)) wait.call->Fail(*refusal);
}

std::optional<Error> JobWatch::TakeOver(Wait& wait) {
  MutexLock lock(mutex_);
  if (stopping_) return Stopping();
  if (count_ >= kMaxWaits) {
    return Overloaded(fmt::format("{} calls wait for jobs already", kMaxWaits), Lane::kBatch);
  }
  ++count_;
  incoming_.push_back(std::move(wait));
  changed_.NotifyAll();
  return std::nullopt;
}

void JobWatch::Step(const Deadline& deadline) {
  {
    MutexLock lock(mutex_);
    std::move(incoming_.begin(), incoming_.end(), std::back_inserter(waits_));
    incoming_.clear();
  }
  std::erase_if(waits_, [&](Wait& wait) { return Advance(wait, deadline); });
  MutexLock lock(mutex_);
  count_ = waits_.size() + incoming_.size();
}

void JobWatch::Run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    Step(Deadline::After(kStepTimeout, stop));
    MutexLock lock(mutex_);
    if (stopping_) return;
    if (waits_.empty()) {
      // Nobody waits: until somebody does, or Stop.
      while (!stopping_ && incoming_.empty()) changed_.Wait(mutex_);
    } else {
      changed_.WaitFor(mutex_, kInterval);
    }
  }
}

bool JobWatch::Advance(Wait& wait, const Deadline& deadline) {
  const Deadline& own = wait.call->deadline();
  if (own.expired()) {
    const ErrorCode code = own.cancelled() ? ErrorCode::kCancelled : ErrorCode::kDeadlineExceeded;
    wait.call->Fail(MakeError(code, "gave up waiting; the jobs go on", "see coppice jobs"));
    return true;
  }
  const Deadline both(std::min(own.at(), deadline.at()), deadline.stop());
  Result<bool> ready = AdvanceJobs(wait, both);
  if (ready && *ready) ready = FollowRefs(wait, both);
  if (ready && *ready) ready = AllServed(wait, both);
  if (!ready) {
    // What the database cannot say now is asked again at the next turn.
    if (ready.error().retryable || deadline.expired()) return false;
    wait.call->Fail(ready.error());
    return true;
  }
  if (*ready) wait.finish(*wait.call);
  return *ready;
}

Result<bool> JobWatch::AdvanceJobs(Wait& wait, const Deadline& deadline) {
  for (auto id = wait.jobs.begin(); id != wait.jobs.end();) {
    COPPICE_ASSIGN(const store::JobRecord job, source_->Find(*id, deadline));
    wait.worked_on.insert(job.repo);
    if (job.state == store::JobState::kCancelled) {
      COPPICE_ASSIGN(const auto successor, Successor(job, deadline));
      if (successor) {
        wait.jobs.insert(successor->id);
        id = wait.jobs.erase(id);
        continue;
      }
    }
    Show(wait, job);
    if (HasFailed(job)) {
      Error error = JobError(job);
      return error;
    }
    id = job.state == store::JobState::kDone ? wait.jobs.erase(id) : std::next(id);
  }
  return wait.jobs.empty();
}

Result<std::optional<store::JobRecord>> JobWatch::Successor(const store::JobRecord& job,
                                                            const Deadline& deadline) {
  COPPICE_ASSIGN(const auto recent, source_->Recent(job.repo, deadline));
  std::optional<store::JobRecord> newest = NewestOf(recent, job.ref);
  if (newest && (newest->id == job.id || newest->created_at < job.created_at)) newest.reset();
  return newest;
}

Result<bool> JobWatch::FollowRefs(Wait& wait, const Deadline& deadline) {
  bool waits = false;
  for (const store::RepoRecord& repo : wait.repos) {
    std::optional<std::vector<store::JobRecord>> recent;
    if (!wait.worked_on.contains(repo.repo)) continue;
    COPPICE_ASSIGN(const auto refs, source_->Refs(repo.repo, deadline));
    for (const store::RefRecord& ref : refs) {
      const bool is_done = ref.head == ref.commit && ref.subtree == repo.subtree;
      if (ref.head.empty() || is_done) continue;
      if (!recent) {
        COPPICE_ASSIGN(recent, source_->Recent(repo.repo, deadline));
      }
      const auto job = NewestOf(*recent, ref.name);
      if (job && HasFailed(*job)) {
        Show(wait, *job);
        Error error = JobError(*job);
        return error;
      }
      const bool active = job && job->state != store::JobState::kDone;
      if (active) wait.jobs.insert(job->id);
      // One that ended well left a head that has moved again; without any, its first is to come.
      waits = waits || active || (!job && ref.commit.empty());
    }
  }
  return !waits;
}

Result<bool> JobWatch::AllServed(const Wait& wait, const Deadline& deadline) {
  for (const store::RepoRecord& repo : wait.repos) {
    COPPICE_ASSIGN(const auto refs, source_->Refs(repo.repo, deadline));
    for (const store::RefRecord& ref : refs) {
      if (ref.commit.empty()) continue;
      COPPICE_ASSIGN(const bool served, source_->Served(repo, ref));
      if (!served) return false;
    }
  }
  return true;
}

void JobWatch::Show(Wait& wait, const store::JobRecord& job) {
  protocol::Progress progress;
  progress.repo = job.repo_name;
  progress.ref = job.ref;
  progress.phase = PhaseOf(job);
  progress.done = job.progress.done;
  progress.total = job.progress.total;
  const auto shown = wait.shown.find(job.id);
  if (shown != wait.shown.end() && SameProgress(shown->second, progress)) return;
  if (wait.call->TryPart(progress)) wait.shown[job.id] = progress;
}

}  // namespace coppice::server
