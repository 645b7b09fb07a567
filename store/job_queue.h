#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "store/catalog.h"
#include "store/model.h"

namespace coppice::store {

/// Where a job stands. Values are stored.
enum class JobState : std::int16_t { kQueued = 0, kRunning = 1, kDone = 2, kFailed = 3, kCancelled = 4 };
std::string_view JobStateName(JobState state);

/// How far a running job is: "scan", "parse", "embed", "write", "publish"; counts in files or chunks.
struct JobProgress {
  std::string phase;
  std::int64_t done = 0;
  std::int64_t total = 0;  // 0 = not known
};

/// One durable piece of work: bring one ref of one repository up to date.
struct JobRecord {
  std::string id;  // uuid
  RepoNo repo;
  std::string repo_name;
  std::string ref;     // tracked name; "" = the whole repository: fetch it, read its refs again
  ObjectId target;     // the commit to reach; empty = whatever the ref says when the job runs
  JobState state = JobState::kQueued;
  JobProgress progress;
  std::int32_t attempts = 0;
  std::int64_t token = 0;  // fencing token of the running claim
  std::string error_code;  // ErrorCodeName, "" = none
  std::string error;
  std::string reason;  // who asked: "add", "sync", "poll"
  Timestamp created_at;
  std::optional<Timestamp> started_at;
  std::optional<Timestamp> finished_at;
};

/// Jobs as rows: accepted means durable, claimed by one daemon at a time.
///
/// Place:  over the pool; any thread; any number of daemons on one database.
/// Limits: one queued job for each (repository, ref): a later request joins it. Ended jobs stay until
///         DropOld takes them.
class JobQueue {
 public:
  explicit JobQueue(PgPool& pool) : pool_(pool) {}

  /// Gives the id of the queued job, new or joined.
  Result<std::string> Enqueue(RepoNo repo, const std::string& ref, const ObjectId& target,
                              const std::string& reason, const Deadline& deadline);
  /// The oldest due job (SKIP LOCKED), leased for `lease`, which is below ten minutes; also one whose
  /// lease ran out. Times are the database's; one that lies further ahead than any backoff or lease
  /// has come, too: its clock was put back. Nothing when there is none. Never two jobs of one
  /// repository at a time.
  Result<std::optional<JobRecord>> Claim(std::chrono::seconds lease, const Deadline& deadline);
  /// Prolongs the lease and records progress. Errors: kConflict when the claim was lost, kCancelled
  /// when the job was cancelled: stop working on it.
  Result<void> Renew(const JobRecord& job, const JobProgress& progress, std::chrono::seconds lease,
                     const Deadline& deadline);
  /// Ends it without moving a ref (nothing to do).
  Result<void> Finish(const JobRecord& job, const Deadline& deadline);
  /// A retryable error puts it back with backoff (1 s doubling to 5 min, at most 8 attempts);
  /// another, or the last attempt, makes it kFailed. The job keeps message and remedy.
  Result<void> Fail(const JobRecord& job, const Error& error, const Deadline& deadline);
  /// Gives a claim back at shutdown: queued again, the attempt not counted.
  Result<void> Release(const JobRecord& job, const Deadline& deadline);

  enum class Which : std::uint8_t { kAll, kActive, kFailed };
  /// At most `limit`: those that can still change first, then the newest.
  Result<std::vector<JobRecord>> List(Which which, int limit, const Deadline& deadline);
  /// The same for one repository.
  Result<std::vector<JobRecord>> ListOf(RepoNo repo, int limit, const Deadline& deadline);
  /// Errors: kNotFound.
  Result<JobRecord> Find(const std::string& id, const Deadline& deadline);
  /// Errors: kNotFound; kConflict when it is not failed or cancelled.
  Result<void> Retry(const std::string& id, const Deadline& deadline);
  /// Errors: kNotFound; kConflict when it has ended.
  Result<void> Cancel(const std::string& id, const Deadline& deadline);

  /// Lets every running job be claimed again at once: for a daemon that knows there is no other.
  Result<void> ExpireLeases(const Deadline& deadline);
  /// Deletes some of the jobs that ended more than `age` ago, but not the last one of a ref. True
  /// when there may be more.
  Result<bool> DropOld(std::chrono::hours age, const Deadline& deadline);

 private:
  PgPool& pool_;
};

}  // namespace coppice::store
