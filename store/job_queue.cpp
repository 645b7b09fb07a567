#include "store/job_queue.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/format.h"
#include "store/pg/transaction.h"

namespace coppice::store {
namespace {

constexpr std::int32_t kMaxAttempts = 8;
constexpr std::int64_t kLongestBackoffMs = 300'000;
// A time further ahead than any backoff or lease was set by a clock that was put back since.
constexpr std::string_view kTooFarAhead = "now() + interval '10 minutes'";
constexpr std::size_t kMaxRefBytes = 1024;
constexpr int kClaimTries = 5;

/// Columns of a job `j` and its repository `r`, as ReadJob takes them.
std::string JobColumns() {
  return "j.id, j.repo, r.name, j.ref, j.target, j.state, j.phase, j.done, j.total, j.attempts, j.token, "
         "j.error_code, j.error, j.reason, " +
         EpochMs("j.created_at") + ", " + EpochMs("j.started_at") + ", " + EpochMs("j.finished_at");
}

JobRecord ReadJob(const pqxx::row& row) {
  JobRecord job;
  job.id = row[0].as<std::string>();
  job.repo = RepoNo(row[1].as<std::int32_t>());
  job.repo_name = row[2].as<std::string>();
  job.ref = ReadBytes(row[3]);
  job.target.bytes = ReadBytes(row[4]);
  job.state = static_cast<JobState>(row[5].as<std::int16_t>());
  job.progress.phase = row[6].as<std::string>();
  job.progress.done = row[7].as<std::int64_t>();
  job.progress.total = row[8].as<std::int64_t>();
  job.attempts = row[9].as<std::int32_t>();
  job.token = row[10].as<std::int64_t>();
  job.error_code = row[11].as<std::string>();
  job.error = row[12].as<std::string>();
  job.reason = row[13].as<std::string>();
  job.created_at = ReadTime(row[14]);
  job.started_at = ReadOptionalTime(row[15]);
  job.finished_at = ReadOptionalTime(row[16]);
  return job;
}

bool IsUuid(std::string_view id) {
  if (id.size() != 36) return false;
  for (std::size_t i = 0; i < id.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? id[i] != '-' : std::string_view("0123456789abcdefABCDEF").find(id[i]) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

Error NoSuchJob(const std::string& id) {
  return MakeError(ErrorCode::kNotFound, fmt::format("job '{}' is not known", ToValidText(id)));
}

Result<JobRecord> FindJob(PgTransaction& tx, const std::string& id, std::string_view lock = "") {
  if (!IsUuid(id)) return NoSuchJob(id);
  const auto rows = tx.Query(fmt::format("SELECT {} FROM coppice.job j JOIN coppice.repo r USING (repo) "
                                         "WHERE j.id = $1::uuid {}",
                                         JobColumns(), lock),
                             id);
  if (rows.empty()) return NoSuchJob(id);
  return ReadJob(rows[0]);
}

/// The job as it stands, locked, when it is still this claim's. Errors: kCancelled, kConflict.
Result<JobRecord> LockClaim(PgTransaction& tx, const JobRecord& job) {
  auto current = FindJob(tx, job.id, "FOR UPDATE OF j");
  if (!current && current.error().code != ErrorCode::kNotFound) return current.error();
  if (current && current->state == JobState::kRunning && current->token == job.token) return current;
  if (current && current->state == JobState::kCancelled && current->token == job.token) {
    return MakeError(ErrorCode::kCancelled, fmt::format("job {} was cancelled", job.id));
  }
  return MakeError(ErrorCode::kConflict,
                   fmt::format("job {} is no longer claimed by this daemon", job.id));
}

/// A queued job of the same repository and ref, which would take this one's place.
std::optional<std::string> QueuedTwin(PgTransaction& tx, const JobRecord& job) {
  const auto rows = tx.Query(
      "SELECT id FROM coppice.job WHERE repo = $1 AND ref = $2::bytea AND state = 0 AND id <> $3::uuid "
      "FOR UPDATE",
      job.repo.value, Bytes(job.ref), job.id);
  if (rows.empty()) return std::nullopt;
  return rows[0][0].as<std::string>();
}

/// Ends a job that cannot go back to the queue because a later request stands there.
void EndForTwin(PgTransaction& tx, const JobRecord& job, const std::string& twin) {
  tx.Query(
      "UPDATE coppice.job SET state = 4, finished_at = now(), lease_until = NULL, error_code = '', error = $2 "
      "WHERE id = $1::uuid",
      job.id, fmt::format("replaced by job {}", twin));
}

/// Whether a time of a job has come.
std::string HasCome(std::string_view column) {
  return fmt::format("({0} <= now() OR {0} > {1})", column, kTooFarAhead);
}

/// Jobs whose daemon died once too often.
void FailWornOut(PgTransaction& tx) {
  tx.Query(
      fmt::format(
          "UPDATE coppice.job SET state = 3, finished_at = now(), lease_until = NULL, error_code = 'unavailable', "
          "error = 'the daemon ended while it worked on this job' WHERE id IN (SELECT id FROM coppice.job "
          "WHERE state = 1 AND {} AND attempts >= $1 ORDER BY id FOR UPDATE SKIP LOCKED)",
          HasCome("lease_until")),
      kMaxAttempts);
}

std::string JobsWhere(std::string_view condition) {
  return fmt::format(
      "SELECT {} FROM coppice.job j JOIN coppice.repo r USING (repo) WHERE {} ORDER BY j.created_at DESC, j.id",
      JobColumns(), condition);
}

std::string ClaimStatement() {
  return fmt::format(
      "WITH next AS (SELECT j.id FROM coppice.job j JOIN coppice.repo r USING (repo) "
      "  WHERE ((j.state = 0 AND {}) OR (j.state = 1 AND {})) "
      "  AND r.removed_at IS NULL AND NOT EXISTS (SELECT FROM coppice.job o "
      "    WHERE o.repo = j.repo AND o.state = 1 AND o.id <> j.id) "
      "  ORDER BY j.prio DESC, j.run_after, j.id LIMIT 1 FOR UPDATE OF j SKIP LOCKED) "
      "UPDATE coppice.job j SET state = 1, token = j.token + 1, attempts = j.attempts + 1, "
      "lease_until = now() + $1 * interval '1 second', started_at = now(), finished_at = NULL, phase = '', "
      "done = 0, total = 0 FROM next, coppice.repo r WHERE j.id = next.id AND r.repo = j.repo RETURNING {}",
      HasCome("j.run_after"), HasCome("j.lease_until"), JobColumns());
}

/// The rows of each part in turn, `limit` of them in all.
Result<std::vector<JobRecord>> ListParts(PgPool& pool, const std::vector<std::string>& parts,
                                         int limit, const Deadline& deadline) {
  return RunTransaction(
      pool, PgAccess::kRead, deadline, [&](PgTransaction& tx) -> Result<std::vector<JobRecord>> {
        std::vector<JobRecord> jobs;
        for (const std::string& part : parts) {
          const auto left = std::int64_t{std::max(limit, 0)} - static_cast<std::int64_t>(jobs.size());
          if (left <= 0) break;
          for (const auto& row : tx.Query(part + " LIMIT $1", left)) jobs.push_back(ReadJob(row));
        }
        return jobs;
      });
}

}  // namespace

std::string_view JobStateName(JobState state) {
  constexpr std::array<std::string_view, 5> kNames = {"queued", "running", "done", "failed", "cancelled"};
  const auto index = static_cast<std::size_t>(state);
  return index < kNames.size() ? kNames[index] : "unknown";
}

Result<std::string> JobQueue::Enqueue(RepoNo repo, const std::string& ref, const ObjectId& target,
                                      const std::string& reason, const Deadline& deadline) {
  if (ref.size() > kMaxRefBytes) {
    return MakeError(ErrorCode::kInvalidArgument, "the name of the ref is longer than 1,024 bytes");
  }
  return RunTransaction(pool_, PgAccess::kWrite, deadline, [&](PgTransaction& tx) -> Result<std::string> {
    const auto rows = tx.Query(
        "INSERT INTO coppice.job AS j (space, repo, ref, target, reason) "
        "SELECT space, repo, $2::bytea, $3::bytea, $4 FROM coppice.repo WHERE repo = $1 AND removed_at IS NULL "
        "ON CONFLICT (repo, ref) WHERE state = 0 DO UPDATE SET target = excluded.target, "
        "reason = excluded.reason, run_after = least(j.run_after, excluded.run_after) RETURNING j.id",
        repo.value, Bytes(ref), Bytes(target.bytes), ToValidText(reason));
    if (rows.empty()) {
      return MakeError(ErrorCode::kNotFound, fmt::format("repository {} is not known", repo.value));
    }
    return rows[0][0].as<std::string>();
  });
}

Result<std::optional<JobRecord>> JobQueue::Claim(std::chrono::seconds lease, const Deadline& deadline) {
  // Two daemons may pick two jobs of one repository at once; a unique index lets one of them have it.
  for (int i = 0; i < kClaimTries; ++i) {
    auto claimed = RunTransaction(
        pool_, PgAccess::kWrite, deadline, [&](PgTransaction& tx) -> Result<std::optional<JobRecord>> {
          FailWornOut(tx);
          const auto rows = tx.Query(ClaimStatement(), static_cast<std::int64_t>(lease.count()));
          if (rows.empty()) return std::optional<JobRecord>();
          return std::optional<JobRecord>(ReadJob(rows[0]));
        });
    if (claimed || claimed.error().code != ErrorCode::kConflict) return claimed;
  }
  return std::optional<JobRecord>();
}

Result<void> JobQueue::Renew(const JobRecord& job, const JobProgress& progress, std::chrono::seconds lease,
                             const Deadline& deadline) {
  return RunTransaction(pool_, PgAccess::kWrite, deadline, [&](PgTransaction& tx) -> Result<void> {
    COPPICE_TRY(LockClaim(tx, job));
    tx.Query(
        "UPDATE coppice.job SET phase = $2, done = $3, total = $4, lease_until = now() + $5 * interval '1 second' "
        "WHERE id = $1::uuid",
        job.id, ToValidText(progress.phase), progress.done, progress.total,
        static_cast<std::int64_t>(lease.count()));
    return {};
  });
}

Result<void> JobQueue::Finish(const JobRecord& job, const Deadline& deadline) {
  return RunTransaction(pool_, PgAccess::kWrite, deadline, [&](PgTransaction& tx) -> Result<void> {
    COPPICE_TRY(LockClaim(tx, job));
    tx.Query(
        "UPDATE coppice.job SET state = 2, finished_at = now(), lease_until = NULL, error_code = '', error = '' "
        "WHERE id = $1::uuid",
        job.id);
    tx.Query("DELETE FROM coppice.pin WHERE job = $1::uuid", job.id);
    return {};
  });
}

Result<void> JobQueue::Fail(const JobRecord& job, const Error& error, const Deadline& deadline) {
  return RunTransactionTwice(pool_, deadline, [&](PgTransaction& tx) -> Result<void> {
    COPPICE_ASSIGN(const JobRecord current, LockClaim(tx, job));
    const bool again = error.retryable && current.attempts < kMaxAttempts;
    if (again) {
      if (const auto twin = QueuedTwin(tx, job)) {
        EndForTwin(tx, job, *twin);
        return {};
      }
    }
    const int doublings = std::clamp(current.attempts - 1, 0, 20);
    const std::int64_t backoff = std::max(std::min(std::int64_t{1000} << doublings, kLongestBackoffMs),
                                          error.retry_after_ms.value_or(0));
    tx.Query(
        "UPDATE coppice.job SET state = $2::int2, error_code = $3, error = $4, lease_until = NULL, "
        "run_after = now() + $5 * interval '1 millisecond', finished_at = CASE WHEN $6 THEN now() END "
        "WHERE id = $1::uuid",
        job.id, static_cast<std::int16_t>(again ? JobState::kQueued : JobState::kFailed),
        std::string(ErrorCodeName(error.code)), ToValidText(error.Sentence()), again ? backoff : std::int64_t{0}, !again);
    return {};
  });
}

Result<void> JobQueue::Release(const JobRecord& job, const Deadline& deadline) {
  return RunTransactionTwice(pool_, deadline, [&](PgTransaction& tx) -> Result<void> {
    COPPICE_TRY(LockClaim(tx, job));
    if (const auto twin = QueuedTwin(tx, job)) {
      EndForTwin(tx, job, *twin);
      return {};
    }
    tx.Query(
        "UPDATE coppice.job SET state = 0, attempts = greatest(attempts - 1, 0), lease_until = NULL, "
        "run_after = now() WHERE id = $1::uuid",
        job.id);
    return {};
  });
}

Result<std::vector<JobRecord>> JobQueue::List(Which which, int limit, const Deadline& deadline) {
  // One index for each part: no sort over all that ever ran.
  std::vector<std::string> parts;
  if (which == Which::kFailed) parts.push_back(JobsWhere("j.state = 3"));
  if (which != Which::kFailed) parts.push_back(JobsWhere("j.state IN (0, 1)"));
  if (which == Which::kAll) parts.push_back(JobsWhere("j.state NOT IN (0, 1)"));
  return ListParts(pool_, parts, limit, deadline);
}

Result<std::vector<JobRecord>> JobQueue::ListOf(RepoNo repo, int limit, const Deadline& deadline) {
  const std::string of_repo = fmt::format(" AND j.repo = {}", repo.value);
  return ListParts(pool_,
                   {JobsWhere("j.state IN (0, 1)" + of_repo),
                    JobsWhere("j.state NOT IN (0, 1)" + of_repo)},
                   limit, deadline);
}

Result<JobRecord> JobQueue::Find(const std::string& id, const Deadline& deadline) {
  return RunTransaction(pool_, PgAccess::kRead, deadline,
                        [&](PgTransaction& tx) -> Result<JobRecord> { return FindJob(tx, id); });
}

Result<void> JobQueue::Retry(const std::string& id, const Deadline& deadline) {
  return RunTransactionTwice(pool_, deadline, [&](PgTransaction& tx) -> Result<void> {
    COPPICE_ASSIGN(const JobRecord job, FindJob(tx, id, "FOR UPDATE OF j"));
    if (job.state != JobState::kFailed && job.state != JobState::kCancelled) {
      return MakeError(ErrorCode::kConflict,
                       fmt::format("job {} is {}: only a failed or cancelled job can be retried", id,
                                   JobStateName(job.state)));
    }
    if (const auto twin = QueuedTwin(tx, job)) {
      return MakeError(ErrorCode::kConflict, fmt::format("job {} already waits for the same ref", *twin));
    }
    tx.Query(
        "UPDATE coppice.job SET state = 0, attempts = 0, run_after = now(), finished_at = NULL, error_code = '', "
        "error = '' WHERE id = $1::uuid",
        id);
    return {};
  });
}

Result<void> JobQueue::Cancel(const std::string& id, const Deadline& deadline) {
  return RunTransaction(pool_, PgAccess::kWrite, deadline, [&](PgTransaction& tx) -> Result<void> {
    COPPICE_ASSIGN(const JobRecord job, FindJob(tx, id, "FOR UPDATE OF j"));
    if (job.state != JobState::kQueued && job.state != JobState::kRunning) {
      return MakeError(ErrorCode::kConflict, fmt::format("job {} is {}", id, JobStateName(job.state)));
    }
    tx.Query(
        "UPDATE coppice.job SET state = 4, finished_at = now(), lease_until = NULL WHERE id = $1::uuid", id);
    return {};
  });
}

}  // namespace coppice::store
