#include "store/generation/generations.h"

#include "base/format.h"
#include "store/pg/channel.h"
#include "store/pg/transaction.h"

namespace coppice::store {
namespace {

constexpr int kRowsPerStep = 5000;

/// Taken by everything that changes which generations there are, before any of their rows.
constexpr std::int64_t kGenerationLock = 0x43'6F'70'67'65'6E'00'00;

void LockGenerations(PgTransaction& tx) {
  tx.Query("SELECT pg_advisory_xact_lock($1::int8)", kGenerationLock);
}

Generation ReadGeneration(const pqxx::row& row) {
  Generation generation;
  generation.model = {ModelNo(row[0].as<std::int32_t>()), row[1].as<std::string>(),
                      row[2].as<std::string>(), row[3].as<int>()};
  generation.state = static_cast<GenerationState>(row[4].as<std::int16_t>());
  generation.done = row[5].as<std::int64_t>();
  generation.total = row[6].as<std::int64_t>();
  generation.problem = row[7].as<std::string>();
  generation.served_until = ReadOptionalTime(row[8]);
  return generation;
}

std::optional<GenerationState> StateOf(PgTransaction& tx, ModelNo model) {
  const auto rows =
      tx.Query("SELECT state FROM coppice.generation WHERE model = $1 FOR UPDATE", model.value);
  if (rows.empty()) return std::nullopt;
  return static_cast<GenerationState>(rows[0][0].as<std::int16_t>());
}

bool LacksVectors(PgTransaction& tx, ModelNo model, std::int16_t text_template) {
  return tx
      .Query(
          "SELECT EXISTS (SELECT FROM coppice.blob_fact f CROSS JOIN LATERAL unnest(f.c_text) AS t "
          "(no) "
          "WHERE f.template = $2 AND NOT EXISTS (SELECT FROM coppice.text_vector v "
          "  WHERE v.space = f.space AND v.model = $1 AND v.text_no = t.no))",
          model.value, text_template)[0][0]
      .as<bool>();
}

void KeepInstead(PgTransaction& tx, GenerationState state) {
  tx.Query(
      "UPDATE coppice.generation SET state = 2, problem = '', "
      "served_until = CASE WHEN state = 1 THEN now() ELSE served_until END WHERE state = $1",
      static_cast<std::int16_t>(state));
}

/// For followers, the repositories of these rows have moved.
void WakeFollowers(PgTransaction& tx, const pqxx::result& repos) {
  for (const auto& row : repos) {
    const RepoNo repo(row[0].as<std::int32_t>());
    tx.Query("UPDATE coppice.repo SET gen = gen + 1 WHERE repo = $1", repo.value);
    Notify(tx, repo);
  }
}

}  // namespace

bool HoldServing(PgTransaction& tx, ModelNo model) {
  if (model == kNoModel) return true;
  const auto rows = tx.Query("SELECT model FROM coppice.generation WHERE state = 1 FOR SHARE");
  return rows.empty() || rows[0][0].as<std::int32_t>() == model.value;
}

Result<std::vector<Generation>> Generations::List(const Deadline& deadline) {
  return RunTransaction(
      pool_, PgAccess::kRead, deadline, [](PgTransaction& tx) -> Result<std::vector<Generation>> {
        std::vector<Generation> generations;
        for (const auto& row : tx.Query(fmt::format(
                 "SELECT model, name, revision, dimensions, state, done, total, problem, {} "
                 "FROM coppice.generation JOIN coppice.model USING (model) "
                 "ORDER BY CASE state WHEN 1 THEN 0 WHEN 0 THEN 1 ELSE 2 END, "
                 "served_until DESC NULLS LAST, model",
                 EpochMs("served_until")))) {
          generations.push_back(ReadGeneration(row));
        }
        return generations;
      });
}

Result<std::optional<ModelRecord>> Generations::Serving(const Deadline& deadline) {
  COPPICE_ASSIGN(const auto generations, List(deadline));
  for (const Generation& generation : generations) {
    if (generation.state == GenerationState::kServing) return std::optional(generation.model);
  }
  return std::optional<ModelRecord>();
}

Result<void> Generations::ServeFirst(ModelNo model, const Deadline& deadline) {
  return RunTransaction(pool_, PgAccess::kWrite, deadline, [&](PgTransaction& tx) -> Result<void> {
    LockGenerations(tx);
    tx.Query(
        "INSERT INTO coppice.generation (model, state, served_at) SELECT $1, 1, now() "
        "WHERE NOT EXISTS (SELECT FROM coppice.generation WHERE state = 1) "
        "ON CONFLICT (model) DO UPDATE SET state = 1, served_at = now()",
        model.value);
    return {};
  });
}

Result<void> Generations::Begin(ModelNo model, const Deadline& deadline) {
  return RunTransaction(pool_, PgAccess::kWrite, deadline, [&](PgTransaction& tx) -> Result<void> {
    LockGenerations(tx);
    const auto state = StateOf(tx, model);
    if (state == GenerationState::kServing) {
      return MakeError(ErrorCode::kConflict,
                       fmt::format("model {} is served already", model.value));
    }
    if (state == GenerationState::kBuilding) return {};
    KeepInstead(tx, GenerationState::kBuilding);
    tx.Query(
        "INSERT INTO coppice.generation (model, state) VALUES ($1, 0) ON CONFLICT (model) "
        "DO UPDATE SET state = 0, done = 0, total = 0, problem = '', started_at = now()",
        model.value);
    return {};
  });
}

Result<void> Generations::GiveUp(const Deadline& deadline) {
  return RunTransaction(pool_, PgAccess::kWrite, deadline, [&](PgTransaction& tx) -> Result<void> {
    LockGenerations(tx);
    if (tx.Query("SELECT FROM coppice.generation WHERE state = 0").empty()) {
      return MakeError(ErrorCode::kNotFound, "no generation is being built");
    }
    KeepInstead(tx, GenerationState::kBuilding);
    return {};
  });
}

Result<void> Generations::Report(ModelNo model, std::int64_t done, std::int64_t total,
                                 const std::string& problem, const Deadline& deadline) {
  return RunTransaction(pool_, PgAccess::kPrepare, deadline,
                        [&](PgTransaction& tx) -> Result<void> {
                          tx.Query(
                              "UPDATE coppice.generation SET done = $2, total = $3, problem = $4 "
                              "WHERE model = $1 AND state = 0",
                              model.value, done, total, problem);
                          return {};
                        });
}

Result<bool> Generations::Switch(ModelNo model, std::int16_t text_template,
                                 const Deadline& deadline) {
  return RunTransaction(pool_, PgAccess::kWrite, deadline, [&](PgTransaction& tx) -> Result<bool> {
    LockGenerations(tx);
    if (StateOf(tx, model) != GenerationState::kBuilding) {
      return MakeError(ErrorCode::kNotFound,
                       fmt::format("model {} is not being built", model.value));
    }
    // From here on no ref moves: MoveRef holds this row.
    const auto serving =
        tx.Query("SELECT model FROM coppice.generation WHERE state = 1 FOR UPDATE");
    if (LacksVectors(tx, model, text_template)) return false;
    KeepInstead(tx, GenerationState::kServing);
    tx.Query(
        "UPDATE coppice.generation SET state = 1, served_at = now(), served_until = NULL, "
        "problem = '' WHERE model = $1",
        model.value);
    tx.Query("UPDATE coppice.git_ref SET model = $1 WHERE template = $2 AND commit <> ''",
             model.value, text_template);
    WakeFollowers(tx, tx.Query("SELECT repo FROM coppice.repo WHERE removed_at IS NULL"));
    return true;
  });
}

Result<bool> Generations::Complete(ModelNo model, std::int16_t text_template,
                                   const Deadline& deadline) {
  return RunTransaction(pool_, PgAccess::kWrite, deadline, [&](PgTransaction& tx) -> Result<bool> {
    if (!HoldServing(tx, model)) return false;
    // Facts come before the ref that shows them: none is pending, none of a ref that is seen here
    // is.
    const auto repos = tx.Query(
        "UPDATE coppice.git_ref r SET model = $1 WHERE model = 0 AND template = $2 AND commit <> "
        "'' "
        "AND NOT EXISTS (SELECT FROM coppice.blob_fact f WHERE f.space = r.space AND f.model = 0 "
        "  AND f.template = $2) RETURNING repo",
        model.value, text_template);
    WakeFollowers(tx, repos);
    return !repos.empty();
  });
}

Result<bool> Generations::DropSome(ModelNo model, const Deadline& deadline) {
  return RunTransaction(pool_, PgAccess::kWrite, deadline, [&](PgTransaction& tx) -> Result<bool> {
    LockGenerations(tx);
    const auto state = StateOf(tx, model);
    if (!state) {
      return MakeError(ErrorCode::kNotFound,
                       fmt::format("there is no generation of model {}", model.value));
    }
    if (state != GenerationState::kKept) {
      return MakeError(ErrorCode::kConflict,
                       fmt::format("the generation of model {} is in use", model.value));
    }
    const auto deleted = tx.Query(
        "DELETE FROM coppice.text_vector WHERE ctid = ANY (ARRAY("
        "  SELECT ctid FROM coppice.text_vector WHERE model = $1 LIMIT $2))",
        model.value, kRowsPerStep);
    if (deleted.affected_rows() > 0) return true;
    tx.Query("DELETE FROM coppice.generation WHERE model = $1", model.value);
    return false;
  });
}

}  // namespace coppice::store
