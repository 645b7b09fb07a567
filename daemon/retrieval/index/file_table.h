#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/memory_budget.h"
#include "base/result.h"
#include "store/object_reader.h"
#include "store/tree/walk.h"

namespace coppice::retrieval {

/// One file of a commit with all that path and blob say about it.
struct ViewFile {
  std::string path;
  store::ObjectId id;  // of the blob, in git
  store::BlobNo blob;
  bool known = false;  // the blob is in the store
  store::BlobState state = store::BlobState::kIndexed;
  store::Reason reason = store::Reason::kNone;  // of the path, else of the blob or its parse
  Language language = Language::kUnknown;
  store::PathClass path_class;
  std::uint64_t size_bytes = 0;

  /// Whether it should have chunks.
  [[nodiscard]] bool searchable() const {
    return known && state != store::BlobState::kSkipped && !excluded_by_path;
  }
  bool excluded_by_path = false;
};

/// What of a file its score is multiplied by.
struct FileTraits {
  bool test = false;
  bool vendored = false;
  Content content = Content::kText;
};

/// The files of one commit, by path, by blob and by the words in their paths. Immutable.
///
/// Place: made by the loader for each commit; shared by all refs at that commit.
/// Shape: files sorted by path. Path words are those of all folders and of the file name without
/// its
///        extension; the stem is that name, the folder the one it lies in.
class FileTable {
 public:
  using BlobMap = std::unordered_map<std::string, store::BlobRecord>;  // by ObjectId::bytes
  FileTable(const store::TreeListing& listing, const BlobMap& blobs);
  /// Counts what it holds in this share for as long as it lives. Errors: kResourceExhausted.
  Result<void> CountIn(MemoryBudget::Share share);
  [[nodiscard]] std::uint64_t memory_bytes() const;

  [[nodiscard]] std::span<const ViewFile> files() const { return files_; }
  /// As files()[file] says, from less memory.
  [[nodiscard]] FileTraits traits(std::uint32_t file) const { return traits_[file]; }
  [[nodiscard]] std::optional<std::uint32_t> FindPath(std::string_view path) const;
  /// Files whose blob's id begins with these bytes, ordered by blob, then path.
  [[nodiscard]] std::span<const std::uint32_t> FindBlob(std::string_view id_prefix) const;
  /// Files whose file name equals `name` (any case), or ends of whose path equal `name`
  /// ("net/url.c").
  [[nodiscard]] std::vector<std::uint32_t> FindMention(std::string_view name) const;

  /// One word of one path: how often in all, and whether in stem and folder.
  struct PathEntry {
    std::uint32_t file = 0;
    std::uint16_t count = 0;
    bool in_stem = false;
    bool in_folder = false;
  };
  [[nodiscard]] std::span<const PathEntry> FindWord(std::string_view word) const;
  /// Calls for each word with this stem.
  void ForEachWithStem(std::string_view stem,
                       const std::function<void(std::span<const PathEntry>)>& visit) const;
  /// Calls for each word that begins with `word`, or with which `word` begins: both at least
  /// kMinPrefixBytes long, or equal.
  void ForEachByPrefix(std::string_view word,
                       const std::function<void(std::span<const PathEntry>)>& visit) const;
  [[nodiscard]] std::uint16_t path_length(std::uint32_t file) const { return path_lengths_[file]; }

  static constexpr std::size_t kMinPrefixBytes = 4;

 private:
  struct PathWord {
    std::string text;
    std::string stem;
    std::uint32_t first = 0;  // into entries_
    std::uint32_t count = 0;
  };
  void AddFiles(const store::TreeListing& listing, const BlobMap& blobs);
  void IndexWords();
  [[nodiscard]] std::span<const PathEntry> EntriesOf(const PathWord& word) const {
    return std::span(entries_).subspan(word.first, word.count);
  }

  std::vector<ViewFile> files_;
  std::vector<FileTraits> traits_;
  std::vector<std::uint32_t> by_blob_;
  std::vector<std::pair<std::string, std::uint32_t>> by_name_;  // file name in small letters
  std::vector<PathWord> words_;                                 // sorted by text
  std::vector<std::uint32_t> by_stem_;  // into words_, sorted by (stem, text)
  std::vector<PathEntry> entries_;
  std::vector<std::uint16_t> path_lengths_;
  MemoryBudget::Share memory_;
};

}  // namespace coppice::retrieval
