#include "store/job_queue.h"
#include "store/pg/transaction.h"

// What keeps the job table in order.
namespace coppice::store {
namespace {

constexpr int kDropStep = 1000;

}  // namespace

Result<void> JobQueue::ExpireLeases(const Deadline& deadline) {
  return RunTransaction(pool_, PgAccess::kWrite, deadline, [](PgTransaction& tx) -> Result<void> {
    tx.Query("UPDATE coppice.job SET lease_until = now() WHERE state = 1");
    return {};
  });
}

Result<bool> JobQueue::DropOld(std::chrono::hours age, const Deadline& deadline) {
  return RunTransaction(pool_, PgAccess::kWrite, deadline, [&](PgTransaction& tx) -> Result<bool> {
    const auto dropped = tx.Query(
        "DELETE FROM coppice.job WHERE id IN (SELECT j.id FROM coppice.job j WHERE j.state NOT IN "
        "(0, 1) "
        "AND j.created_at < now() - $1 * interval '1 hour' AND j.finished_at < now() - $1 * "
        "interval '1 hour' "
        "AND EXISTS (SELECT FROM coppice.job n WHERE n.repo = j.repo AND n.ref = j.ref "
        "  AND n.created_at > j.created_at) "
        "ORDER BY j.created_at LIMIT $2 FOR UPDATE SKIP LOCKED)",
        static_cast<std::int64_t>(age.count()), kDropStep);
    return dropped.affected_rows() == kDropStep;
  });
}

}  // namespace coppice::store
