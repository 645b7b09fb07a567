#pragma once

#include <memory>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "store/model.h"

namespace coppice::store {

class PgPool;

/// A repository and the generation it has reached in the database.
struct RepoGen {
  RepoNo repo;
  SpaceNo space;
  std::int64_t gen;
};

/// How a daemon learns that a ref moved or a repository went: NOTIFY wakes, reading (repo, gen) is the truth.
///
/// Place: owned by one follower thread. Keeps one connection of its own for LISTEN.
class Feed {
 public:
  explicit Feed(PgPool& pool);
  ~Feed();

  /// All repositories that are served (not removed), by number.
  Result<std::vector<RepoGen>> Read(const Deadline& deadline);
  /// Returns after a notification, at the deadline (at most 1 s ahead), or when the connection is
  /// lost (kUnavailable; the next call opens a new one).
  Result<void> Wait(const Deadline& deadline);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace coppice::store
