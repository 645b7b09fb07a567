#include "store/purge.h"

#include <array>
#include <optional>
#include <string_view>

#include "base/format.h"
#include "base/mutex.h"
#include "store/pg/transaction.h"

namespace coppice::store {
namespace {

constexpr int kRowsPerStep = 2000;
constexpr std::chrono::milliseconds kPollInterval{20};

constexpr std::array<std::string_view, 6> kRepoTables = {"pin",      "job",      "git_ref",
                                                         "git_tree", "git_commit", "git_object"};
// What refers to another row goes before it: a repository that joins the space in between finds
// what is left to be whole.
constexpr std::array<std::string_view, 6> kSpaceTables = {"blob_fact", "text_vector", "text",
                                                          "name",      "blob_body",   "blob"};

enum class Step : unsigned char { kBusy, kMore, kDone };

/// Deletes up to kRowsPerStep rows of one table. True when there may be more.
bool DeleteSome(PgTransaction& tx, std::string_view table, std::string_view column, std::int32_t value,
                SpaceNo space) {
  const auto deleted = tx.Query(fmt::format("DELETE FROM coppice.{0} WHERE ctid = ANY (ARRAY(SELECT ctid FROM "
                                            "coppice.{0} WHERE space = $1 AND {1} = $2 LIMIT $3))",
                                            table, column),
                                space.value, value, kRowsPerStep);
  return deleted.affected_rows() > 0;
}

Result<Step> PurgeSome(PgTransaction& tx, RepoNo repo) {
  const auto rows =
      tx.Query("SELECT space, removed_at IS NULL FROM coppice.repo WHERE repo = $1 FOR UPDATE", repo.value);
  if (rows.empty()) return Step::kDone;
  if (rows[0][1].as<bool>()) {
    return MakeError(ErrorCode::kConflict, fmt::format("repository {} is in service", repo.value));
  }
  const SpaceNo space(rows[0][0].as<std::int32_t>());
  if (!TryLockSpaceExclusively(tx, space)) return Step::kBusy;
  for (const std::string_view table : kRepoTables) {
    if (DeleteSome(tx, table, "repo", repo.value, space)) return Step::kMore;
  }
  // Holding the space's row keeps AddRepo from joining it now.
  tx.Query("SELECT 1 FROM coppice.space WHERE space = $1 FOR UPDATE", space.value);
  const bool shared =
      !tx.Query("SELECT 1 FROM coppice.repo WHERE space = $1 AND repo <> $2 LIMIT 1", space.value, repo.value)
           .empty();
  if (!shared) {
    for (const std::string_view table : kSpaceTables) {
      if (DeleteSome(tx, table, "space", space.value, space)) return Step::kMore;
    }
  }
  tx.Query("DELETE FROM coppice.repo WHERE repo = $1", repo.value);
  if (!shared) tx.Query("DELETE FROM coppice.space WHERE space = $1", space.value);
  return Step::kDone;
}

}  // namespace

Result<void> PurgeRepo(PgPool& pool, RepoNo repo, const Deadline& deadline) {
  Mutex mutex;
  CondVar never;
  while (true) {
    if (deadline.expired()) {
      const auto code = deadline.cancelled() ? ErrorCode::kCancelled : ErrorCode::kDeadlineExceeded;
      return MakeError(code, "the purge is not complete yet", "Remove it again with --purge to go on.");
    }
    COPPICE_ASSIGN(const Step step,
                   RunTransaction(pool, PgAccess::kWrite, deadline,
                                  [&](PgTransaction& tx) { return PurgeSome(tx, repo); }));
    if (step == Step::kDone) return {};
    if (step == Step::kBusy) {
      MutexLock lock(mutex);
      never.WaitFor(mutex, deadline.remaining(kPollInterval));
    }
  }
}

}  // namespace coppice::store
