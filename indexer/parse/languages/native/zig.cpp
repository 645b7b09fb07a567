#include <algorithm>
#include <array>
#include <string>

#include "indexer/parse/languages/finding.h"
#include "indexer/parse/rules.h"

namespace coppice::indexer {
namespace {

using store::ReferenceKind;
using store::SymbolKind;

bool IsContainer(TSNode node) {
  if (IsNull(node)) return false;
  const std::string_view type = TypeOf(node);
  return type == "struct_declaration" || type == "enum_declaration" ||
         type == "union_declaration" || type == "opaque_declaration";
}

bool HasToken(TSNode node, std::string_view token) {
  const std::uint32_t count = ts_node_child_count(node);
  for (std::uint32_t i = 0; i < count; ++i) {
    if (TypeOf(ts_node_child(node, i)) == token) return true;
  }
  return false;
}

/// The name of a `@builtin(…)`; empty for anything else.
std::string_view Builtin(const NodeContext& context, TSNode node) {
  if (IsNull(node) || TypeOf(node) != "builtin_function") return {};
  const TSNode name = ChildOfType(node, "builtin_identifier");
  return IsNull(name) ? std::string_view() : TextOf(context.text, name);
}

/// The kind of a constant that holds a type; kNone for a plain value.
SymbolKind KindOfType(const NodeContext& context, TSNode value) {
  const std::string_view type = TypeOf(value);
  if (type == "enum_declaration" || type == "error_set_declaration") return SymbolKind::kEnum;
  if (type == "union_declaration") return SymbolKind::kUnion;
  if (IsContainer(value)) return SymbolKind::kStruct;
  if (type.ends_with("_type") || Builtin(context, value) == "@This") return SymbolKind::kType;
  return SymbolKind::kNone;
}

/// `const a = 1`, `var b: u8 = 0`, `const C = struct { … }`. What `@import` gives is an import.
void FindVariable(const NodeContext& context, const DefinitionRule& rule,
                  std::vector<Found>& found) {
  const bool constant = HasToken(context.node, "const");
  const TSNode name = ChildOfType(context.node, "identifier");
  if (IsNull(name) || (!constant && !HasToken(context.node, "var"))) return;
  Found result = FoundAt(context, name, constant ? SymbolKind::kConstant : rule.kind);
  result.opens_scope = false;
  const TSNode value = LastNamedChild(context.node);
  if (result.name == "_" || Builtin(context, value) == "@import") return;
  const SymbolKind kind =
      BeginOf(value) > BeginOf(name) ? KindOfType(context, value) : SymbolKind::kNone;
  const TSNode type = FieldOf(context.node, "type");
  const bool only_typed = !IsNull(type) && ts_node_eq(type, value);
  if (kind != SymbolKind::kNone && !only_typed) {
    result.kind = kind;
    result.opens_scope = kind != SymbolKind::kType;
    const std::uint32_t count = ts_node_child_count(value);
    for (std::uint32_t i = 0; i < count && result.opens_scope; ++i) {
      const TSNode child = ts_node_child(value, i);
      if (TypeOf(child) != "{") continue;
      EndBefore(result, child);
      break;
    }
  } else if (context.in_code) {
    return;
  } else {
    EndBeforeLong(result, value);
  }
  if (context.in_code && !result.opens_scope) return;
  found.push_back(std::move(result));
}

/// A function among the fields of a type is a method of it.
void FindFunction(const NodeContext& context, const DefinitionRule& rule,
                  std::vector<Found>& found) {
  const TSNode name = FieldOf(context.node, "name");
  if (IsNull(name)) return;
  found.push_back(
      FoundAt(context, name, IsContainer(context.parent) ? SymbolKind::kMethod : rule.kind));
}

void FindField(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode name = FieldOf(context.node, "name");
  if (IsNull(name) || TypeOf(name) != "identifier") return;
  const bool value = !IsNull(context.parent) && TypeOf(context.parent) == "enum_declaration";
  found.push_back(FoundAt(context, name, value ? SymbolKind::kConstant : rule.kind));
}

/// `error{ A, B }`
void FindError(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  if (IsNull(context.parent) || TypeOf(context.parent) != "error_set_declaration") return;
  if (context.scope == SymbolKind::kEnum) {
    found.push_back(FoundAt(context, context.node, rule.kind));
  }
}

/// `test "name" { … }`
void FindTest(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode name = ts_node_named_child(context.node, 0);
  if (IsNull(name) || TypeOf(name) == "block") return;
  Found result = FoundAt(context, name, rule.kind);
  if (TypeOf(name) == "identifier") {  // the test of what has that name
    result.name_begin = BeginOf(context.node);
    result.name = "test " + result.name;
  }
  result.name = Unquoted(result.name);
  EndBefore(result, ChildOfType(context.node, "block"));
  found.push_back(std::move(result));
}

/// Every name in an expression that stands where a type does: `std.ArrayList(?*Page)`.
void AddTypes(TSNode type, std::vector<Use>& uses) {
  constexpr std::size_t kMaxNodes = 100;
  if (IsNull(type)) return;
  std::vector<TSNode> open{type};
  for (std::size_t seen = 0; !open.empty() && seen < kMaxNodes; ++seen) {
    const TSNode node = open.back();
    open.pop_back();
    if (TypeOf(node) == "identifier" || TypeOf(node) == "field_expression") {
      uses.push_back({ReferenceKind::kType, node, {}});
    } else if (TypeOf(node) != "function_signature" && !IsContainer(node)) {
      ForEachNamedChild(node, [&](TSNode child) { open.push_back(child); });
    }
  }
}

void UseType(const NodeContext& context, std::vector<Use>& uses) {
  AddTypes(FieldOf(context.node, "type"), uses);
}

/// `Page{ … }`
void UseInitializer(const NodeContext& context, std::vector<Use>& uses) {
  AddTypes(ts_node_named_child(context.node, 0), uses);
}

/// `@import("a.zig")`
void UseImport(const NodeContext& context, std::vector<Use>& uses) {
  if (Builtin(context, context.node) != "@import") return;
  const TSNode arguments = ChildOfType(context.node, "arguments");
  if (!IsNull(arguments)) AddImport(context, ts_node_named_child(arguments, 0), uses);
}

constexpr std::array kDefinitions = {
    DefinitionRule{"variable_declaration", SymbolKind::kVariable, kScope | kAnywhere, "", "",
                   FindVariable},
    DefinitionRule{"function_declaration", SymbolKind::kFunction, kScope | kAnywhere, "name",
                   "body", FindFunction},
    DefinitionRule{"container_field", SymbolKind::kField, kAnywhere, "name", "", FindField},
    DefinitionRule{"identifier", SymbolKind::kConstant, kPlain, "", "", FindError},
    DefinitionRule{"test_declaration", SymbolKind::kFunction, kScope, "", "", FindTest},
};

constexpr std::array kReferences = {
    ReferenceRule{"call_expression", ReferenceKind::kCall, "function"},
    ReferenceRule{"parameter", ReferenceKind::kType, {}, UseType},
    ReferenceRule{"container_field", ReferenceKind::kType, {}, UseType},
    ReferenceRule{"variable_declaration", ReferenceKind::kType, {}, UseType},
    ReferenceRule{"function_declaration", ReferenceKind::kType, {}, UseType},
    ReferenceRule{"function_signature", ReferenceKind::kType, {}, UseType},
    ReferenceRule{"struct_initializer", ReferenceKind::kType, {}, UseInitializer},
    ReferenceRule{"builtin_function", ReferenceKind::kImport, {}, UseImport},
};

constexpr std::array<std::string_view, 1> kComments = {"comment"};
constexpr std::array<std::string_view, 1> kCode = {"block"};
constexpr std::array<std::string_view, 2> kIgnoredNames = {"Self", "T"};

constexpr LanguageRules kZig = {
    .separator = ".",
    .definitions = kDefinitions,
    .references = kReferences,
    .comments = kComments,
    .code = kCode,
    .ignored_names = kIgnoredNames,
};

}  // namespace

const LanguageRules& ZigRules() { return kZig; }

}  // namespace coppice::indexer
