#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "indexer/git/libgit2_handles.h"
#include "indexer/git/peeled.h"
#include "indexer/git/ref_pattern.h"
#include "indexer/git/repository.h"

namespace coppice::indexer {

/// GitRepository on libgit2.
class Libgit2Repository final : public GitRepository {
 public:
  Libgit2Repository(RepositoryHandle repository, OdbHandle odb);

  [[nodiscard]] std::string git_dir() const override;
  [[nodiscard]] std::string common_dir() const override;
  Result<std::vector<store::Catalog::Head>> Heads(
      const std::vector<std::string>& patterns) override;
  Result<store::CommitRecord> ReadCommit(const store::ObjectId& id) override;
  Result<BlobHeader> ReadBlobHeader(const store::ObjectId& id) override;
  Result<std::string> ReadBlob(const store::ObjectId& id) override;
  Result<store::ObjectId> RootCommit(const Deadline& deadline) override;
  Result<std::string> ReadTree(const store::ObjectId& id) override;
  Result<std::string> ReadAttributes(const store::ObjectId& id) override;

 private:
  /// Type and size. Errors: kNotFound, kCorrupt, kUnavailable.
  Result<std::pair<git_object_t, std::uint64_t>> ReadHeader(const store::ObjectId& id,
                                                            const char* what);
  Result<store::ObjectId> FollowTags(store::ObjectId id);
  Result<std::string> ReadObject(const store::ObjectId& id, git_object_t type, const char* what);
  Result<store::Catalog::Head> ReadHead();
  /// The commit a ref leads to. Errors: kInvalidArgument when it leads to none (a tag of a tree).
  Result<store::ObjectId> CommitOf(git_reference* reference);
  /// Adds the ref where it leads to a commit, or to what is missing: indexing it says so then.
  Result<void> AddHead(git_reference* reference,
                       std::map<std::string, store::Catalog::Head>& heads);
  /// Adds what all refs have of the patterns.
  Result<void> AddMatching(PatternSet& wanted, std::map<std::string, store::Catalog::Head>& heads);
  [[nodiscard]] Error ObjectError(int code, const std::string& what) const;

  RepositoryHandle repository_;
  OdbHandle odb_;
  std::vector<std::string> object_folders_;
  Peeled peeled_;
};

}  // namespace coppice::indexer
