#include "store/pg/transaction.h"

#include <algorithm>

#include "base/format.h"

namespace coppice::store {
namespace {

constexpr std::chrono::milliseconds kLongestStatement = std::chrono::minutes(2);
constexpr int kLockTimeoutMs = 10'000;
constexpr int kIdleTimeoutMs = 120'000;
/// First half of the advisory locks on spaces; the second is the space.
constexpr int kSpaceLockClass = 0x43'6F'70'01;

}  // namespace

PgTransaction::PgTransaction(pqxx::connection& connection, const VectorType& vector_type,
                             PgAccess access, const Deadline& deadline)
    : vector_type_(vector_type), work_(connection) {
  // 0 would mean no limit.
  const auto statement = std::max<std::int64_t>(1, deadline.remaining(kLongestStatement).count());
  work_.exec(fmt::format("{}SET LOCAL statement_timeout = {}; SET LOCAL lock_timeout = {}; "
                         "SET LOCAL idle_in_transaction_session_timeout = {}; "
                         "SET LOCAL client_min_messages = warning; SET LOCAL bytea_output = hex; "
                         "SET LOCAL extra_float_digits = 1{}",
                         access == PgAccess::kRead ? "SET TRANSACTION READ ONLY; " : "", statement,
                         std::min<std::int64_t>(statement, kLockTimeoutMs), kIdleTimeoutMs,
                         access == PgAccess::kPrepare ? "; SET LOCAL synchronous_commit = off" : ""));
}

Result<SpaceNo> SpaceOf(PgTransaction& tx, RepoNo repo) {
  const auto rows =
      tx.Query("SELECT space FROM coppice.repo WHERE repo = $1 AND removed_at IS NULL", repo.value);
  if (rows.empty()) {
    return MakeError(ErrorCode::kNotFound, fmt::format("repository {} is not known", repo.value));
  }
  return SpaceNo(rows[0][0].as<std::int32_t>());
}

Result<SpaceNo> LockSpace(PgTransaction& tx, RepoNo repo) {
  COPPICE_ASSIGN(const SpaceNo space, SpaceOf(tx, repo));
  LockSpace(tx, space);
  return SpaceOf(tx, repo);  // it may have been removed while we waited
}

void LockSpace(PgTransaction& tx, SpaceNo space) {
  tx.Query("SELECT pg_advisory_xact_lock_shared($1::int4, $2::int4)", kSpaceLockClass, space.value);
}

std::int64_t GcEpoch(PgTransaction& tx, SpaceNo space) {
  return tx.Query("SELECT gc_epoch FROM coppice.space WHERE space = $1", space.value)[0][0].as<std::int64_t>();
}

bool TryLockSpaceExclusively(PgTransaction& tx, SpaceNo space) {
  return tx
      .Query("SELECT pg_try_advisory_xact_lock($1::int4, $2::int4)", kSpaceLockClass, space.value)[0][0]
      .as<bool>();
}

}  // namespace coppice::store
