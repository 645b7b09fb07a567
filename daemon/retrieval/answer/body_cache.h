#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <string>
#include <utility>

#include "base/mutex.h"
#include "daemon/retrieval/answer/body_source.h"

namespace coppice::retrieval {

/// Keeps the bodies that were read last: what was found is often found again, or shown next.
///
/// Place:  before the database; any thread. Bodies never change, so none is ever stale.
/// Limits: `limit_bytes` of bodies; the one used longest ago goes first. One larger than an eighth
///         of that is not kept.
/// Errors: those of the source.
class BodyCache final : public BodySource {
 public:
  /// `source` must outlive this.
  BodyCache(BodySource& source, std::uint64_t limit_bytes)
      : source_(source), limit_bytes_(limit_bytes) {}

  Result<std::unordered_map<store::BlobNo, std::string>> Read(store::SpaceNo space,
                                                              std::span<const store::BlobNo> blobs,
                                                              const Deadline& deadline) override;

 private:
  using Key = std::pair<store::SpaceNo, store::BlobNo>;
  struct Kept {
    Key key;
    std::string body;
  };
  void Keep(const Key& key, const std::string& body) COPPICE_REQUIRES(mutex_);

  BodySource& source_;
  const std::uint64_t limit_bytes_;
  Mutex mutex_;
  std::list<Kept> by_use_ COPPICE_GUARDED_BY(mutex_);  // the last used first
  std::map<Key, std::list<Kept>::iterator> by_key_ COPPICE_GUARDED_BY(mutex_);
  std::uint64_t bytes_ COPPICE_GUARDED_BY(mutex_) = 0;
};

}  // namespace coppice::retrieval
