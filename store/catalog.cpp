#include "store/catalog.h"

#include <algorithm>
#include <utility>

#include "base/format.h"
#include "store/pg/channel.h"
#include "store/pg/transaction.h"
#include "store/purge.h"

namespace coppice::store {
namespace {

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

/// Moves a repository of which nothing is stored yet out of the space it has to itself. Its row is held.
void JoinSpace(PgTransaction& tx, RepoNo repo, SpaceNo own, const ObjectId& root_commit) {
  const bool fresh = tx.Query("SELECT root_commit IS NULL AND NOT EXISTS (SELECT FROM coppice.git_commit "
                              "  WHERE space = $1 AND repo = $2) FROM coppice.space WHERE space = $1",
                              own.value, repo.value)[0][0]
                         .as<bool>();
  if (!fresh) return;
  const SpaceNo family = FindOrMakeSpace(tx, root_commit);
  tx.Query("UPDATE coppice.repo SET space = $2, gen = gen + 1 WHERE repo = $1", repo.value, family.value);
  tx.Query("UPDATE coppice.job SET space = $2 WHERE repo = $1", repo.value, family.value);
  tx.Query("UPDATE coppice.git_ref SET space = $3 WHERE space = $1 AND repo = $2", own.value, repo.value,
           family.value);
  tx.Query("DELETE FROM coppice.space s WHERE space = $1 AND NOT EXISTS (SELECT FROM coppice.repo r "
           "WHERE r.space = s.space)",
           own.value);
}

std::vector<std::string> PatternsOrHead(const NewRepo& repo) {
  return repo.ref_patterns.empty() ? std::vector<std::string>{"HEAD"} : repo.ref_patterns;
}

RepoRecord InsertRepo(PgTransaction& tx, const NewRepo& repo) {
  const SpaceNo space = FindOrMakeSpace(tx, repo.root_commit);
  const BinaryArray patterns = ArrayOf(PatternsOrHead(repo));
  return ReadRepo(tx.Query(fmt::format("INSERT INTO coppice.repo (space, name, location, git_dir, remote, "
                                       "ref_patterns, subtree) VALUES ($1, $2, $3::bytea, $4::bytea, $5, "
                                       "$6::bytea[], $7::bytea) RETURNING {}",
                                       RepoColumns()),
                           space.value, repo.name, Bytes(repo.location), Bytes(repo.git_dir), repo.remote,
                           patterns.parameter(), Bytes(repo.subtree.value_or("")))[0]);
}

/// The same location again, in service: what the request says is replaced, the rest stays.
RepoRecord UpdateRepo(PgTransaction& tx, RepoNo number, const NewRepo& repo) {
  const BinaryArray patterns = ArrayOf(repo.ref_patterns);
  return ReadRepo(tx.Query(fmt::format("UPDATE coppice.repo SET name = CASE WHEN $2 THEN $3 ELSE name END, "
                                       "ref_patterns = CASE WHEN $4 THEN $5::bytea[] ELSE ref_patterns END, "
                                       "subtree = CASE WHEN $6 THEN $7::bytea ELSE subtree END "
                                       "WHERE repo = $1 RETURNING {}",
                                       RepoColumns()),
                           number.value, repo.rename, repo.name, !repo.ref_patterns.empty(), patterns.parameter(),
                           repo.subtree.has_value(), Bytes(repo.subtree.value_or("")))[0]);
}

/// The same location again, removed: it comes back with what is stored of it.
RepoRecord ReviveRepo(PgTransaction& tx, RepoNo number, const NewRepo& repo) {
  const BinaryArray patterns = ArrayOf(PatternsOrHead(repo));
  const auto rows = tx.Query(
      fmt::format("UPDATE coppice.repo SET name = $2, ref_patterns = $3::bytea[], subtree = $4::bytea, "
                  "git_dir = $5::bytea, gen = gen + 1, problem = '', removed_at = NULL WHERE repo = $1 RETURNING {}",
                  RepoColumns()),
      number.value, repo.name, patterns.parameter(), Bytes(repo.subtree.value_or("")), Bytes(repo.git_dir));
  Notify(tx, number);
  return ReadRepo(rows[0]);
}

Result<std::vector<RepoRecord>> SelectRepos(PgPool& pool, const std::string& name_or_place, bool removed,
                                            const Deadline& deadline) {
  std::string place = name_or_place;
  while (place.size() > 1 && place.ends_with('/')) place.pop_back();
  const bool text = IsValidText(name_or_place);
  return RunTransaction(pool, PgAccess::kRead, deadline, [&](PgTransaction& tx) -> Result<std::vector<RepoRecord>> {
    std::vector<RepoRecord> repos;
    for (const auto& row : tx.Query(
             fmt::format("SELECT {} FROM coppice.repo WHERE removed_at IS NOT NULL = $1 "
                         "AND (($2 AND name = $3) OR location = $4::bytea OR git_dir = $4::bytea) "
                         "ORDER BY NOT ($2 AND name = $3), location <> $4::bytea, repo",
                         RepoColumns()),
             removed, text, text ? name_or_place : std::string(), Bytes(place))) {
      repos.push_back(ReadRepo(row));
    }
    return repos;
  });
}

Error NoSuchRepo(const std::string& name, const std::vector<RepoRecord>& known) {
  constexpr std::size_t kListed = 20;
  std::string names;
  for (std::size_t i = 0; i < std::min(known.size(), kListed); ++i) {
    names += (names.empty() ? "" : ", ") + known[i].name;
  }
  if (known.size() > kListed) names += fmt::format(" and {} more", known.size() - kListed);
  return MakeError(ErrorCode::kNotFound, fmt::format("repository '{}' is not known", ToValidText(name)),
                   names.empty() ? "Add one with `coppice add PATH`." : fmt::format("There are: {}.", names));
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
    const RepoNo number(known.empty() ? 0 : known[0][0].as<std::int32_t>());
    const bool in_service = !known.empty() && !known[0][1].as<bool>();
    if (!in_service || repo.rename) {
      const auto owner = tx.Query(
          "SELECT 1 FROM coppice.repo WHERE name = $1 AND removed_at IS NULL AND repo <> $2", repo.name, number.value);
      if (!owner.empty()) {
        return MakeError(ErrorCode::kConflict,
                         fmt::format("the name '{}' belongs to another repository", repo.name),
                         "Give this one another with --name.");
      }
    }
    if (known.empty()) return InsertRepo(tx, repo);
    return in_service ? UpdateRepo(tx, number, repo) : ReviveRepo(tx, number, repo);
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

Result<RepoRecord> Catalog::FindRepo(const std::string& name_or_place, const Deadline& deadline) {
  COPPICE_ASSIGN(auto found, SelectRepos(pool_, name_or_place, false, deadline));
  if (!found.empty()) return std::move(found.front());
  COPPICE_ASSIGN(const auto known, ListRepos(deadline));
  return NoSuchRepo(name_or_place, known);
}

Result<RepoRecord> Catalog::FindRemovedRepo(const std::string& name_or_place, const Deadline& deadline) {
  COPPICE_ASSIGN(auto found, SelectRepos(pool_, name_or_place, true, deadline));
  if (found.empty()) {
    return MakeError(ErrorCode::kNotFound,
                     fmt::format("no repository '{}' was removed", ToValidText(name_or_place)));
  }
  if (found.size() > 1 && found[0].location != name_or_place) {
    return MakeError(ErrorCode::kConflict,
                     fmt::format("several removed repositories were called '{}'", ToValidText(name_or_place)),
                     fmt::format("Name it by its place: {} or {}.", ToValidText(found[0].location),
                                 ToValidText(found[1].location)));
  }
  return std::move(found.front());
}

Result<void> Catalog::SetMirror(RepoNo repo, const std::string& git_dir, const ObjectId& root_commit,
                                const Deadline& deadline) {
  return RunTransactionTwice(pool_, deadline, [&](PgTransaction& tx) -> Result<void> {
    const auto rows = tx.Query(
        "UPDATE coppice.repo SET git_dir = $2::bytea WHERE repo = $1 AND removed_at IS NULL RETURNING space",
        repo.value, Bytes(git_dir));
    if (rows.empty()) return UnknownRepo(repo);
    if (!root_commit.empty()) JoinSpace(tx, repo, SpaceNo(rows[0][0].as<std::int32_t>()), root_commit);
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

}  // namespace coppice::store
