#include "store/pg/migrate.h"

#include <map>
#include <optional>

#include "base/digest.h"
#include "base/format.h"
#include "base/log.h"
#include "base/mutex.h"
#include "store/pg/transaction.h"
#include "store/store.h"

namespace coppice::store {
namespace {

constexpr std::int64_t kMigrationLock = 0x43'6F'70'70'69'63'65'00;
constexpr std::chrono::milliseconds kPollInterval{100};

constexpr std::string_view kMigrationTable =
    "CREATE TABLE coppice.migration (\n"
    "  version    int4 PRIMARY KEY,\n"
    "  name       text NOT NULL,\n"
    "  checksum   text NOT NULL,\n"
    "  applied_at timestamptz NOT NULL DEFAULT now()\n"
    ");\n";

constexpr std::string_view kExtensionRemedy =
    "Have a superuser run in this database: CREATE EXTENSION vector; (package postgresql-NN-pgvector, version 0.7 or "
    "newer).";

std::string Checksum(const Migration& migration) {
  return ToHex(Sha256Of(migration.sql));
}

std::string RecordStatement(const Migration& migration) {
  return fmt::format(
      "INSERT INTO coppice.migration (version, name, checksum) VALUES ({}, '{}', '{}');\n",
      migration.version, migration.name, Checksum(migration));
}

/// What the database says of itself.
struct SchemaState {
  bool schema = false;
  bool table = false;
  std::map<int, std::string> applied;  // version, checksum
};

SchemaState ReadState(PgTransaction& tx) {
  SchemaState state;
  const auto found = tx.Query(
      "SELECT to_regnamespace('coppice') IS NOT NULL, to_regclass('coppice.migration') IS NOT NULL");
  state.schema = found[0][0].as<bool>();
  state.table = found[0][1].as<bool>();
  if (!state.table) return state;
  for (const auto& row : tx.Query("SELECT version, checksum FROM coppice.migration")) {
    state.applied.emplace(row[0].as<int>(), row[1].as<std::string>());
  }
  return state;
}

/// The first migration that is not there yet. Errors: those of Migrate.
Result<const Migration*> FirstMissing(const SchemaState& state) {
  if (!state.applied.empty() && state.applied.rbegin()->first > kSchemaVersion) {
    return MakeError(ErrorCode::kUnsupportedVersion,
                     fmt::format("the database's schema is version {}, this program knows {}",
                                 state.applied.rbegin()->first, kSchemaVersion),
                     "Use the newer program, or another database.");
  }
  const Migration* missing = nullptr;
  for (const Migration& migration : Migrations()) {
    const auto applied = state.applied.find(migration.version);
    if (applied == state.applied.end()) {
      if (missing == nullptr) missing = &migration;
    } else if (applied->second != Checksum(migration)) {
      return MakeError(ErrorCode::kConflict,
                       fmt::format("migration {} in the database is not the one of this program",
                                   migration.name),
                       "Use the program that made the schema, or an empty database.");
    }
  }
  return missing;
}

void Apply(PgTransaction& tx, const SchemaState& state) {
  if (!state.schema) tx.Execute("CREATE SCHEMA coppice");
  if (!state.table) tx.Execute(std::string(kMigrationTable));
  tx.Execute(fmt::format("SET LOCAL search_path = pg_catalog, {}", tx.vector_type().schema));
  for (const Migration& migration : Migrations()) {
    if (state.applied.contains(migration.version)) continue;
    LogInfo("schema_migration", {{"name", migration.name}});
    tx.Execute(std::string(migration.sql));
    tx.Execute(RecordStatement(migration));
  }
}

void WaitOneInterval(const Deadline& deadline) {
  Mutex mutex;
  CondVar never;
  MutexLock lock(mutex);
  never.WaitFor(mutex, deadline.remaining(kPollInterval));
}

Result<std::optional<VectorType>> LookForVectorType(PgTransaction& tx) {
  const auto rows = tx.Query(
      "SELECT quote_ident(n.nspname), t.oid FROM pg_extension e "
      "JOIN pg_namespace n ON n.oid = e.extnamespace "
      "LEFT JOIN pg_type t ON t.typnamespace = n.oid AND t.typname = 'halfvec' "
      "WHERE e.extname = 'vector'");
  if (rows.empty()) return std::optional<VectorType>();
  if (rows[0][1].is_null()) {
    return MakeError(ErrorCode::kUnsupported, "the database's vector extension is older than 0.7",
                     "Update it: ALTER EXTENSION vector UPDATE;");
  }
  return std::optional<VectorType>(
      VectorType{rows[0][0].as<std::string>(), rows[0][1].as<std::uint32_t>()});
}

/// Runs `body(PgTransaction&)` alone among the programs that start now. The lock is polled: a wait
/// for it inside the server would end at the lock timeout.
template <class Body>
Result<void> UnderMigrationLock(PgPool& pool, const Deadline& deadline, const Body& body) {
  while (true) {
    bool busy = false;
    COPPICE_TRY(RunTransaction(pool, PgAccess::kWrite, deadline, [&](PgTransaction& tx) -> Result<void> {
      busy = !tx.Query("SELECT pg_try_advisory_xact_lock($1::int8)", kMigrationLock)[0][0].template as<bool>();
      return busy ? Result<void>() : body(tx);
    }));
    if (!busy) return {};
    if (deadline.expired()) {
      return MakeError(ErrorCode::kDeadlineExceeded, "another program is still migrating the schema");
    }
    WaitOneInterval(deadline);
  }
}

Result<const Migration*> LookForMissing(PgPool& pool, const Deadline& deadline) {
  return RunTransaction(pool, PgAccess::kRead, deadline,
                        [](PgTransaction& tx) { return FirstMissing(ReadState(tx)); });
}

}  // namespace

Result<void> Migrate(PgPool& pool, bool migrate, const Deadline& deadline) {
  COPPICE_ASSIGN(const Migration* const missing, LookForMissing(pool, deadline));
  if (missing == nullptr) return {};
  if (!migrate) {
    return MakeError(ErrorCode::kConflict, fmt::format("the database lacks migration {}", missing->name),
                     "Apply the schema (coppiced --print-schema), or set database.migrate = true.");
  }
  return UnderMigrationLock(pool, deadline, [](PgTransaction& tx) -> Result<void> {
    const SchemaState state = ReadState(tx);  // another program may just have finished
    COPPICE_ASSIGN(const Migration* const still_missing, FirstMissing(state));
    if (still_missing != nullptr) Apply(tx, state);
    return {};
  });
}

Result<VectorType> FindVectorType(PgPool& pool, bool create, const Deadline& deadline) {
  COPPICE_ASSIGN(auto found, RunTransaction(pool, PgAccess::kRead, deadline, LookForVectorType));
  if (!found && create) {
    COPPICE_TRY(LookForMissing(pool, deadline));  // a schema that is refused is not touched
    const auto created = UnderMigrationLock(pool, deadline, [](PgTransaction& tx) -> Result<void> {
      tx.Execute("CREATE EXTENSION IF NOT EXISTS vector");
      return {};
    });
    if (!created) {
      if (created.error().retryable) return created.error();
      return MakeError(ErrorCode::kUnsupported, "no vector extension: " + created.error().message,
                       std::string(kExtensionRemedy));
    }
    COPPICE_ASSIGN(found, RunTransaction(pool, PgAccess::kRead, deadline, LookForVectorType));
  }
  if (!found) {
    return MakeError(ErrorCode::kUnsupported, "the database has no vector extension",
                     std::string(kExtensionRemedy));
  }
  return *found;
}

std::string SchemaText() {
  std::string text = fmt::format(
      "-- Coppice, schema version {}. A superuser runs the first statement, once in this database; the rest needs\n"
      "-- CREATE on the database, or the schema made beforehand. If the extension stands in a schema that is not on\n"
      "-- the search_path, put it there first (SET search_path).\n"
      "CREATE EXTENSION IF NOT EXISTS vector;\n\n"
      "BEGIN;\n"
      "CREATE SCHEMA IF NOT EXISTS coppice;\n{}",
      kSchemaVersion, kMigrationTable);
  for (const Migration& migration : Migrations()) {
    text += fmt::format("\n-- migration {}\n{}\n{}", migration.name, migration.sql,
                        RecordStatement(migration));
  }
  return text + "COMMIT;\n";
}

}  // namespace coppice::store
