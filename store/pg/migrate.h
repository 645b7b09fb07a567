#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/deadline.h"
#include "base/result.h"
#include "store/pg/pool.h"

namespace coppice::store {

/// Version of the schema = number of the newest migration. A database that is newer is refused.
///   1  catalog, git objects, blobs, facts, texts, vectors, jobs
///   2  generations: which model's vectors are served, which are being made
inline constexpr int kSchemaVersion = 2;

/// One numbered migration out of store/migrations, compiled in.
struct Migration {
  int version;
  std::string_view name;  // "0001_initial"
  std::string_view sql;
};

/// In order, one for each version up to kSchemaVersion.
std::span<const Migration> Migrations();

/// Brings the schema up to date in one transaction under a polled advisory lock; any number of
/// programs may start at once. With `migrate` false it only looks.
/// Errors: kUnsupportedVersion (schema newer than this program); kConflict (one is missing and
///         `migrate` is false; an applied one differs); kUnsupported (no vector extension);
///         kPermissionDenied (the role may not create the schema).
Result<void> Migrate(PgPool& pool, bool migrate, const Deadline& deadline);

/// Finds the vector extension, creating it where it is missing and `create` allows it.
/// Errors: kUnsupported with the statement for a DBA; kUnsupportedVersion and kConflict for a
/// schema that
///         Migrate would refuse: nothing is created then.
Result<VectorType> FindVectorType(PgPool& pool, bool create, const Deadline& deadline);

}  // namespace coppice::store
