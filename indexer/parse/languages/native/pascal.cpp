#include <array>
#include <string>

#include "indexer/parse/languages/finding.h"
#include "indexer/parse/rules.h"

namespace coppice::indexer {
namespace {

using store::ReferenceKind;
using store::SymbolKind;

/// `A, B: Integer`: each name by itself.
void FindNames(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const std::uint32_t count = ts_node_child_count(context.node);
  for (std::uint32_t i = 0; i < count; ++i) {
    const char* field = ts_node_field_name_for_child(context.node, i);
    const TSNode name = ts_node_child(context.node, i);
    if (field == nullptr || std::string_view(field) != "name" || !ts_node_is_named(name)) continue;
    found.push_back(FoundAt(context, name, rule.kind));
  }
}

/// Where the members of a class, a record or an interface begin.
std::uint32_t BeginOfMembers(TSNode type) {
  const std::uint32_t count = ts_node_named_child_count(type);
  for (std::uint32_t i = 0; i < count; ++i) {
    const TSNode child = ts_node_named_child(type, i);
    const std::string_view kind = TypeOf(child);
    if (kind.starts_with("decl") || kind == "kEnd" || kind == "comment") return BeginOf(child);
  }
  return 0;
}

void FindType(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode name = FieldOf(context.node, "name");
  const TSNode type = FieldOf(context.node, "type");
  if (IsNull(name) || IsNull(type)) return;
  Found result = FoundAt(context, name, rule.kind);
  if (TypeOf(type) == "declClass" || TypeOf(type) == "declIntf") {
    const bool record = !IsNull(ChildOfType(type, "kRecord"));
    result.kind = record ? SymbolKind::kStruct : SymbolKind::kClass;
    if (TypeOf(type) == "declIntf") result.kind = SymbolKind::kInterface;
    result.signature_end = BeginOfMembers(type);
  } else if (!IsNull(ChildOfType(type, "declEnum"))) {
    result.kind = SymbolKind::kEnum;
  }
  found.push_back(std::move(result));
}

/// The name of a routine's head: `TLedger.Add` belongs to its class.
void FindHead(const NodeContext& context, const DefinitionRule& rule, TSNode head,
              std::vector<Found>& found) {
  const TSNode name = FieldOf(head, "name");
  if (IsNull(name)) return;
  Found result = FoundAt(context, name, rule.kind);
  const std::size_t dot = result.name.rfind('.');
  if (dot != std::string::npos) {
    result.kind = SymbolKind::kMethod;
    result.qualifier = result.name.substr(0, dot);
    result.name.erase(0, dot + 1);
  }
  found.push_back(std::move(result));
}

void FindDeclared(const NodeContext& context, const DefinitionRule& rule,
                  std::vector<Found>& found) {
  if (!IsNull(context.parent) && TypeOf(context.parent) == "defProc") return;
  FindHead(context, rule, context.node, found);
}

void FindDefined(const NodeContext& context, const DefinitionRule& rule,
                 std::vector<Found>& found) {
  const TSNode head = FieldOf(context.node, "header");
  if (IsNull(head)) return;
  FindHead(context, rule, head, found);
  if (!found.empty()) found.back().signature_end = EndOf(head);
}

void FindModule(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode name = ChildOfType(context.node, "moduleName");
  if (IsNull(name)) return;
  found.push_back(FoundAt(context, name, rule.kind));
  found.back().signature_end = EndOf(name);
}

void UseModules(const NodeContext& context, std::vector<Use>& uses) {
  ForEachNamedChild(context.node, [&](TSNode module) {
    if (TypeOf(module) != "moduleName") return;
    uses.push_back({ReferenceKind::kImport, module, std::string(TextOf(context.text, module))});
  });
}

constexpr std::array kDefinitions = {
    DefinitionRule{"unit", SymbolKind::kNamespace, kPlain, "", "", FindModule},
    DefinitionRule{"program", SymbolKind::kNamespace, kPlain, "", "", FindModule},
    DefinitionRule{"library", SymbolKind::kNamespace, kPlain, "", "", FindModule},
    DefinitionRule{"declType", SymbolKind::kType, kScope, "name", "", FindType},
    DefinitionRule{"declEnumValue", SymbolKind::kConstant, kPlain, "name", ""},
    DefinitionRule{"declField", SymbolKind::kField, kPlain, "name", "", FindNames},
    DefinitionRule{"declProp", SymbolKind::kField, kPlain, "name", ""},
    DefinitionRule{"declConst", SymbolKind::kConstant, kPlain, "name", ""},
    DefinitionRule{"declVar", SymbolKind::kVariable, kPlain, "name", "", FindNames},
    DefinitionRule{"declProc", SymbolKind::kFunction, kPlain, "name", "", FindDeclared},
    DefinitionRule{"defProc", SymbolKind::kFunction, kPlain, "", "", FindDefined},
};

constexpr std::array kReferences = {
    ReferenceRule{"exprCall", ReferenceKind::kCall, "entity"},
    ReferenceRule{"typeref", ReferenceKind::kType},
    ReferenceRule{"declUses", ReferenceKind::kImport, {}, UseModules},
};

constexpr std::array<std::string_view, 1> kComments = {"comment"};
constexpr std::array<std::string_view, 1> kCode = {"defProc"};
constexpr std::array<std::string_view, 12> kIgnoredNames = {
    "Integer", "Boolean", "String", "Char", "Byte",      "Word",
    "Low",     "High",    "Length", "Ord",  "SetLength", "TObject"};

constexpr LanguageRules kPascal = {
    .separator = ".",
    .definitions = kDefinitions,
    .references = kReferences,
    .comments = kComments,
    .code = kCode,
    .ignored_names = kIgnoredNames,
};

}  // namespace

const LanguageRules& PascalRules() { return kPascal; }

}  // namespace coppice::indexer
