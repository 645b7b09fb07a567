#pragma once

#include <memory>
#include <string>
#include <vector>

#include "indexer/git/cat_file.h"
#include "indexer/git/layout.h"
#include "indexer/git/peeled.h"
#include "indexer/git/repository.h"

namespace coppice::indexer {

/// GitRepository on the git program, for what libgit2 cannot read: SHA-256 ids, extensions it does
/// not know. Objects come from a child that stays, refs from one that runs for each look.
class ProgramRepository final : public GitRepository {
 public:
  explicit ProgramRepository(GitLayout layout) : layout_(layout), objects_(std::move(layout)) {}

  [[nodiscard]] std::string git_dir() const override { return layout_.git_dir; }
  [[nodiscard]] std::string common_dir() const override { return layout_.common_dir; }
  Result<std::vector<store::Catalog::Head>> Heads(
      const std::vector<std::string>& patterns) override;
  Result<store::CommitRecord> ReadCommit(const store::ObjectId& id) override;
  void Expect(std::span<const store::ObjectId> blobs) override { objects_.Expect(blobs); }
  Result<BlobHeader> ReadBlobHeader(const store::ObjectId& id) override;
  Result<std::string> ReadBlob(const store::ObjectId& id) override;
  Result<store::ObjectId> RootCommit(const Deadline& deadline) override;
  Result<std::string> ReadTree(const store::ObjectId& id) override;
  Result<std::string> ReadAttributes(const store::ObjectId& id) override;

 private:
  struct Ref {
    std::string name;
    store::ObjectId id;  // of a tag object, where it is one
  };
  /// Refs by full names and name beginnings; all of them where there are none.
  Result<std::vector<Ref>> ListRefs(const std::vector<std::string>& names);
  /// The commit an object leads to; nothing when it leads to none.
  Result<store::ObjectId> Peel(const store::ObjectId& id);
  Result<store::ObjectId> FollowTags(store::ObjectId id);
  Result<store::Catalog::Head> ReadHead();
  Result<std::string> ReadObject(const store::ObjectId& id, const char* type);
  [[nodiscard]] Result<void> CheckId(const store::ObjectId& id) const;
  [[nodiscard]] Error Explain(const Error& error, const std::string& what) const;

  const GitLayout layout_;
  CatFile objects_;
  Peeled peeled_;
};

/// Opens any repository by the git program, also one that libgit2 can read.
/// Errors: those of OpenRepository.
Result<std::unique_ptr<GitRepository>> OpenByProgram(const std::string& path);

}  // namespace coppice::indexer
