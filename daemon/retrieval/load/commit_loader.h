#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/deadline.h"
#include "base/result.h"
#include "daemon/retrieval/index/file_table.h"
#include "store/store.h"

namespace coppice::retrieval {

/// What tells the files of one view from those of another.
struct ViewKey {
  store::RepoNo repo;
  store::ObjectId commit;
  std::string subtree;
  friend auto operator<=>(const ViewKey&, const ViewKey&) = default;
};

/// Reads the files of commits; remembers the blobs it has met, so that the next commit of a
/// repository asks only for new ones.
///
/// Place:  owned by the follower thread.
/// Limits: memory: some 200 bytes a blob of the repositories that are followed; it and that of the
///         tables are shares of the budget ("files").
class CommitLoader {
 public:
  /// Both must outlive this; without `memory` nothing is counted.
  explicit CommitLoader(store::Store& store, MemoryBudget* memory = nullptr)
      : store_(store), memory_(memory), known_memory_(MemoryBudget::OpenIn(memory, "files")) {}

  /// Errors: kUnavailable; kNotFound when the commit is not kept; kCorrupt; kResourceExhausted.
  Result<std::shared_ptr<const FileTable>> Load(const ViewKey& key, const Deadline& deadline);
  /// Forgets the blobs of a repository.
  void Forget(store::RepoNo repo);

 private:
  Result<void> LoadBlobs(store::RepoNo repo, const store::TreeListing& listing,
                         const Deadline& deadline);
  Result<void> CountKnown();

  store::Store& store_;
  MemoryBudget* memory_;
  MemoryBudget::Share known_memory_;
  std::map<store::RepoNo, FileTable::BlobMap> known_;
};

}  // namespace coppice::retrieval
