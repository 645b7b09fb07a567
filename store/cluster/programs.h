#pragma once

#include <optional>
#include <string>

#include "base/deadline.h"
#include "base/result.h"

namespace coppice::store {

/// Where one PostgreSQL's server programs are.
struct PgPrograms {
  std::string directory;
  int major = 0;
  [[nodiscard]] std::string Path(const char* name) const { return directory + "/" + name; }
};

/// Finds `postgres` and `initdb`: in `directory` when given, else the newest of the distribution's and
/// those in PATH. With `major`, only that one (its data exist already).
/// Errors: kUnsupported when there is none, naming the package; kConflict when only others than `major` are there.
Result<PgPrograms> FindPgPrograms(const std::string& directory, std::optional<int> major, const Deadline& deadline);

}  // namespace coppice::store
