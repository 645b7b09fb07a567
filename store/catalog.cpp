#include "store/catalog.h"

#include <algorithm>
#include <utility>

#include "base/format.h"
#include "base/log.h"
#include "store/pg/channel.h"
#include "store/pg/transaction.h"
#include "store/purge.h"

namespace coppice::store {
namespace {

constexpr std::size_t kMaxRefBytes = 1024;
constexpr std::size_t kMaxNameBytes = 255;

std::string RepoColumns() {
  return "repo, space, name, location, git_dir, remote, ref_patterns, subtree, gen, problem, " +
         EpochMs("added_at");
}

RepoRecord ReadRepo(const pqxx::row& row) {
  RepoRecord repo;
  repo.repo = RepoNo(row[0].as<std::int32_t>());
  repo.space = SpaceNo(row[1].as<std::int32_t>());
  repo.name = row[2].as<std::string>();
  repo.location = ReadBytes(row[3]);
  repo.git_dir = ReadBytes(row[4]);
  repo.remote = row[5].as<bool>();
  repo.ref_patterns = ReadBytesArray(row[6]);
  repo.subtree = ReadBytes(row[7]);
  repo.gen = row[8].as<std::int64_t>();
  repo.problem = row[9].as<std::string>();
  repo.added_at = ReadTime(row[10]);
  return repo;
}

std::string RefColumns() {
  return "repo, name, symbolic, head, commit, indexed, skipped, quarantined, pending, chunk_count, " +
         EpochMs("indexed_at");
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
  return ref;
}

BinaryArray ArrayOf(const std::vector<std::string>& values) {
  const std::vector<std::string_view> views(values.begin(), values.end());
  return BinaryArray::OfBytes(views);
}

Error UnknownRepo(RepoNo repo) {
  return MakeError(ErrorCode::kNotFound, fmt::format("repository {} is not known", repo.value));
}

/// The space of the repositories with this root commit, made where there is none. Its row is held, so
/// that a purge cannot take it away before the repository stands in it.
SpaceNo FindOrMakeSpace(PgTransaction& tx, const ObjectId& root_commit) {
  if (root_commit.empty()) {
    return SpaceNo(tx.Query("INSERT INTO coppice.space (tenant) SELECT tenant FROM coppice.tenant "
                            "WHERE name = 'default' RETURNING space")[0][0]
                       .as<std::int32_t>());
  }
  // The update that changes nothing locks the row that is there.
  return SpaceNo(tx.Query("INSERT INTO coppice.space AS s (tenant, root_commit) "
                          "SELECT tenant, $1::bytea FROM coppice.tenant WHERE name = 'default' "
                          "ON CONFLICT (tenant, root_commit) WHERE root_commit IS NOT NULL "
                          "DO UPDATE SET root_commit = s.root_commit RETURNING space",
                          Bytes(root_commit.bytes))[0][0]
                     .as<std::int32_t>());
}

Result<RepoRecord> InsertRepo(PgTransaction& tx, const NewRepo& repo) {
  const SpaceNo space = FindOrMakeSpace(tx, repo.root_commit);
  const BinaryArray patterns = ArrayOf(repo.ref_patterns);
  return ReadRepo(tx.Query(fmt::format("INSERT INTO coppice.repo (space, name, location, git_dir, remote, "
                                       "ref_patterns, subtree) VALUES ($1, $2, $3::bytea, $4::bytea, $5, "
                                       "$6::bytea[], $7::bytea) RETURNING {}",
                                       RepoColumns()),
                           space.value, repo.name, Bytes(repo.location), Bytes(repo.git_dir), repo.remote,
                           patterns.parameter(), Bytes(repo.subtree))[0]);
}

/// The same location again: in service it keeps its name; removed, it comes back with what it had.
Result<RepoRecord> UpdateRepo(PgTransaction& tx, RepoNo number, bool removed, const NewRepo& repo) {
  const BinaryArray patterns = ArrayOf(repo.ref_patterns);
  const auto rows = tx.Query(
      fmt::format("UPDATE coppice.repo SET ref_patterns = $2::bytea[], subtree = $3::bytea, "
                  "name = CASE WHEN $4 THEN $5 ELSE name END, gen = gen + CASE WHEN $4 THEN 1 ELSE 0 END, "
                  "git_dir = CASE WHEN $4 THEN $6::bytea ELSE git_dir END, "
                  "problem = CASE WHEN $4 THEN '' ELSE problem END, removed_at = NULL "
                  "WHERE repo = $1 RETURNING {}",
                  RepoColumns()),
      number.value, patterns.parameter(), Bytes(repo.subtree), removed, repo.name, Bytes(repo.git_dir));
  if (removed) Notify(tx, number);
  return ReadRepo(rows[0]);
}

Result<std::vector<RefRecord>> SelectRefs(PgTransaction& tx, std::optional<RepoNo> repo) {
  std::vector<RefRecord> refs;
  const auto rows = tx.Query(fmt::format("SELECT {} FROM coppice.git_ref WHERE tracked AND ($1 OR repo = $2) AND repo "
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
  std::sort(usable.begin(), usable.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return usable;
}

}  // namespace

void Notify(PgTransaction& tx, RepoNo repo) {
  tx.Query("SELECT pg_notify($1, $2)", std::string(kChannel), std::to_string(repo.value));
}

Result<RepoRecord> Catalog::AddRepo(const NewRepo& repo, const Deadline& deadline) {
  if (repo.name.empty() || repo.name.size() > kMaxNameBytes || !IsValidText(repo.name)) {
    return MakeError(ErrorCode::kInvalidArgument,
                     fmt::format("'{}' cannot be the name of a repository", ToValidText(repo.name)),
                     "Give another with --name: 1 to 255 bytes of UTF-8.");
  }
  return RunTransactionTwice(pool_, deadline, [&](PgTransaction& tx) -> Result<RepoRecord> {
    const auto known = tx.Query(
        "SELECT repo, removed_at IS NOT NULL FROM coppice.repo WHERE sha256(location) = sha256($1::bytea) FOR UPDATE",
        Bytes(repo.location));
    const bool in_service = !known.empty() && !known[0][1].as<bool>();
    if (!in_service) {
      const auto owner = tx.Query("SELECT 1 FROM coppice.repo WHERE name = $1 AND removed_at IS NULL", repo.name);
      if (!owner.empty()) {
        return MakeError(ErrorCode::kConflict,
                         fmt::format("the name '{}' belongs to another repository", repo.name),
                         "Give this one another with --name.");
      }
    }
    if (known.empty()) return InsertRepo(tx, repo);
    return UpdateRepo(tx, RepoNo(known[0][0].as<std::int32_t>()), !in_service, repo);
  });
}

Result<void> Catalog::RemoveRepo(RepoNo repo, bool purge, const Deadline& deadline) {
  COPPICE_TRY(RunTransaction(pool_, PgAccess::kWrite, deadline, [&](PgTransaction& tx) -> Result<void> {
    const auto rows = tx.Query(
        "UPDATE coppice.repo SET removed_at = coalesce(removed_at, now()), gen = gen + 1 WHERE repo = $1 RETURNING 1",
        repo.value);
    if (rows.empty()) return UnknownRepo(repo);
    tx.Query(
        "UPDATE coppice.job SET state = 4, finished_at = now(), lease_until = NULL, error = 'repository removed' "
        "WHERE repo = $1 AND state IN (0, 1)",
        repo.value);
    Notify(tx, repo);
    return {};
  }));
  return purge ? PurgeRepo(pool_, repo, deadline) : Result<void>();
}

Result<std::vector<RepoRecord>> Catalog::ListRepos(const Deadline& deadline) {
  return RunTransaction(pool_, PgAccess::kRead, deadline, [](PgTransaction& tx) -> Result<std::vector<RepoRecord>> {
    std::vector<RepoRecord> repos;
    for (const auto& row : tx.Query(fmt::format(
             "SELECT {} FROM coppice.repo WHERE removed_at IS NULL ORDER BY name", RepoColumns()))) {
      repos.push_back(ReadRepo(row));
    }
    return repos;
  });
}

Result<RepoRecord> Catalog::FindRepo(const std::string& name, const Deadline& deadline) {
  const Error unknown =
      MakeError(ErrorCode::kNotFound, fmt::format("repository '{}' is not known", ToValidText(name)),
                "See the list of repositories.");
  if (!IsValidText(name)) return unknown;
  return RunTransaction(pool_, PgAccess::kRead, deadline, [&](PgTransaction& tx) -> Result<RepoRecord> {
    const auto rows = tx.Query(
        fmt::format("SELECT {} FROM coppice.repo WHERE name = $1 AND removed_at IS NULL", RepoColumns()), name);
    if (rows.empty()) return unknown;
    return ReadRepo(rows[0]);
  });
}

Result<void> Catalog::SetGitDir(RepoNo repo, const std::string& git_dir, const Deadline& deadline) {
  return RunTransaction(pool_, PgAccess::kWrite, deadline, [&](PgTransaction& tx) -> Result<void> {
    COPPICE_TRY(SpaceOf(tx, repo));
    tx.Query("UPDATE coppice.repo SET git_dir = $2::bytea WHERE repo = $1", repo.value, Bytes(git_dir));
    return {};
  });
}

Result<void> Catalog::SetProblem(RepoNo repo, const std::string& problem, const Deadline& deadline) {
  return RunTransaction(pool_, PgAccess::kWrite, deadline, [&](PgTransaction& tx) -> Result<void> {
    COPPICE_TRY(SpaceOf(tx, repo));
    tx.Query("UPDATE coppice.repo SET problem = $2 WHERE repo = $1 AND problem <> $2", repo.value,
             ToValidText(problem));
    return {};
  });
}

Result<std::vector<RefRecord>> Catalog::ListRefs(const Deadline& deadline) {
  return RunTransaction(pool_, PgAccess::kRead, deadline,
                        [](PgTransaction& tx) { return SelectRefs(tx, std::nullopt); });
}

Result<std::vector<RefRecord>> Catalog::ListRefs(RepoNo repo, const Deadline& deadline) {
  return RunTransaction(pool_, PgAccess::kRead, deadline, [&](PgTransaction& tx) -> Result<std::vector<RefRecord>> {
    COPPICE_TRY(SpaceOf(tx, repo));
    return SelectRefs(tx, repo);
  });
}

Result<void> Catalog::SetHeads(RepoNo repo, const std::vector<Head>& heads, const Deadline& deadline) {
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
    const auto locked = tx.Query(
        "SELECT space FROM coppice.repo WHERE repo = $1 AND removed_at IS NULL FOR UPDATE", repo.value);
    if (locked.empty()) return UnknownRepo(repo);
    const auto space = locked[0][0].as<std::int32_t>();
    const BinaryArray name_array = BinaryArray::OfBytes(names);
    // Whether a served ref comes or goes: then followers must look again.
    const auto served = tx.Query(
        "UPDATE coppice.git_ref SET tracked = NOT tracked WHERE space = $1 AND repo = $2 "
        "AND tracked <> (name = ANY ($3::bytea[])) RETURNING commit <> ''::bytea",
        space, repo.value, name_array.parameter());
    tx.Query(
        "INSERT INTO coppice.git_ref AS r (space, repo, name, symbolic, head) "
        "SELECT $1, $2, n, s, h FROM unnest($3::bytea[], $4::bytea[], $5::bytea[]) AS u (n, s, h) ORDER BY n "
        "ON CONFLICT (space, repo, name) DO UPDATE SET symbolic = excluded.symbolic, head = excluded.head "
        "WHERE (r.symbolic, r.head) <> (excluded.symbolic, excluded.head)",
        space, repo.value, name_array.parameter(), BinaryArray::OfBytes(symbolics).parameter(),
        BinaryArray::OfBytes(commits).parameter());
    if (std::any_of(served.begin(), served.end(), [](const auto& row) { return row[0].template as<bool>(); })) {
      tx.Query("UPDATE coppice.repo SET gen = gen + 1 WHERE repo = $1", repo.value);
      Notify(tx, repo);
    }
    return {};
  });
}

Result<ModelNo> Catalog::RegisterModel(const std::string& name, const std::string& revision, int dimensions,
                                       const Deadline& deadline) {
  return RunTransaction(pool_, PgAccess::kWrite, deadline, [&](PgTransaction& tx) -> Result<ModelNo> {
    tx.Query(
        "INSERT INTO coppice.model (name, revision, dimensions) SELECT $1::text, $2::text, $3 WHERE NOT EXISTS "
        "(SELECT FROM coppice.model WHERE name = $1::text AND revision = $2::text) ON CONFLICT DO NOTHING",
        name, revision, dimensions);
    const auto row = tx.Query("SELECT model, dimensions FROM coppice.model WHERE name = $1 AND revision = $2", name,
                              revision)[0];
    if (row[1].as<int>() != dimensions) {
      return MakeError(ErrorCode::kConflict,
                       fmt::format("model {} at revision {} has {} dimensions, not {}", name, revision,
                                   row[1].as<int>(), dimensions));
    }
    return ModelNo(row[0].as<std::int32_t>());
  });
}

}  // namespace coppice::store
