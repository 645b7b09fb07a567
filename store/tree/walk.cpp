#include "store/tree/walk.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "base/format.h"
#include "store/tree/attributes.h"
#include "store/tree/path_class.h"
#include "store/tree/raw_tree.h"

namespace coppice::store {
namespace {

constexpr int kMaxDepth = 64;
constexpr std::size_t kMaxFiles = 1'000'000;
constexpr std::size_t kMaxFolders = 1'000'000;
constexpr std::size_t kMaxAttributesBytes = 1U << 20U;

/// A tree that is beyond a limit will be the next time too.
Error TooMuch(ErrorCode code, std::string message) {
  Error error =
      MakeError(code, std::move(message), "index a part of the repository: add it with --subtree");
  error.retryable = false;
  return error;
}

Reason ReasonOf(EntryKind kind, const PathClass& path_class) {
  if (kind == EntryKind::kSubmodule) return Reason::kSubmodule;
  if (kind == EntryKind::kSymlink) return Reason::kSymlink;
  if (path_class.binary) return Reason::kBinaryAttribute;
  if (path_class.generated) return Reason::kGeneratedAttribute;
  return Reason::kNone;
}

/// One walk, depth first.
class Walker {
 public:
  Walker(ObjectSource& source, std::string_view subtree, const Deadline& deadline)
      : source_(source), wanted_(subtree), deadline_(deadline) {
    while (wanted_.starts_with('/')) wanted_.remove_prefix(1);
    while (wanted_.ends_with('/')) wanted_.remove_suffix(1);
  }

  Result<void> Walk(const ObjectId& tree, const std::string& prefix, const FolderClass& folder,
                    int depth) {
    if (depth > kMaxDepth) {
      return TooMuch(ErrorCode::kCorrupt, fmt::format("more than {} levels of folders", kMaxDepth));
    }
    if (++folder_count_ > kMaxFolders) {
      return TooMuch(ErrorCode::kResourceExhausted,
                     fmt::format("more than {} folders", kMaxFolders));
    }
    if (deadline_.expired()) {
      return MakeError(
          deadline_.cancelled() ? ErrorCode::kCancelled : ErrorCode::kDeadlineExceeded,
          fmt::format("the tree was not read in time, {} folders so far", folder_count_));
    }
    COPPICE_ASSIGN(std::string raw, source_.ReadTree(tree));
    auto entries = DecodeTree(raw, tree.bytes.size());
    if (!entries) return entries.error().WithContext(fmt::format("tree {}", tree.ToHex()));
    COPPICE_TRY(EnterAttributes(*entries, prefix));
    for (const TreeEntry& entry : *entries) COPPICE_TRY(Visit(entry, prefix, folder, depth));
    attributes_.Leave();
    Keep(tree, std::move(raw));
    return {};
  }

  TreeListing TakeListing() { return std::move(listing_); }

 private:
  Result<void> EnterAttributes(const std::vector<TreeEntry>& entries, const std::string& prefix) {
    const auto found = std::find_if(entries.begin(), entries.end(), [](const TreeEntry& entry) {
      return entry.kind == EntryKind::kBlob && entry.name == kAttributesFile;
    });
    std::string body;
    if (found != entries.end()) {
      auto read = source_.ReadAttributes(found->id);
      if (!read && read.error().code != ErrorCode::kNotFound) return read.error();
      if (read && read->size() <= kMaxAttributesBytes) {
        body = std::move(*read);
        Keep(found->id, body);
      }
    }
    attributes_.Enter(prefix, body);
    return {};
  }

  Result<void> Visit(const TreeEntry& entry, const std::string& prefix, const FolderClass& folder,
                     int depth) {
    std::string path = prefix + std::string(entry.name);
    if (entry.kind == EntryKind::kTree) {
      if (!LeadsToWanted(path) && !IsWanted(path)) return {};
      return Walk(entry.id, path + '/', ClassifyFolder(folder, entry.name), depth + 1);
    }
    if (!IsWanted(path)) return {};
    if (listing_.files.size() >= kMaxFiles) {
      return TooMuch(ErrorCode::kResourceExhausted, fmt::format("more than {} files", kMaxFiles));
    }
    FileEntry file;
    file.path_class = ClassifyFile(folder, path, attributes_.Lookup(path));
    file.reason = ReasonOf(entry.kind, file.path_class);
    file.blob = entry.id;
    file.path = std::move(path);
    listing_.cpp = listing_.cpp || file.path_class.by_path == Language::kCpp;
    listing_.files.push_back(std::move(file));
    return {};
  }

  [[nodiscard]] bool IsWanted(std::string_view path) const {
    if (wanted_.empty()) return true;
    return path.starts_with(wanted_) &&
           (path.size() == wanted_.size() || path[wanted_.size()] == '/');
  }
  [[nodiscard]] bool LeadsToWanted(std::string_view path) const {
    return wanted_.size() > path.size() && wanted_.starts_with(path) && wanted_[path.size()] == '/';
  }

  void Keep(const ObjectId& id, std::string raw) {
    if (kept_.insert(id.bytes).second) listing_.trees.emplace_back(id, std::move(raw));
  }

  ObjectSource& source_;
  std::string_view wanted_;
  const Deadline& deadline_;
  std::size_t folder_count_ = 0;  // a tree counts as often as it is met
  Attributes attributes_;
  std::unordered_set<std::string> kept_;
  TreeListing listing_;
};

}  // namespace

std::uint64_t MemoryBytes(const TreeListing& listing) {
  std::uint64_t bytes = listing.files.capacity() * sizeof(FileEntry);
  for (const FileEntry& file : listing.files) {
    bytes += file.path.capacity() + file.blob.bytes.capacity();
  }
  for (const auto& [id, raw] : listing.trees) {
    bytes += sizeof(listing.trees[0]) + id.bytes.capacity() + raw.capacity();
  }
  return bytes;
}

Result<TreeListing> WalkTree(ObjectSource& source, const ObjectId& root, const std::string& subtree,
                             const Deadline& deadline) {
  Walker walker(source, subtree, deadline);
  COPPICE_TRY(walker.Walk(root, "", {}, 0));
  return walker.TakeListing();
}

Result<bool> HoldsPath(ObjectSource& source, const ObjectId& root, std::string_view path) {
  ObjectId at = root;
  bool is_tree = true;
  while (!path.empty()) {
    const std::string_view name = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(name.size() + 1, path.size()));
    if (name.empty()) continue;
    if (!is_tree) return false;
    COPPICE_ASSIGN(const std::string raw, source.ReadTree(at));
    auto entries = DecodeTree(raw, at.bytes.size());
    if (!entries) return entries.error().WithContext(fmt::format("tree {}", at.ToHex()));
    const auto found = std::find_if(entries->begin(), entries->end(),
                                    [&](const TreeEntry& entry) { return entry.name == name; });
    if (found == entries->end()) return false;
    is_tree = found->kind == EntryKind::kTree;
    at = found->id;
  }
  return true;
}

Language LanguageInView(const FileEntry& file, LanguageHint hint, bool cpp_headers) {
  return DetectLanguage(file.path, hint, cpp_headers);
}

}  // namespace coppice::store
