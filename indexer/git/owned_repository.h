#pragma once

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "indexer/git/reader_account.h"
#include "indexer/git/repository.h"

namespace coppice::indexer {

/// OpenRepository with the rights of this thread, whatever they are.
Result<std::unique_ptr<GitRepository>> OpenWithOwnRights(const std::string& path);

/// A repository that a daemon running as root reads with the rights of the account it belongs to:
/// each call enters them and leaves them again. Decision 0010.
class OwnedRepository final : public GitRepository {
 public:
  OwnedRepository(std::unique_ptr<GitRepository> repository, ReaderAccount account)
      : repository_(std::move(repository)), account_(std::move(account)) {}

  [[nodiscard]] std::string git_dir() const override { return repository_->git_dir(); }
  [[nodiscard]] std::string common_dir() const override { return repository_->common_dir(); }
  Result<std::vector<store::Catalog::Head>> Heads(
      const std::vector<std::string>& patterns) override {
    const ReadAs rights(account_);
    return repository_->Heads(patterns);
  }
  Result<store::CommitRecord> ReadCommit(const store::ObjectId& id) override {
    const ReadAs rights(account_);
    return repository_->ReadCommit(id);
  }
  void Expect(std::span<const store::ObjectId> blobs) override {
    const ReadAs rights(account_);
    repository_->Expect(blobs);
  }
  Result<BlobHeader> ReadBlobHeader(const store::ObjectId& id) override {
    const ReadAs rights(account_);
    return repository_->ReadBlobHeader(id);
  }
  Result<std::string> ReadBlob(const store::ObjectId& id) override {
    const ReadAs rights(account_);
    return repository_->ReadBlob(id);
  }
  Result<std::string> ReadTree(const store::ObjectId& id) override {
    const ReadAs rights(account_);
    return repository_->ReadTree(id);
  }
  Result<std::string> ReadAttributes(const store::ObjectId& id) override {
    const ReadAs rights(account_);
    return repository_->ReadAttributes(id);
  }
  Result<store::ObjectId> RootCommit(const Deadline& deadline) override {
    const ReadAs rights(account_);
    return repository_->RootCommit(deadline);
  }

 private:
  std::unique_ptr<GitRepository> repository_;
  ReaderAccount account_;
};

}  // namespace coppice::indexer
