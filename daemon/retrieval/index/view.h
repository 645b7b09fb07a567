#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/retrieval/index/bit_set.h"
#include "daemon/retrieval/index/file_table.h"
#include "daemon/retrieval/index/space.h"
#include "store/catalog.h"
#include "store/vector/vector_index.h"

namespace coppice::retrieval {

/// One commit as searches see it: which chunks of a space belong to it, and under which paths.
///
/// Place:  made by the loader; immutable, shared by snapshots and the requests that read them.
/// Shape:  a document of the view has one or more files, best path first: no test or vendored path
///         before another, then the shortest, then by name.
class View {
 public:
  View(store::RepoNo repo, store::ObjectId commit, std::string subtree,
       std::shared_ptr<const FileTable> files, std::shared_ptr<const Space> space);

  [[nodiscard]] store::RepoNo repo() const { return repo_; }
  [[nodiscard]] const store::ObjectId& commit() const { return commit_; }
  [[nodiscard]] const std::string& subtree() const { return subtree_; }
  [[nodiscard]] const std::shared_ptr<const FileTable>& table() const { return files_; }
  [[nodiscard]] std::span<const ViewFile> files() const { return files_->files(); }
  [[nodiscard]] const std::shared_ptr<const Space>& space() const { return space_; }
  [[nodiscard]] const BitSet& docs() const { return docs_; }
  [[nodiscard]] const BitSet& chunks() const { return chunks_; }
  [[nodiscard]] const store::TextFilter& texts() const { return texts_; }
  [[nodiscard]] const LengthStats& stats() const { return stats_; }
  [[nodiscard]] const store::Coverage& coverage() const { return coverage_; }

  /// The document of a file; nothing when it is not searchable or not loaded.
  [[nodiscard]] std::optional<std::uint32_t> DocOf(std::uint32_t file) const;
  /// Files of a document of this view, best path first.
  [[nodiscard]] std::span<const std::uint32_t> FilesOf(std::uint32_t doc) const;
  /// Whether the file should have a document and has none.
  [[nodiscard]] bool IsPending(std::uint32_t file) const;
  /// What it holds beside its files and its space.
  [[nodiscard]] std::uint64_t memory_bytes() const;

 private:
  void BindFiles();
  void MarkChunks();
  void CountCoverage();

  store::RepoNo repo_;
  store::ObjectId commit_;
  std::string subtree_;
  std::shared_ptr<const FileTable> files_;
  std::shared_ptr<const Space> space_;
  std::vector<std::uint32_t> doc_of_file_;
  std::vector<std::uint32_t> file_offsets_;  // by document, one more than documents
  std::vector<std::uint32_t> doc_files_;
  BitSet docs_;
  BitSet chunks_;
  store::TextFilter texts_;
  LengthStats stats_;
  store::Coverage coverage_;
};

}  // namespace coppice::retrieval
