#include "indexer/git/commit_text.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

#include "base/format.h"

namespace coppice::indexer {
namespace {

using store::ObjectId;

Error Corrupt(const char* what, const ObjectId& id, const char* why) {
  return MakeError(ErrorCode::kCorrupt, fmt::format("{} {}: {}", what, id.ToHex(), why),
                   "run `git fsck` in the repository");
}

/// Takes "key value\n" off the front where it begins with that key.
std::optional<std::string_view> TakeField(std::string_view& rest, std::string_view key) {
  if (!rest.starts_with(key) || rest.size() <= key.size() || rest[key.size()] != ' ') {
    return std::nullopt;
  }
  const std::size_t end = rest.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view value = rest.substr(key.size() + 1, end - key.size() - 1);
  rest.remove_prefix(end + 1);
  return value;
}

/// An id as long as `like`; nothing where it is none.
std::optional<ObjectId> IdOf(std::string_view hex, const ObjectId& like) {
  const auto bytes = FromHex(hex);
  if (!bytes || bytes->size() != like.bytes.size()) return std::nullopt;
  return ObjectId{*bytes};
}

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\n\v\f\r";
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

/// `Name <mail> 1700000000 +0100`. A time that is no number is 0.
bool TakeAuthor(std::string_view line, store::CommitRecord& record) {
  const std::size_t open = line.find('<');
  const std::size_t close = line.rfind('>');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) {
    return false;
  }
  record.author = fmt::format("{} <{}>", Trim(line.substr(0, open)),
                              Trim(line.substr(open + 1, close - open - 1)));
  const std::string_view time = Trim(line.substr(close + 1));
  std::from_chars(time.data(), time.data() + time.size(), record.author_time);
  return true;
}

}  // namespace

Result<store::CommitRecord> DecodeCommit(const ObjectId& id, std::string_view raw) {
  store::CommitRecord record;
  record.id = id;
  std::string_view rest = raw;
  const auto tree = TakeField(rest, "tree");
  const auto tree_id = tree ? IdOf(*tree, id) : std::nullopt;
  if (!tree_id) return Corrupt("commit", id, "no tree");
  record.tree = *tree_id;
  while (const auto parent = TakeField(rest, "parent")) {
    const auto parent_id = IdOf(*parent, id);
    if (!parent_id) return Corrupt("commit", id, "malformed parent");
    record.parents.push_back(*parent_id);
  }
  const auto author = TakeField(rest, "author");
  if (!author || !TakeAuthor(*author, record)) return Corrupt("commit", id, "malformed author");
  const std::size_t blank = rest.find("\n\n");
  if (blank != std::string_view::npos) record.message = rest.substr(blank + 2);
  return record;
}

Result<ObjectId> DecodeFirstParent(const ObjectId& id, std::string_view raw) {
  if (!TakeField(raw, "tree")) return Corrupt("commit", id, "no tree");
  const auto parent = TakeField(raw, "parent");
  if (!parent) return ObjectId{};
  const auto parent_id = IdOf(*parent, id);
  if (!parent_id) return Corrupt("commit", id, "malformed parent");
  return *parent_id;
}

Result<ObjectId> DecodeTagTarget(const ObjectId& id, std::string_view raw) {
  const auto target = TakeField(raw, "object");
  const auto target_id = target ? IdOf(*target, id) : std::nullopt;
  if (!target_id) return Corrupt("tag", id, "no object");
  return *target_id;
}

}  // namespace coppice::indexer
