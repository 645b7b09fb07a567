#pragma once

#include <string_view>

#include "store/model.h"

namespace coppice::store {

class PgTransaction;

/// The NOTIFY channel that wakes followers. The payload is the repository's number, and nobody
/// relies on it.
inline constexpr std::string_view kChannel = "coppice_gen";

/// Wakes followers when the transaction commits: called where a repository's gen changes.
void Notify(PgTransaction& tx, RepoNo repo);

}  // namespace coppice::store
