#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace coppice::app {

/// What this daemon does of what there is to do on a database.
struct Roles {
  bool index = false;  // reads repositories: jobs, parsers
  bool embed = false;  // makes vectors: while it indexes, and those that others left out
  bool serve = false;  // keeps the index in memory and answers searches
};

/// `daemon.roles`. Errors: kInvalidArgument for none at all and for a word that is no role.
Result<Roles> ParseRoles(const std::vector<std::string>& words);

}  // namespace coppice::app
