#include "store/tree/raw_tree.h"

#include <algorithm>
#include <cstring>

#include "base/format.h"

namespace coppice::store {
namespace {

constexpr std::uint32_t kTypeMask = 0170000;
constexpr std::uint32_t kTypeTree = 0040000;
constexpr std::uint32_t kTypeFile = 0100000;
constexpr std::uint32_t kTypeSymlink = 0120000;
constexpr std::uint32_t kTypeSubmodule = 0160000;
constexpr std::uint32_t kExecutableBits = 0111;
constexpr std::size_t kMostModeDigits = 7;  // old programs wrote a leading zero

Error Corrupt(std::string_view what, std::size_t offset) {
  return MakeError(ErrorCode::kCorrupt, fmt::format("tree: {} at byte {}", what, offset));
}

bool KindOf(std::uint32_t mode, EntryKind& kind) {
  switch (mode & kTypeMask) {
    case kTypeTree:
      kind = EntryKind::kTree;
      return true;
    case kTypeFile:
      kind = EntryKind::kBlob;
      return true;
    case kTypeSymlink:
      kind = EntryKind::kSymlink;
      return true;
    case kTypeSubmodule:
      kind = EntryKind::kSubmodule;
      return true;
    default:
      return false;
  }
}

bool NameIsSound(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name != ".git" &&
         name.find('/') == std::string_view::npos;
}

/// git's order: by bytes, a folder as if its name ended in '/'.
bool Precedes(const TreeEntry& a, const TreeEntry& b) {
  const std::size_t common = std::min(a.name.size(), b.name.size());
  const int order = std::memcmp(a.name.data(), b.name.data(), common);
  if (order != 0) return order < 0;
  const auto next = [common](const TreeEntry& entry) -> int {
    if (entry.name.size() > common) return static_cast<unsigned char>(entry.name[common]);
    return entry.kind == EntryKind::kTree ? '/' : 0;
  };
  return next(a) < next(b);
}

}  // namespace

Result<std::vector<TreeEntry>> DecodeTree(std::string_view raw, std::size_t id_bytes) {
  if (id_bytes != 20 && id_bytes != 32) {
    return MakeError(ErrorCode::kInvalidArgument, "an object id has 20 or 32 bytes");
  }
  std::vector<TreeEntry> entries;
  std::size_t at = 0;
  while (at < raw.size()) {
    const std::size_t begin = at;
    std::uint32_t mode = 0;
    while (at < raw.size() && at - begin < kMostModeDigits && raw[at] >= '0' && raw[at] <= '7') {
      mode = mode * 8 + static_cast<std::uint32_t>(raw[at++] - '0');
    }
    EntryKind kind{};
    if (at == begin || at >= raw.size() || raw[at] != ' ' || !KindOf(mode, kind)) {
      return Corrupt("malformed mode", begin);
    }
    const std::size_t name_begin = ++at;
    const std::size_t name_end = raw.find('\0', name_begin);
    if (name_end == std::string_view::npos) return Corrupt("name without end", name_begin);
    const std::string_view name = raw.substr(name_begin, name_end - name_begin);
    if (!NameIsSound(name)) return Corrupt("impossible name", name_begin);
    at = name_end + 1;
    if (raw.size() - at < id_bytes) return Corrupt("truncated object id", at);
    TreeEntry entry{kind, kind == EntryKind::kBlob && (mode & kExecutableBits) != 0, name,
                    ObjectId{std::string(raw.substr(at, id_bytes))}};
    at += id_bytes;
    if (!entries.empty() && !Precedes(entries.back(), entry)) return Corrupt("entries out of order", begin);
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace coppice::store
