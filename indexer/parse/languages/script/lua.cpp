#include <array>
#include <string>

#include "indexer/parse/languages/finding.h"
#include "indexer/parse/rules.h"

namespace coppice::indexer {
namespace {

using store::ReferenceKind;
using store::SymbolKind;

bool IsA(TSNode node, std::string_view type) { return !IsNull(node) && TypeOf(node) == type; }

/// `f`, `a.b.f` and `a.b:f`: the last name, and what stands before it as its scope.
Found FoundAtPath(const NodeContext& context, TSNode path, SymbolKind kind) {
  if (IsA(path, "identifier")) return FoundAt(context, path, kind);
  const bool method = IsA(path, "method_index_expression");
  const TSNode table = FieldOf(path, "table");
  const TSNode name = FieldOf(path, method ? "method" : "field");
  if (IsNull(table) || IsNull(name)) return {};
  Found found = FoundAt(context, name, method ? SymbolKind::kMethod : kind);
  found.qualifier = TextOf(context.text, table);
  if (found.qualifier.find_first_of("()[] \n\t:") != std::string::npos) return {};
  return found;
}

void EndAfterParameters(Found& found, TSNode function) {
  const TSNode parameters = FieldOf(function, "parameters");
  if (!IsNull(parameters)) found.signature_end = EndOf(parameters);
}

void FindFunction(const NodeContext& context, const DefinitionRule& rule,
                  std::vector<Found>& found) {
  const TSNode name = FieldOf(context.node, "name");
  if (IsNull(name)) return;
  Found result = FoundAtPath(context, name, rule.kind);
  EndAfterParameters(result, context.node);
  found.push_back(std::move(result));
}

bool IsRequire(const NodeContext& context, TSNode value) {
  return IsA(value, "function_call") && TextOf(context.text, FieldOf(value, "name")) == "require";
}

/// A name and its value; what the value is decides what is defined.
void AddBound(const NodeContext& context, Found result, TSNode value, std::vector<Found>& found) {
  result.opens_scope = false;
  if (IsA(value, "function_definition")) {
    if (result.kind != SymbolKind::kMethod) result.kind = SymbolKind::kFunction;
    result.opens_scope = true;
    EndAfterParameters(result, value);
  } else if (context.in_code) {
    return;
  } else if (IsA(value, "table_constructor")) {
    result.opens_scope = true;
    EndBeforeLong(result, value);
  } else {
    EndBeforeLong(result, value);
  }
  found.push_back(std::move(result));
}

/// `local a, b = 1, f`, `Queue.limit = 3`. What `require` gives is an import.
void FindAssigned(const NodeContext& context, const DefinitionRule& rule,
                  std::vector<Found>& found) {
  const TSNode names = ChildOfType(context.node, "variable_list");
  const TSNode values = ChildOfType(context.node, "expression_list");
  if (IsNull(names)) return;
  std::uint32_t index = 0;
  std::vector<TSNode> plain;
  bool constant = false;
  ForEachNamedChild(names, [&](TSNode child) {
    if (TypeOf(child) == "attribute") {
      constant = TextOf(context.text, child) == "<const>";
    } else {
      plain.push_back(child);
    }
  });
  for (const TSNode name : plain) {
    const TSNode value = IsNull(values) ? TSNode{} : ts_node_named_child(values, index++);
    const bool path = IsA(name, "dot_index_expression");
    if ((!path && !IsA(name, "identifier")) || IsRequire(context, value)) continue;
    Found result = FoundAtPath(context, name, path ? SymbolKind::kField : rule.kind);
    if (result.qualifier == "self" || result.name.starts_with("__")) continue;
    if (!path && (constant || IsAllCaps(result.name))) result.kind = SymbolKind::kConstant;
    AddBound(context, std::move(result), value, found);
  }
}

/// `{ name = value }` in a table that has a name itself; a function has one in any table.
void FindField(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode name = FieldOf(context.node, "name");
  const TSNode value = FieldOf(context.node, "value");
  if (!IsA(name, "identifier")) return;
  Found result = FoundAt(context, name, rule.kind);
  if (result.name.starts_with("__")) return;
  if (context.scope == SymbolKind::kNone && !IsA(value, "function_definition")) return;
  AddBound(context, std::move(result), value, found);
}

/// A call; `require "x"` imports.
void UseCall(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode name = FieldOf(context.node, "name");
  if (IsNull(name)) return;
  if (IsRequire(context, context.node)) {
    const TSNode arguments = FieldOf(context.node, "arguments");
    const TSNode first = IsNull(arguments) ? TSNode{} : ts_node_named_child(arguments, 0);
    if (IsA(first, "string")) AddImport(context, first, uses);
    return;
  }
  uses.push_back({ReferenceKind::kCall, name, {}});
}

/// `{ __index = Base }` inherits.
void UseBase(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode name = FieldOf(context.node, "name");
  const TSNode value = FieldOf(context.node, "value");
  if (!IsA(name, "identifier") || TextOf(context.text, name) != "__index") return;
  if (IsA(value, "identifier") || IsA(value, "dot_index_expression")) {
    uses.push_back({ReferenceKind::kType, value, {}});
  }
}

constexpr std::array kDefinitions = {
    DefinitionRule{"function_declaration", SymbolKind::kFunction, kScope | kAnywhere, "name",
                   "body", FindFunction},
    DefinitionRule{"assignment_statement", SymbolKind::kVariable, kScope | kAnywhere, "", "",
                   FindAssigned},
    DefinitionRule{"field", SymbolKind::kField, kScope | kAnywhere, "name", "", FindField},
};

constexpr std::array kReferences = {
    ReferenceRule{"function_call", ReferenceKind::kCall, {}, UseCall},
    ReferenceRule{"field", ReferenceKind::kType, {}, UseBase},
};

constexpr std::array<std::string_view, 1> kComments = {"comment"};
constexpr std::array<std::string_view, 1> kWrappers = {"variable_declaration"};
constexpr std::array<std::string_view, 2> kCode = {"function_declaration", "function_definition"};
constexpr std::array<std::string_view, 12> kIgnoredNames = {
    "assert", "error",  "getmetatable", "ipairs",       "pairs",    "pcall",
    "print",  "rawget", "rawset",       "setmetatable", "tostring", "type"};

constexpr LanguageRules kLua = {
    .separator = ".",
    .definitions = kDefinitions,
    .references = kReferences,
    .comments = kComments,
    .wrappers = kWrappers,
    .code = kCode,
    .ignored_names = kIgnoredNames,
};

}  // namespace

const LanguageRules& LuaRules() { return kLua; }

}  // namespace coppice::indexer
