#pragma once

#include <cstdint>
#include <pqxx/pqxx>
#include <string>
#include <type_traits>
#include <utility>

#include "base/deadline.h"
#include "base/result.h"
#include "store/model.h"
#include "store/pg/errors.h"
#include "store/pg/pool.h"
#include "store/pg/values.h"

namespace coppice::store {

/// kPrepare: writes what a later kWrite makes visible. Its commit does not wait for the disk: that of
/// the later one does, and the log keeps their order. Only for what that later one misses, by a
/// check or a key, should the server crash between the two.
enum class PgAccess : std::uint8_t { kRead, kPrepare, kWrite };

/// One transaction with its time limits set by SET LOCAL.
///
/// Place:  made by RunTransaction; lives as long as its body runs.
/// Errors: libpqxx's exceptions, which RunTransaction turns into Errors.
class PgTransaction {
 public:
  PgTransaction(pqxx::connection& connection, const VectorType& vector_type, PgAccess access,
                const Deadline& deadline);

  /// A lookup of many keys is written `unnest($1::bytea[]) AS k CROSS JOIN LATERAL (SELECT … = k.key OFFSET 0)`: one
  /// index probe for each key, whatever the planner believes of tables that nobody has analysed yet.
  /// Parameters: integers, bool, std::string (as text, without NUL), Bytes(...) and the arrays of
  /// store/pg/values.h (binary; cast them in the SQL).
  template <class... Args>
  pqxx::result Query(pqxx::zview sql, const Args&... args) {
    pqxx::params params;
    (params.append(args), ...);
    return Run(sql, params);
  }
  /// The same with parameters made one by one.
  pqxx::result Run(pqxx::zview sql, const pqxx::params& params) {
#if PQXX_VERSION_MAJOR > 7 || (PQXX_VERSION_MAJOR == 7 && PQXX_VERSION_MINOR >= 10)
    return work_.exec(sql, params);
#else
    return work_.exec_params(sql, params);
#endif
  }
  /// One or more statements without parameters.
  void Execute(pqxx::zview sql) { work_.exec(sql); }
  void Commit() { work_.commit(); }

  [[nodiscard]] const VectorType& vector_type() const { return vector_type_; }

 private:
  const VectorType& vector_type_;
  pqxx::work work_;
};

/// Runs `body(PgTransaction&)`, which returns a Result, on a connection of the pool; commits when it
/// succeeds, rolls back otherwise.
template <class Body>
std::invoke_result_t<Body, PgTransaction&> RunTransaction(PgPool& pool, PgAccess access,
                                                          const Deadline& deadline, Body&& body) {
  COPPICE_ASSIGN(PgPool::Lease lease, pool.Acquire(deadline));
  try {
    PgTransaction transaction(lease.connection(), pool.vector_type(), access, deadline);
    auto result = std::forward<Body>(body)(transaction);
    if (result) transaction.Commit();
    return result;
  } catch (...) {
    return CurrentPgError();
  }
}

/// Runs a writing `body` again when it met kConflict: where that came from a row that somebody else
/// inserted at the same moment, the second run sees the row; any other conflict comes back the same.
template <class Body>
std::invoke_result_t<const Body&, PgTransaction&> RunTransactionTwice(PgPool& pool, const Deadline& deadline,
                                                                      const Body& body) {
  auto done = RunTransaction(pool, PgAccess::kWrite, deadline, body);
  if (done || done.error().code != ErrorCode::kConflict) return done;
  return RunTransaction(pool, PgAccess::kWrite, deadline, body);
}

/// The space of a repository that is not removed. Errors: kNotFound.
Result<SpaceNo> SpaceOf(PgTransaction& tx, RepoNo repo);
/// The same for a transaction that writes to the space: holds its shared lock to the end, so that
/// nothing is swept or purged meanwhile. Errors: kNotFound.
Result<SpaceNo> LockSpace(PgTransaction& tx, RepoNo repo);
/// The same for a space known by its number, whose repositories may all be gone.
void LockSpace(PgTransaction& tx, SpaceNo space);
/// Counts the sweeps of a space: what was read before a sweep must be read again after it.
std::int64_t GcEpoch(PgTransaction& tx, SpaceNo space);
/// The exclusive side, without waiting: false when somebody writes.
bool TryLockSpaceExclusively(PgTransaction& tx, SpaceNo space);

}  // namespace coppice::store
