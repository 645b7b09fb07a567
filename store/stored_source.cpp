#include "store/stored_source.h"

#include <unordered_set>
#include <utility>

#include "base/format.h"
#include "store/pg/transaction.h"
#include "store/tree/attributes.h"
#include "store/tree/raw_tree.h"

namespace coppice::store {

Result<std::string> StoredSource::ReadTree(const ObjectId& id) {
  if (!std::exchange(read_ahead_, true)) COPPICE_TRY(ReadAhead(id));
  if (!raw_.contains(id.bytes)) COPPICE_TRY(Load({id.bytes}));
  const auto found = raw_.find(id.bytes);
  if (found == raw_.end()) {
    return MakeError(ErrorCode::kNotFound, fmt::format("tree {} is not stored", id.ToHex()));
  }
  return found->second;
}

Result<std::string> StoredSource::ReadAttributes(const ObjectId& id) {
  if (!raw_.contains(id.bytes)) COPPICE_TRY(Load({id.bytes}));
  const auto found = raw_.find(id.bytes);
  if (found == raw_.end()) {
    return MakeError(ErrorCode::kNotFound, fmt::format("attributes {} are not stored", id.ToHex()));
  }
  return found->second;
}

Result<void> StoredSource::ReadAhead(const ObjectId& root) {
  std::unordered_set<std::string> asked = {root.bytes};
  std::vector<std::string> level = {root.bytes};
  std::unordered_set<std::string> trees = {root.bytes};
  while (!level.empty()) {
    COPPICE_TRY(Load(level));
    std::vector<std::string> next;
    for (const std::string& id : level) {
      const auto found = raw_.find(id);
      if (found == raw_.end() || !trees.contains(id)) continue;
      COPPICE_ASSIGN(const auto entries, DecodeTree(found->second, id.size()));
      for (const TreeEntry& entry : entries) {
        const bool tree = entry.kind == EntryKind::kTree;
        const bool attributes = entry.kind == EntryKind::kBlob && entry.name == kAttributesFile;
        if (tree) trees.insert(entry.id.bytes);
        if ((tree || attributes) && asked.insert(entry.id.bytes).second) next.push_back(entry.id.bytes);
      }
    }
    level = std::move(next);
  }
  return {};
}

Result<void> StoredSource::Load(const std::vector<std::string>& ids) {
  const std::vector<std::string_view> views(ids.begin(), ids.end());
  return RunTransaction(pool_, PgAccess::kRead, deadline_, [&](PgTransaction& tx) -> Result<void> {
    COPPICE_ASSIGN(const SpaceNo space, SpaceOf(tx, repo_));
    for (const auto& row : tx.Query(
             "SELECT t.oid, t.raw FROM unnest($3::bytea[]) AS k (oid) "
             "CROSS JOIN LATERAL (SELECT oid, raw FROM coppice.git_tree "
             "  WHERE space = $1 AND repo = $2 AND oid = k.oid OFFSET 0) AS t",
             space.value, repo_.value, BinaryArray::OfBytes(views).parameter())) {
      raw_.insert_or_assign(ReadBytes(row[0]), ReadBytes(row[1]));
    }
    return {};
  });
}

}  // namespace coppice::store
