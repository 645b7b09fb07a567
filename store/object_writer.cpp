#include "store/object_writer.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/compress.h"
#include "base/format.h"
#include "store/pg/numbers.h"
#include "store/pg/transaction.h"

namespace coppice::store {
namespace {

constexpr std::int16_t kCodecZstd = 1;
constexpr int kPinHours = 24;

std::vector<std::string_view> Views(std::span<const ObjectId> ids) {
  std::vector<std::string_view> views;
  views.reserve(ids.size());
  for (const ObjectId& id : ids) views.emplace_back(id.bytes);
  return views;
}

void InsertTrees(PgTransaction& tx, SpaceNo space, RepoNo repo,
                 std::span<const std::pair<ObjectId, std::string>> raw_trees) {
  std::vector<std::string_view> ids;
  std::vector<std::string_view> raws;
  for (const auto& [id, raw] : raw_trees) {
    ids.emplace_back(id.bytes);
    raws.emplace_back(raw);
  }
  tx.Query(
      "INSERT INTO coppice.git_tree (space, repo, oid, raw) SELECT $1, $2, oid, raw "
      "FROM unnest($3::bytea[], $4::bytea[]) AS s (oid, raw) ORDER BY oid ON CONFLICT DO NOTHING",
      space.value, repo.value, BinaryArray::OfBytes(ids).parameter(), BinaryArray::OfBytes(raws).parameter());
}

/// One content of a batch: what the space has of it, and what is to be written.
struct Content {
  const NewBlob* blob = nullptr;
  std::optional<std::int32_t> known;  // its number
  bool has_body = false;
};
using Contents = std::map<std::string_view, Content>;  // by SHA-256

bool NeedsBody(const NewBlob& blob) { return blob.state != BlobState::kSkipped; }

struct Looked {
  SpaceNo space;
  std::int64_t gc_epoch = 0;
};

Result<Looked> LookUpContents(PgTransaction& tx, RepoNo repo, Contents& contents) {
  COPPICE_ASSIGN(const SpaceNo space, SpaceOf(tx, repo));
  std::vector<std::string_view> digests;
  for (const auto& [digest, content] : contents) digests.push_back(digest);
  for (const auto& row : tx.Query(
           "SELECT k.sha256, b.blob_no, d.blob_no IS NOT NULL FROM unnest($2::bytea[]) AS k (sha256) "
           "CROSS JOIN LATERAL (SELECT blob_no FROM coppice.blob WHERE space = $1 AND sha256 = k.sha256 OFFSET 0) AS b "
           "LEFT JOIN LATERAL (SELECT blob_no FROM coppice.blob_body "
           "  WHERE space = $1 AND blob_no = b.blob_no OFFSET 0) AS d ON true",
           space.value, BinaryArray::OfBytes(digests).parameter())) {
    const std::string digest = ReadBytes(row[0]);
    Content& content = contents.at(digest);
    content.known = row[1].as<std::int32_t>();
    content.has_body = row[2].as<bool>();
  }
  return Looked{space, GcEpoch(tx, space)};
}

/// The rows of blobs, a column each, in the order of their SHA-256.
struct ContentColumns {
  std::vector<std::string_view> digests;
  std::vector<std::int32_t> numbers;
  std::vector<std::int64_t> sizes;
  std::vector<std::int16_t> states, reasons, modelines, shebangs;
  std::vector<std::string_view> body_digests;  // of those that need a body
  std::vector<std::string> bodies;
};

ContentColumns ColumnsOf(const Contents& contents, std::int32_t first_new) {
  ContentColumns columns;
  for (const auto& [digest, content] : contents) {
    const NewBlob& blob = *content.blob;
    columns.digests.push_back(digest);
    columns.numbers.push_back(content.known ? *content.known : first_new++);
    columns.sizes.push_back(static_cast<std::int64_t>(blob.size_bytes));
    columns.states.push_back(static_cast<std::int16_t>(blob.state));
    columns.reasons.push_back(static_cast<std::int16_t>(blob.reason));
    columns.modelines.push_back(static_cast<std::int16_t>(blob.hint.modeline));
    columns.shebangs.push_back(static_cast<std::int16_t>(blob.hint.shebang));
    if (!NeedsBody(blob) || content.has_body) continue;
    columns.body_digests.push_back(digest);
    columns.bodies.push_back(Compress(blob.body));
  }
  return columns;
}

void InsertContents(PgTransaction& tx, SpaceNo space, const ContentColumns& columns) {
  // A blob that was skipped or quarantined once may have been read well now: the newest word holds.
  tx.Query(
      "INSERT INTO coppice.blob AS b (space, blob_no, sha256, size, state, reason, modeline, shebang) "
      "SELECT $1, s.* FROM unnest($2::int4[], $3::bytea[], $4::int8[], $5::int2[], $6::int2[], $7::int2[], $8::int2[]) "
      "AS s (blob_no, sha256, size, state, reason, modeline, shebang) ORDER BY sha256 "
      "ON CONFLICT (space, sha256) DO UPDATE SET state = excluded.state, reason = excluded.reason "
      "WHERE (b.state, b.reason) <> (excluded.state, excluded.reason)",
      space.value, BinaryArray::OfInts(columns.numbers).parameter(), BinaryArray::OfBytes(columns.digests).parameter(),
      BinaryArray::OfBigInts(columns.sizes).parameter(), BinaryArray::OfSmallInts(columns.states).parameter(),
      BinaryArray::OfSmallInts(columns.reasons).parameter(), BinaryArray::OfSmallInts(columns.modelines).parameter(),
      BinaryArray::OfSmallInts(columns.shebangs).parameter());
  if (columns.bodies.empty()) return;
  const std::vector<std::string_view> bodies(columns.bodies.begin(), columns.bodies.end());
  tx.Query(
      "INSERT INTO coppice.blob_body (space, blob_no, codec, data) SELECT $1, b.blob_no, $2::int2, s.data "
      "FROM unnest($3::bytea[], $4::bytea[]) AS s (sha256, data) "
      "CROSS JOIN LATERAL (SELECT blob_no FROM coppice.blob WHERE space = $1 AND sha256 = s.sha256 OFFSET 0) AS b "
      "ORDER BY b.blob_no ON CONFLICT DO NOTHING",
      space.value, kCodecZstd, BinaryArray::OfBytes(columns.body_digests).parameter(),
      BinaryArray::OfBytes(bodies).parameter());
}

void InsertObjects(PgTransaction& tx, SpaceNo space, RepoNo repo, std::span<const NewBlob> blobs) {
  std::map<std::string_view, const NewBlob*> by_id;
  for (const NewBlob& blob : blobs) by_id.emplace(blob.id.bytes, &blob);
  std::vector<std::string_view> ids;
  std::vector<std::string_view> digests;
  for (const auto& [id, blob] : by_id) {
    ids.push_back(id);
    digests.push_back(AsBytes(blob->sha256));
  }
  tx.Query(
      "INSERT INTO coppice.git_object AS g (space, repo, oid, blob_no) SELECT $1, $2, o.oid, b.blob_no "
      "FROM unnest($3::bytea[], $4::bytea[]) AS o (oid, sha256) "
      "CROSS JOIN LATERAL (SELECT blob_no FROM coppice.blob WHERE space = $1 AND sha256 = o.sha256 OFFSET 0) AS b "
      "ORDER BY o.oid "
      "ON CONFLICT (space, repo, oid) DO UPDATE SET blob_no = excluded.blob_no WHERE g.blob_no <> excluded.blob_no",
      space.value, repo.value, BinaryArray::OfBytes(ids).parameter(), BinaryArray::OfBytes(digests).parameter());
}

}  // namespace

Result<void> ObjectWriter::WriteCommit(const JobRecord& job, const CommitRecord& commit,
                                       std::span<const std::pair<ObjectId, std::string>> raw_trees,
                                       const Deadline& deadline) {
  const auto parents = Views(commit.parents);
  return RunTransaction(pool_, PgAccess::kPrepare, deadline, [&](PgTransaction& tx) -> Result<void> {
    COPPICE_ASSIGN(const SpaceNo space, LockSpace(tx, job.repo));
    tx.Query("DELETE FROM coppice.pin WHERE space = $1 AND repo = $2 AND until < now()", space.value,
             job.repo.value);
    tx.Query(
        "INSERT INTO coppice.pin (space, repo, commit, job, until) VALUES ($1, $2, $3::bytea, $4::uuid, "
        "now() + $5 * interval '1 hour') ON CONFLICT (space, repo, commit, job) DO UPDATE SET until = excluded.until",
        space.value, job.repo.value, Bytes(commit.id.bytes), job.id, kPinHours);
    InsertTrees(tx, space, job.repo, raw_trees);
    tx.Query(
        "INSERT INTO coppice.git_commit (space, repo, oid, tree, parents, author_time, author, message) "
        "VALUES ($1, $2, $3::bytea, $4::bytea, $5::bytea[], $6, $7::bytea, $8::bytea) ON CONFLICT DO NOTHING",
        space.value, job.repo.value, Bytes(commit.id.bytes), Bytes(commit.tree.bytes),
        BinaryArray::OfBytes(parents).parameter(), commit.author_time, Bytes(commit.author),
        Bytes(commit.message));
    return {};
  });
}

Result<std::vector<ObjectId>> ObjectWriter::UnknownBlobs(RepoNo repo, std::span<const ObjectId> ids,
                                                         const Deadline& deadline) {
  const auto views = Views(ids);
  return RunTransaction(pool_, PgAccess::kRead, deadline, [&](PgTransaction& tx) -> Result<std::vector<ObjectId>> {
    COPPICE_ASSIGN(const SpaceNo space, SpaceOf(tx, repo));
    // An object that could not be read may be whole again.
    std::unordered_set<std::string> seen;
    for (const auto& row : tx.Query(
             "SELECT k.oid FROM unnest($3::bytea[]) AS k (oid) "
             "CROSS JOIN LATERAL (SELECT blob_no FROM coppice.git_object "
             "  WHERE space = $1 AND repo = $2 AND oid = k.oid OFFSET 0) AS g "
             "CROSS JOIN LATERAL (SELECT reason FROM coppice.blob WHERE space = $1 AND blob_no = g.blob_no OFFSET 0) AS b "
             "WHERE b.reason NOT IN ($4, $5)",
             space.value, repo.value, BinaryArray::OfBytes(views).parameter(),
             static_cast<std::int16_t>(Reason::kUnreadable), static_cast<std::int16_t>(Reason::kMissing))) {
      seen.insert(ReadBytes(row[0]));
    }
    std::vector<ObjectId> unknown;
    for (const ObjectId& id : ids) {
      if (seen.insert(id.bytes).second) unknown.push_back(id);
    }
    return unknown;
  });
}

Result<void> ObjectWriter::WriteBlobs(RepoNo repo, std::span<const NewBlob> blobs, const Deadline& deadline) {
  if (blobs.empty()) return {};
  Contents contents;
  for (const NewBlob& blob : blobs) contents.emplace(AsBytes(blob.sha256), Content{&blob, std::nullopt, false});
  COPPICE_ASSIGN(const Looked looked,
                 RunTransaction(pool_, PgAccess::kRead, deadline,
                                [&](PgTransaction& tx) { return LookUpContents(tx, repo, contents); }));
  const auto fresh = std::count_if(contents.begin(), contents.end(),
                                   [](const auto& entry) { return !entry.second.known.has_value(); });
  COPPICE_ASSIGN(const std::int32_t first_new,
                 AllocateNumbers(pool_, looked.space, NumberKind::kBlob, static_cast<std::size_t>(fresh), deadline));
  const ContentColumns columns = ColumnsOf(contents, first_new);
  return RunTransaction(pool_, PgAccess::kPrepare, deadline, [&](PgTransaction& tx) -> Result<void> {
    COPPICE_ASSIGN(const SpaceNo space, LockSpace(tx, repo));
    if (GcEpoch(tx, space) != looked.gc_epoch) {
      return MakeError(ErrorCode::kUnavailable, "the space was swept meanwhile");
    }
    InsertContents(tx, space, columns);
    InsertObjects(tx, space, repo, blobs);
    return {};
  });
}

}  // namespace coppice::store
