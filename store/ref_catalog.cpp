#include <algorithm>
#include <utility>

#include "base/format.h"
#include "base/log.h"
#include "store/catalog.h"
#include "store/pg/channel.h"
#include "store/pg/transaction.h"

// Catalog's half about refs and models.
namespace coppice::store {
namespace {

constexpr std::size_t kMaxRefBytes = 1024;

std::string RefColumns() {
  return "repo, name, symbolic, head, commit, indexed, skipped, quarantined, pending, "
         "chunk_count, " +
         EpochMs("indexed_at") + ", extractor, template, model, subtree";
}

RefRecord ReadRef(const pqxx::row& row) {
  RefRecord ref;
  ref.repo = RepoNo(row[0].as<std::int32_t>());
  ref.name = ReadBytes(row[1]);
  ref.symbolic = ReadBytes(row[2]);
  ref.head.bytes = ReadBytes(row[3]);
  ref.commit.bytes = ReadBytes(row[4]);
  ref.coverage = {row[5].as<std::int64_t>(), row[6].as<std::int64_t>(), row[7].as<std::int64_t>(),
                  row[8].as<std::int64_t>()};
  ref.chunk_count = row[9].as<std::int64_t>();
  ref.indexed_at = ReadOptionalTime(row[10]);
  ref.versions = {row[11].as<std::int32_t>(), row[12].as<std::int16_t>(),
                  ModelNo(row[13].as<std::int32_t>())};
  ref.subtree = ReadBytes(row[14]);
  return ref;
}

Result<std::vector<RefRecord>> SelectRefs(PgTransaction& tx, std::optional<RepoNo> repo) {
  std::vector<RefRecord> refs;
  const auto rows = tx.Query(
      fmt::format("SELECT {} FROM coppice.git_ref WHERE tracked AND ($1 OR repo = $2) AND repo "
                  "IN (SELECT repo FROM coppice.repo WHERE removed_at IS NULL) "
                  "ORDER BY repo, name <> 'HEAD'::bytea, name",
                  RefColumns()),
      !repo.has_value(), repo.value_or(RepoNo(0)).value);
  refs.reserve(static_cast<std::size_t>(rows.size()));
  for (const auto& row : rows) refs.push_back(ReadRef(row));
  return refs;
}

/// Heads whose names fit a key. A longer one is left out, not the repository.
std::vector<Catalog::Head> UsableHeads(RepoNo repo, const std::vector<Catalog::Head>& heads) {
  std::vector<Catalog::Head> usable;
  for (const Catalog::Head& head : heads) {
    if (head.name.size() <= kMaxRefBytes && head.symbolic.size() <= kMaxRefBytes) {
      usable.push_back(head);
    } else {
      LogWarning("ref_name_too_long", {{"repo", repo.value}, {"bytes", head.name.size()}});
    }
  }
  std::sort(usable.begin(), usable.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return usable;
}

}  // namespace

Result<std::vector<RefRecord>> Catalog::ListRefs(const Deadline& deadline) {
  return RunTransaction(pool_, PgAccess::kRead, deadline,
                        [](PgTransaction& tx) { return SelectRefs(tx, std::nullopt); });
}

Result<std::vector<RefRecord>> Catalog::ListRefs(RepoNo repo, const Deadline& deadline) {
  return RunTransaction(pool_, PgAccess::kRead, deadline,
                        [&](PgTransaction& tx) -> Result<std::vector<RefRecord>> {
                          COPPICE_TRY(SpaceOf(tx, repo));
                          return SelectRefs(tx, repo);
                        });
}

Result<void> Catalog::SetHeads(RepoNo repo, const std::vector<Head>& heads,
                               const Deadline& deadline) {
  const std::vector<Head> usable = UsableHeads(repo, heads);
  std::vector<std::string_view> names;
  std::vector<std::string_view> symbolics;
  std::vector<std::string_view> commits;
  for (const Head& head : usable) {
    names.emplace_back(head.name);
    symbolics.emplace_back(head.symbolic);
    commits.emplace_back(head.head.bytes);
  }
  return RunTransaction(pool_, PgAccess::kWrite, deadline, [&](PgTransaction& tx) -> Result<void> {
    const auto locked =
        tx.Query("SELECT space FROM coppice.repo WHERE repo = $1 AND removed_at IS NULL FOR UPDATE",
                 repo.value);
    if (locked.empty()) {
      return MakeError(ErrorCode::kNotFound, fmt::format("repository {} is not known", repo.value));
    }
    const auto space = locked[0][0].as<std::int32_t>();
    const BinaryArray name_array = BinaryArray::OfBytes(names);
    // Whether a served ref comes or goes: then followers must look again.
    const auto served = tx.Query(
        "UPDATE coppice.git_ref SET tracked = NOT tracked WHERE space = $1 AND repo = $2 "
        "AND tracked <> (name = ANY ($3::bytea[])) RETURNING commit <> ''::bytea",
        space, repo.value, name_array.parameter());
    tx.Query(
        "INSERT INTO coppice.git_ref AS r (space, repo, name, symbolic, head) "
        "SELECT $1, $2, n, s, h FROM unnest($3::bytea[], $4::bytea[], $5::bytea[]) AS u (n, s, h) "
        "ORDER BY n "
        "ON CONFLICT (space, repo, name) DO UPDATE SET symbolic = excluded.symbolic, head = "
        "excluded.head "
        "WHERE (r.symbolic, r.head) <> (excluded.symbolic, excluded.head)",
        space, repo.value, name_array.parameter(), BinaryArray::OfBytes(symbolics).parameter(),
        BinaryArray::OfBytes(commits).parameter());
    if (std::any_of(served.begin(), served.end(),
                    [](const auto& row) { return row[0].template as<bool>(); })) {
      tx.Query("UPDATE coppice.repo SET gen = gen + 1 WHERE repo = $1", repo.value);
      Notify(tx, repo);
    }
    return {};
  });
}

Result<void> Catalog::IndexAgain(RepoNo repo, const Deadline& deadline) {
  return RunTransaction(pool_, PgAccess::kWrite, deadline, [&](PgTransaction& tx) -> Result<void> {
    COPPICE_ASSIGN(const SpaceNo space, SpaceOf(tx, repo));
    tx.Query("UPDATE coppice.git_ref SET extractor = 0 WHERE space = $1 AND repo = $2 AND tracked",
             space.value, repo.value);
    return {};
  });
}

Result<ModelNo> Catalog::RegisterModel(const std::string& name, const std::string& revision,
                                       int dimensions, const Deadline& deadline) {
  return RunTransaction(
      pool_, PgAccess::kWrite, deadline, [&](PgTransaction& tx) -> Result<ModelNo> {
        tx.Query(
            "INSERT INTO coppice.model (name, revision, dimensions) SELECT $1::text, $2::text, $3 "
            "WHERE NOT EXISTS "
            "(SELECT FROM coppice.model WHERE name = $1::text AND revision = $2::text) ON CONFLICT "
            "DO NOTHING",
            name, revision, dimensions);
        const auto row = tx.Query(
            "SELECT model, dimensions FROM coppice.model WHERE name = $1 AND revision = $2", name,
            revision)[0];
        if (row[1].as<int>() != dimensions) {
          return MakeError(ErrorCode::kConflict,
                           fmt::format("model {} at revision {} has {} dimensions, not {}", name,
                                       revision, row[1].as<int>(), dimensions));
        }
        return ModelNo(row[0].as<std::int32_t>());
      });
}

}  // namespace coppice::store
