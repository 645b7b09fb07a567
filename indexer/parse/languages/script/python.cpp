#include <array>
#include <string>

#include "indexer/parse/rules.h"

namespace coppice::indexer {
namespace {

using store::ReferenceKind;
using store::SymbolKind;

/// `NAME = value` in a module or a class; not `a.b = value` and not `a[i] = value`.
void FindAssigned(const NodeContext& context, const DefinitionRule& rule,
                  std::vector<Found>& found) {
  const TSNode left = FieldOf(context.node, "left");
  if (IsNull(left) || TypeOf(left) != "identifier") return;
  if (IsNull(context.parent) || TypeOf(context.parent) != "expression_statement") return;
  Found result;
  result.name = TextOf(context.text, left);
  result.name_begin = BeginOf(left);
  result.kind = rule.kind;
  if (IsAllCaps(result.name) && context.scope == SymbolKind::kNone) {
    result.kind = SymbolKind::kConstant;
  }
  const TSNode right = FieldOf(context.node, "right");
  if (!IsNull(right) && EndOf(right) - BeginOf(right) > 80) result.signature_end = BeginOf(right);
  found.push_back(std::move(result));
}

void FindTypeAlias(const NodeContext& context, const DefinitionRule& rule,
                   std::vector<Found>& found) {
  const TSNode left = FieldOf(context.node, "left");
  if (IsNull(left)) return;
  TSNode at = left;
  const std::string_view name = LastName(context.text, left, &at);
  Found result;
  result.kind = rule.kind;
  result.name = name;
  result.name_begin = BeginOf(at);
  found.push_back(std::move(result));
}

/// Every name in an annotation: `Dict[str, m.Bar]` uses three types.
void UseTypes(const NodeContext& context, std::vector<Use>& uses) {
  constexpr std::size_t kMaxNodes = 200;
  std::vector<TSNode> open{context.node};
  for (std::size_t seen = 0; !open.empty() && seen < kMaxNodes; ++seen) {
    const TSNode node = open.back();
    open.pop_back();
    const std::string_view type = TypeOf(node);
    if (type == "identifier" || type == "attribute") {
      uses.push_back({ReferenceKind::kType, node, {}});
      continue;
    }
    // A `type` node below is visited by itself.
    if (type == "type" && !ts_node_eq(node, context.node)) continue;
    if (type == "keyword_argument") continue;
    ForEachNamedChild(node, [&](TSNode child) { open.push_back(child); });
  }
}

void UseBases(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode bases = FieldOf(context.node, "superclasses");
  if (IsNull(bases)) return;
  NodeContext inner = context;
  inner.node = bases;
  UseTypes(inner, uses);
}

void UseImport(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode module = FieldOf(context.node, "module_name");
  if (!IsNull(module)) {
    uses.push_back({ReferenceKind::kImport, module, std::string(TextOf(context.text, module))});
  }
  const std::uint32_t count = ts_node_child_count(context.node);
  for (std::uint32_t i = 0; i < count; ++i) {
    const char* field = ts_node_field_name_for_child(context.node, i);
    if (field == nullptr || std::string_view(field) != "name") continue;
    TSNode name = ts_node_child(context.node, i);
    if (TypeOf(name) == "aliased_import") name = FieldOf(name, "name");
    uses.push_back({ReferenceKind::kImport, name, std::string(TextOf(context.text, name))});
  }
}

/// The string that is the first statement of a body.
store::ByteRange Docstring(const NodeContext& context) {
  const TSNode body = FieldOf(context.node, "body");
  if (IsNull(body) || TypeOf(body) != "block") return {};
  const TSNode first = ts_node_named_child(body, 0);
  if (IsNull(first) || TypeOf(first) != "expression_statement") return {};
  const TSNode string = ts_node_named_child(first, 0);
  if (IsNull(string) || TypeOf(string) != "string") return {};
  return {BeginOf(string), EndOf(string)};
}

constexpr std::array kDefinitions = {
    DefinitionRule{"function_definition", SymbolKind::kFunction, kScope | kAnywhere},
    DefinitionRule{"class_definition", SymbolKind::kClass, kScope | kAnywhere},
    DefinitionRule{"assignment", SymbolKind::kVariable, kPlain, "left", "", FindAssigned},
    DefinitionRule{"type_alias_statement", SymbolKind::kType, kPlain, "left", "", FindTypeAlias},
};

constexpr std::array kReferences = {
    ReferenceRule{"call", ReferenceKind::kCall, "function"},
    ReferenceRule{"type", ReferenceKind::kType, {}, UseTypes},
    ReferenceRule{"class_definition", ReferenceKind::kType, {}, UseBases},
    ReferenceRule{"import_statement", ReferenceKind::kImport, {}, UseImport},
    ReferenceRule{"import_from_statement", ReferenceKind::kImport, {}, UseImport},
};

constexpr std::array<std::string_view, 1> kComments = {"comment"};
constexpr std::array<std::string_view, 1> kWrappers = {"expression_statement"};
constexpr std::array<std::string_view, 1> kUnsignedWrappers = {"decorated_definition"};
constexpr std::array<std::string_view, 2> kCode = {"function_definition", "lambda"};
constexpr std::array<std::string_view, 14> kIgnoredNames = {
    "int", "str",      "float", "bool", "bytes", "object", "None",
    "Any", "Optional", "Union", "dict", "list",  "tuple",  "set"};

constexpr LanguageRules kPython = {
    .separator = ".",
    .definitions = kDefinitions,
    .references = kReferences,
    .comments = kComments,
    .wrappers = kWrappers,
    .unsigned_wrappers = kUnsignedWrappers,
    .code = kCode,
    .ignored_names = kIgnoredNames,
    .inner_doc = Docstring,
};

}  // namespace

const LanguageRules& PythonRules() { return kPython; }

}  // namespace coppice::indexer
