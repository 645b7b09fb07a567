#include "daemon/retrieval/index/file_table.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "base/text/stem.h"
#include "base/text/words.h"
#include "daemon/retrieval/index/equal_span.h"

namespace coppice::retrieval {
namespace {

std::string SmallLetters(std::string_view text) {
  std::string small(text);
  for (char& c : small) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return small;
}

std::string_view FileName(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

/// A path cut into what its words count for.
struct PathParts {
  std::string_view folders;  // above the parent
  std::string_view parent;
  std::string_view stem;
};

PathParts CutPath(std::string_view path) {
  PathParts parts;
  parts.stem = FileName(path);
  std::string_view rest = path.substr(0, path.size() - parts.stem.size());
  if (!rest.empty()) rest.remove_suffix(1);
  parts.parent = FileName(rest);
  parts.folders = rest.substr(0, rest.size() - parts.parent.size());
  const std::size_t dot = parts.stem.rfind('.');
  if (dot != std::string_view::npos && dot > 0) parts.stem = parts.stem.substr(0, dot);
  return parts;
}

/// The words of one path. Whole identifiers are words here too: `flush_job` beside flush and job.
class PathWords {
 public:
  struct Use {
    std::uint16_t count = 0;
    bool in_stem = false;
    bool in_folder = false;
  };

  explicit PathWords(std::string_view path) {
    const PathParts parts = CutPath(path);
    Add(parts.folders, [](Use&) {});
    Add(parts.parent, [](Use& use) { use.in_folder = true; });
    Add(parts.stem, [](Use& use) { use.in_stem = true; });
  }

  [[nodiscard]] const std::map<std::string, Use, std::less<>>& uses() const { return uses_; }
  [[nodiscard]] std::uint16_t length() const { return length_; }

 private:
  template <class Mark>
  void Add(std::string_view text, Mark mark) {
    text::ForEachWord(text, [&](const text::Word& word) {
      if (word.text.size() < 2) return;
      if (word.kind != text::WordKind::kIdentifier && length_ < UINT16_MAX) ++length_;
      auto found = uses_.find(word.text);
      if (found == uses_.end()) found = uses_.emplace(std::string(word.text), Use{}).first;
      if (found->second.count < UINT16_MAX) ++found->second.count;
      mark(found->second);
    });
  }

  std::map<std::string, Use, std::less<>> uses_;
  std::uint16_t length_ = 0;
};

}  // namespace

FileTable::FileTable(const store::TreeListing& listing, const BlobMap& blobs) {
  AddFiles(listing, blobs);
  IndexWords();
}

void FileTable::AddFiles(const store::TreeListing& listing, const BlobMap& blobs) {
  files_.reserve(listing.files.size());
  for (const store::FileEntry& entry : listing.files) {
    ViewFile file;
    file.path = entry.path;
    file.id = entry.blob;
    file.path_class = entry.path_class;
    file.reason = entry.reason;
    file.excluded_by_path = entry.reason != store::Reason::kNone;
    LanguageHint hint;
    const auto record = blobs.find(entry.blob.bytes);
    if (record != blobs.end()) {
      file.known = true;
      file.blob = record->second.blob;
      file.state = record->second.state;
      file.size_bytes = record->second.size_bytes;
      hint = record->second.hint;
      if (!file.excluded_by_path) file.reason = record->second.reason;
    }
    if (file.excluded_by_path) file.state = store::BlobState::kSkipped;
    file.language = store::LanguageInView(entry, hint, listing.cpp);
    if (record != blobs.end() && file.searchable()) {
      const store::FactState* facts = record->second.FactsUnder(file.language);
      if (facts != nullptr && facts->status == store::ParseStatus::kFellBack) {
        file.state = store::BlobState::kQuarantined;
        file.reason = facts->reason;
      }
    }
    files_.push_back(std::move(file));
  }
  std::sort(files_.begin(), files_.end(),
            [](const ViewFile& a, const ViewFile& b) { return a.path < b.path; });
  for (std::uint32_t f = 0; f < files_.size(); ++f) {
    const ViewFile& file = files_[f];
    traits_.push_back({file.path_class.test, file.path_class.vendored, ContentOf(file.language)});
    by_blob_.push_back(f);
    by_name_.emplace_back(SmallLetters(FileName(files_[f].path)), f);
  }
  std::sort(by_blob_.begin(), by_blob_.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::tie(files_[a].id.bytes, a) < std::tie(files_[b].id.bytes, b);
  });
  std::sort(by_name_.begin(), by_name_.end());
}

Result<void> FileTable::CountIn(MemoryBudget::Share share) {
  COPPICE_TRY(share.Resize(memory_bytes()));
  memory_ = std::move(share);
  return {};
}

std::uint64_t FileTable::memory_bytes() const {
  std::uint64_t bytes =
      files_.capacity() * sizeof(ViewFile) + by_name_.capacity() * sizeof(by_name_[0]) +
      words_.capacity() * sizeof(PathWord) + entries_.capacity() * sizeof(PathEntry) +
      (by_blob_.capacity() + by_stem_.capacity()) * sizeof(std::uint32_t) +
      path_lengths_.capacity() * sizeof(std::uint16_t);
  for (const ViewFile& file : files_) bytes += file.path.capacity() + file.id.bytes.capacity();
  return bytes;
}

void FileTable::IndexWords() {
  std::map<std::string, std::vector<PathEntry>, std::less<>> table;
  for (std::uint32_t f = 0; f < files_.size(); ++f) {
    const PathWords words(files_[f].path);
    path_lengths_.push_back(words.length());
    for (const auto& [word, use] : words.uses()) {
      table[word].push_back({f, use.count, use.in_stem, use.in_folder});
    }
  }
  text::Stemmer stemmer;
  for (const auto& [word, entries] : table) {
    words_.push_back({word, std::string(stemmer.Stem(word)),
                      static_cast<std::uint32_t>(entries_.size()),
                      static_cast<std::uint32_t>(entries.size())});
    entries_.insert(entries_.end(), entries.begin(), entries.end());
  }
  for (std::uint32_t w = 0; w < words_.size(); ++w) by_stem_.push_back(w);
  std::sort(by_stem_.begin(), by_stem_.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::tie(words_[a].stem, a) < std::tie(words_[b].stem, b);
  });
}

