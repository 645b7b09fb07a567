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
/// Limits: memory: some 100 bytes a blob of the repositories that are followed.
class CommitLoader {
 public:
  /// `store` must outlive this.
  explicit CommitLoader(store::Store& store) : store_(store) {}

  /// Errors: kUnavailable; kNotFound when the commit is not kept; kCorrupt.
  Result<std::shared_ptr<const FileTable>> Load(const ViewKey& key, const Deadline& deadline);
  /// Forgets the blobs of a repository.
  void Forget(store::RepoNo repo) { known_.erase(repo); }

 private:
  store::Store& store_;
  std::map<store::RepoNo, FileTable::BlobMap> known_;
};

}  // namespace coppice::retrieval
