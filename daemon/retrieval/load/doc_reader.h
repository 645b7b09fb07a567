#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/bounded_queue.h"
#include "base/deadline.h"
#include "base/result.h"
#include "base/thread.h"
#include "store/store.h"

namespace coppice::retrieval {

struct LoadedDocs {
  std::vector<store::StoredFacts> facts;
  std::unordered_map<store::BlobNo, std::string> bodies;
};

/// Reads blobs of a space out of the database, a batch ahead of who builds segments of them.
///
/// Place:  on the stack of the loader; a thread of its own ("follow-read") while there is more than
///         one batch.
/// Limits: three batches at most are in memory: the caller's, one that waits, one being read.
/// Errors: Next: kUnavailable, kDeadlineExceeded, kCancelled. A body that is damaged is left out
///         and logged.
class DocReader {
 public:
  using Batches = std::vector<std::vector<store::BlobNo>>;
  static constexpr int kBatchesInMemory = 3;

  /// `store` must outlive this.
  DocReader(store::Store& store, store::SpaceNo space, Batches batches, const Deadline& deadline);
  ~DocReader();

  /// Those of the next batch; nothing after the last.
  Result<std::optional<LoadedDocs>> Next();

 private:
  Result<LoadedDocs> Read(const std::vector<store::BlobNo>& batch);
  Result<std::unordered_map<store::BlobNo, std::string>> ReadBodies(
      const std::vector<store::BlobNo>& batch);

  store::Store& store_;
  const store::SpaceNo space_;
  const Batches batches_;
  const Deadline deadline_;
  std::size_t given_ = 0;
  BoundedQueue<Result<LoadedDocs>> ready_{1};
  NamedThread reader_;  // last: it ends before what it uses
};

}  // namespace coppice::retrieval
