#include <algorithm>
#include <utility>

#include "base/format.h"
#include "store/generation/generations.h"
#include "store/object_writer.h"
#include "store/pg/channel.h"
#include "store/pg/transaction.h"
#include "store/stored_source.h"
#include "store/tree/walk.h"

// ObjectWriter's last step.
namespace coppice::store {
namespace {

/// What the view of the new commit needs, read before the small transaction.
struct Needs {
  ObjectId tree;
  std::vector<ObjectId> blobs;  // sorted, each once
};

Result<Needs> ReadNeeds(PgPool& pool, const RefMove& move, const Deadline& deadline) {
  Needs needs;
  COPPICE_TRY(RunTransaction(pool, PgAccess::kRead, deadline, [&](PgTransaction& tx) -> Result<void> {
    const auto rows = tx.Query(
        "SELECT c.tree FROM coppice.git_commit c JOIN coppice.repo r USING (space, repo) "
        "WHERE r.repo = $1 AND r.removed_at IS NULL AND c.oid = $2::bytea",
        move.repo.value, Bytes(move.new_commit.bytes));
    if (rows.empty()) {
      return MakeError(ErrorCode::kNotFound, fmt::format("commit {} is not stored", move.new_commit.ToHex()));
    }
    needs.tree.bytes = ReadBytes(rows[0][0]);
    return {};
  }));
  StoredSource source(pool, move.repo, deadline);
  COPPICE_ASSIGN(TreeListing listing, WalkTree(source, needs.tree, move.subtree, deadline));
  for (FileEntry& file : listing.files) {
    if (file.reason == Reason::kNone) needs.blobs.push_back(std::move(file.blob));
  }
  std::sort(needs.blobs.begin(), needs.blobs.end());
  needs.blobs.erase(std::unique(needs.blobs.begin(), needs.blobs.end()), needs.blobs.end());
  return needs;
}

/// Something moved while the job ran: reading it again leads to its end.
Error Overtaken(std::string message) {
  Error error = MakeError(ErrorCode::kConflict, std::move(message));
  error.retryable = true;
  return error;
}

Result<void> CheckBlobs(PgTransaction& tx, SpaceNo space, RepoNo repo, const Needs& needs) {
  std::vector<std::string_view> ids;
  ids.reserve(needs.blobs.size());
  for (const ObjectId& id : needs.blobs) ids.emplace_back(id.bytes);
  const auto rows = tx.Query(
      "SELECT k.oid FROM unnest($3::bytea[]) AS k (oid) "
      "LEFT JOIN LATERAL (SELECT blob_no FROM coppice.git_object "
      "  WHERE space = $1 AND repo = $2 AND oid = k.oid OFFSET 0) AS g ON true "
      "LEFT JOIN LATERAL (SELECT blob_no FROM coppice.blob WHERE space = $1 AND blob_no = g.blob_no OFFSET 0) AS b "
      "ON true WHERE b.blob_no IS NULL LIMIT 1",
      space.value, repo.value, BinaryArray::OfBytes(ids).parameter());
  if (rows.empty()) return {};
  return Overtaken(fmt::format("blob {} of the new view is not stored", ToHex(ReadBytes(rows[0][0]))));
}

enum class Claim : unsigned char { kMine, kDoneByMe, kLost };

Claim LockJob(PgTransaction& tx, const JobRecord& job) {
  const auto rows = tx.Query("SELECT state, token FROM coppice.job WHERE id = $1::uuid FOR UPDATE", job.id);
  if (rows.empty() || rows[0][1].as<std::int64_t>() != job.token) return Claim::kLost;
  const auto state = static_cast<JobState>(rows[0][0].as<std::int16_t>());
  if (state == JobState::kRunning) return Claim::kMine;
  return state == JobState::kDone ? Claim::kDoneByMe : Claim::kLost;
}

bool UpdateRef(PgTransaction& tx, SpaceNo space, const RefMove& move) {
  return tx
             .Query("UPDATE coppice.git_ref SET commit = $5::bytea, indexed = $6, skipped = $7, quarantined = $8, "
                    "pending = $9, chunk_count = $10, extractor = $11, template = $12, model = $13, subtree = $14::bytea, "
                    "indexed_at = now() "
                    "WHERE space = $1 AND repo = $2 AND name = $3::bytea AND commit = $4::bytea AND tracked",
                    space.value, move.repo.value, Bytes(move.ref), Bytes(move.old_commit.bytes),
                    Bytes(move.new_commit.bytes), move.coverage.indexed, move.coverage.skipped,
                    move.coverage.quarantined, move.coverage.pending, move.chunk_count, move.versions.extractor,
                    move.versions.text_template, move.versions.model.value, Bytes(move.subtree))
             .affected_rows() == 1;
}

bool RefIsAt(PgTransaction& tx, SpaceNo space, const RefMove& move) {
  return !tx.Query("SELECT 1 FROM coppice.git_ref WHERE space = $1 AND repo = $2 AND name = $3::bytea "
                   "AND commit = $4::bytea",
                   space.value, move.repo.value, Bytes(move.ref), Bytes(move.new_commit.bytes))
              .empty();
}

Result<void> Move(PgTransaction& tx, const JobRecord& job, const RefMove& move, const Needs& needs) {
  if (!HoldServing(tx, move.versions.model)) {
    return Overtaken("another model is served since the job began");
  }
  COPPICE_ASSIGN(const SpaceNo space, LockSpace(tx, move.repo));
  const auto repo = tx.Query(
      "SELECT subtree FROM coppice.repo WHERE repo = $1 AND removed_at IS NULL FOR UPDATE", move.repo.value);
  const Error lost = MakeError(ErrorCode::kConflict, fmt::format("job {} is no longer claimed by this daemon", job.id));
  if (repo.empty()) return lost;
  switch (LockJob(tx, job)) {
    case Claim::kLost:
      return lost;
    case Claim::kDoneByMe:  // the connection broke during the commit of the first try
      return RefIsAt(tx, space, move) ? Result<void>() : lost;
    case Claim::kMine:
      break;
  }
  if (ReadBytes(repo[0][0]) != move.subtree) {
    return Overtaken("the repository's subtree was changed meanwhile");
  }
  COPPICE_TRY(CheckBlobs(tx, space, move.repo, needs));
  if (!UpdateRef(tx, space, move)) {
    return Overtaken(fmt::format("ref {} is no longer at {}", ToValidText(move.ref),
                                 move.old_commit.empty() ? "its beginning" : move.old_commit.ToHex()));
  }
  tx.Query("UPDATE coppice.repo SET gen = gen + 1 WHERE repo = $1", move.repo.value);
  tx.Query(
      "UPDATE coppice.job SET state = 2, finished_at = now(), lease_until = NULL, error_code = '', error = '' "
      "WHERE id = $1::uuid",
      job.id);
  tx.Query("DELETE FROM coppice.pin WHERE space = $1 AND repo = $2 AND job = $3::uuid", space.value,
           move.repo.value, job.id);
  Notify(tx, move.repo);
  return {};
}

}  // namespace

Result<void> ObjectWriter::MoveRef(const JobRecord& job, const RefMove& move, const Deadline& deadline) {
  if (job.repo != move.repo || move.new_commit.empty()) {
    return MakeError(ErrorCode::kInvalidArgument, "a job moves refs of its own repository, to a commit");
  }
  COPPICE_ASSIGN(const Needs needs, ReadNeeds(pool_, move, deadline));
  return RunTransaction(pool_, PgAccess::kWrite, deadline,
                        [&](PgTransaction& tx) { return Move(tx, job, move, needs); });
}

}  // namespace coppice::store
