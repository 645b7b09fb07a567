#pragma once

#include <map>
#include <string>

#include "embed/embedder.h"
#include "store/store.h"

namespace coppice::retrieval::testing {

/// A repository in the database whose commits are written as the indexer writes them: trees and
/// commit, blobs, facts, vectors, then the ref.
class StoredRepo {
 public:
  using Files = std::map<std::string, std::string>;  // path -> content; one level of folders

  /// `root`: repositories of the same root share a space. A failure throws.
  StoredRepo(store::Store& store, const embed::Embedder& embedder, const std::string& name,
             const std::string& root = "");

  /// Indexes a commit and moves the ref there; gives its id.
  store::ObjectId Commit(const Files& files, const std::string& ref = "HEAD");
  /// From now on files of this content are written as objects that are not there; "" = none.
  void Lose(const std::string& content) { lost_ = content; }
  /// Commits are written as a daemon does that makes no vectors, from now on.
  void LeaveOutVectors() { without_vectors_ = true; }
  /// What another daemon does then.
  void MakeVectors(const Files& files);
  /// Gives the texts of these files vectors of another model, and has it served. Commits are
  /// indexed with it from now on.
  void SwitchTo(const embed::Embedder& embedder, const Files& files);
  /// What the repository itself says its heads are.
  void SetHeads(const std::map<std::string, store::ObjectId>& heads);
  [[nodiscard]] store::RepoNo number() const { return repo_.repo; }

 private:
  store::ObjectId WriteTrees(const store::JobRecord& job, const store::ObjectId& commit,
                             const Files& files);
  void WriteBlobs(const Files& files);
  void WriteFacts(const Files& files);
  void WriteVectors(const std::map<Sha256, std::string>& inputs);
  [[nodiscard]] store::ModelNo WrittenModel() const;
  void UseModel(const embed::Embedder& embedder);

  store::Store& store_;
  const embed::Embedder* embedder_ = nullptr;
  store::RepoRecord repo_;
  store::ModelNo model_;
  std::string lost_;
  bool without_vectors_ = false;
  std::map<std::string, store::ObjectId> heads_;
  std::map<std::string, store::ObjectId> commits_;
};

}  // namespace coppice::retrieval::testing