std::optional<std::uint32_t> FileTable::FindPath(std::string_view path) const {
  const auto found = std::lower_bound(
      files_.begin(), files_.end(), path,
      [](const ViewFile& file, std::string_view wanted) { return file.path < wanted; });
  if (found == files_.end() || found->path != path) return std::nullopt;
  return static_cast<std::uint32_t>(found - files_.begin());
}

std::span<const std::uint32_t> FileTable::FindBlob(std::string_view id_prefix) const {
  return EqualSpan(by_blob_, id_prefix, [&](std::uint32_t file) {
    return std::string_view(files_[file].id.bytes).substr(0, id_prefix.size());
  });
}

std::vector<std::uint32_t> FileTable::FindMention(std::string_view name) const {
  const std::string wanted = SmallLetters(name);
  const std::string_view last = FileName(wanted);
  std::vector<std::uint32_t> found;
  auto entry =
      std::lower_bound(by_name_.begin(), by_name_.end(), last,
                       [](const auto& row, std::string_view key) { return row.first < key; });
  for (; entry != by_name_.end() && entry->first == last; ++entry) {
    const std::string path = SmallLetters(files_[entry->second].path);
    const bool at_folder =
        path.size() == wanted.size() ||
        (path.size() > wanted.size() && path[path.size() - wanted.size() - 1] == '/');
    if (at_folder && path.ends_with(wanted)) found.push_back(entry->second);
  }
  return found;
}

std::span<const FileTable::PathEntry> FileTable::FindWord(std::string_view word) const {
  const auto found = std::lower_bound(
      words_.begin(), words_.end(), word,
      [](const PathWord& row, std::string_view wanted) { return row.text < wanted; });
  if (found == words_.end() || found->text != word) return {};
  return EntriesOf(*found);
}

void FileTable::ForEachWithStem(
    std::string_view stem, const std::function<void(std::span<const PathEntry>)>& visit) const {
  const auto words = EqualSpan(
      by_stem_, stem, [&](std::uint32_t word) { return std::string_view(words_[word].stem); });
  for (const std::uint32_t word : words) visit(EntriesOf(words_[word]));
}

void FileTable::ForEachByPrefix(
    std::string_view word, const std::function<void(std::span<const PathEntry>)>& visit) const {
  if (word.size() < kMinPrefixBytes) {
    visit(FindWord(word));
    return;
  }
  for (std::size_t length = kMinPrefixBytes; length < word.size(); ++length) {
    visit(FindWord(word.substr(0, length)));
  }
  const auto first = std::lower_bound(
      words_.begin(), words_.end(), word,
      [](const PathWord& row, std::string_view wanted) { return row.text < wanted; });
  for (auto row = first; row != words_.end() && row->text.starts_with(word); ++row) {
    visit(EntriesOf(*row));
  }
}

}  // namespace coppice::retrieval
