#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "store/store.h"

namespace coppice::retrieval {

/// What the database says is followed, read in one go.
struct Followed {
  std::vector<store::RepoRecord> repos;
  std::vector<store::RefRecord> refs;
};

/// Errors: kUnavailable, kDeadlineExceeded, kCancelled.
Result<Followed> ReadFollowed(store::Store& store, store::Feed& feed, const Deadline& deadline);

/// Everything of it that a snapshot shows, as one text: equal texts need no new snapshot. Of one
/// space alone where it is given.
std::string Describe(const Followed& followed, std::optional<store::SpaceNo> space = {});

}  // namespace coppice::retrieval
