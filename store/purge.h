#pragma once

#include "base/deadline.h"
#include "base/result.h"
#include "store/model.h"
#include "store/pg/pool.h"

namespace coppice::store {

/// Deletes the rows of a removed repository, and those of its space when no other repository is left
/// in it, in steps of some thousand rows, each under the space's exclusive lock. A purge that was cut
/// short is taken up by calling it again.
/// Errors: kConflict when the repository is in service; kDeadlineExceeded.
Result<void> PurgeRepo(PgPool& pool, RepoNo repo, const Deadline& deadline);

}  // namespace coppice::store
