#include "indexer/parse/languages/finding.h"

#include <string>

namespace coppice::indexer {

Found FoundAt(const NodeContext& context, TSNode name, store::SymbolKind kind) {
  Found found;
  found.kind = kind;
  found.name = TextOf(context.text, name);
  found.name_begin = BeginOf(name);
  return found;
}

void EndBeforeLong(Found& found, TSNode value) {
  constexpr std::uint32_t kLongBytes = 80;
  if (!IsNull(value) && EndOf(value) - BeginOf(value) > kLongBytes) EndBefore(found, value);
}

void EndBefore(Found& found, TSNode node) {
  if (!IsNull(node)) found.signature_end = BeginOf(node);
}

bool HasWord(const NodeContext& context, TSNode node, std::string_view type,
             std::string_view word) {
  bool has = false;
  ForEachNamedChild(node, [&](TSNode child) {
    has = has || (TypeOf(child) == type && TextOf(context.text, child) == word);
  });
  return has;
}

void AddImport(const NodeContext& context, TSNode node, std::vector<Use>& uses) {
  if (IsNull(node)) return;
  uses.push_back(
      {store::ReferenceKind::kImport, node, std::string(Unquoted(TextOf(context.text, node)))});
}

void UseImportOfJava(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode path = ts_node_named_child(context.node, 0);
  if (IsNull(path)) return;
  std::string name(TextOf(context.text, path));
  if (!IsNull(ChildOfType(context.node, "asterisk"))) name += ".*";
  uses.push_back({store::ReferenceKind::kImport, path, std::move(name)});
}

}  // namespace coppice::indexer
