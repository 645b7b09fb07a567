#include <array>
#include <string>

#include "indexer/parse/languages/finding.h"
#include "indexer/parse/rules.h"

namespace coppice::indexer {
namespace {

using store::ReferenceKind;
using store::SymbolKind;

/// "T" of `(t *pkg.T[K])`.
std::string ReceiverType(const NodeContext& context) {
  const TSNode receiver = FieldOf(context.node, "receiver");
  if (IsNull(receiver)) return {};
  const TSNode parameter = ChildOfType(receiver, "parameter_declaration");
  if (IsNull(parameter)) return {};
  TSNode type = FieldOf(parameter, "type");
  constexpr int kMaxSteps = 8;
  for (int i = 0; i < kMaxSteps && !IsNull(type); ++i) {
    if (TypeOf(type) == "type_identifier") return std::string(TextOf(context.text, type));
    const TSNode inner = FieldOf(type, "type");
    type = IsNull(inner) ? ts_node_named_child(type, 0) : inner;
  }
  return {};
}

void FindMethod(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode name = FieldOf(context.node, "name");
  if (IsNull(name)) return;
  Found result;
  result.kind = rule.kind;
  result.name = TextOf(context.text, name);
  result.qualifier = ReceiverType(context);
  result.name_begin = BeginOf(name);
  found.push_back(std::move(result));
}

void FindType(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode name = FieldOf(context.node, "name");
  const TSNode type = FieldOf(context.node, "type");
  if (IsNull(name) || IsNull(type)) return;
  Found result = FoundAt(context, name, rule.kind);
  if (TypeOf(type) == "struct_type") {
    result.kind = SymbolKind::kStruct;
    const TSNode fields = ChildOfType(type, "field_declaration_list");
    if (!IsNull(fields)) result.signature_end = BeginOf(fields);
  } else if (TypeOf(type) == "interface_type") {
    result.kind = SymbolKind::kInterface;
    result.signature_end =
        BeginOf(type) + static_cast<std::uint32_t>(std::string_view("interface").size());
  }
  found.push_back(std::move(result));
}

/// `A, B int`, `K = iota`: each name by itself.
void FindNames(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode value = FieldOf(context.node, "value");
  const std::uint32_t count = ts_node_child_count(context.node);
  for (std::uint32_t i = 0; i < count; ++i) {
    const char* field = ts_node_field_name_for_child(context.node, i);
    if (field == nullptr || std::string_view(field) != "name") continue;
    const TSNode name = ts_node_child(context.node, i);
    if (!ts_node_is_named(name)) continue;  // the comma
    Found result = FoundAt(context, name, rule.kind);
    if (result.name == "_") continue;
    EndBeforeLong(result, value);
    found.push_back(std::move(result));
  }
}

void UseImport(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode path = FieldOf(context.node, "path");
  if (IsNull(path)) return;
  uses.push_back({ReferenceKind::kImport, path, std::string(Unquoted(TextOf(context.text, path)))});
}

constexpr std::array kDefinitions = {
    DefinitionRule{"function_declaration", SymbolKind::kFunction, kScope},
    DefinitionRule{"method_declaration", SymbolKind::kMethod, kScope, "name", "body", FindMethod},
    DefinitionRule{"type_spec", SymbolKind::kType, kScope | kAnywhere, "name", "", FindType},
    DefinitionRule{"type_alias", SymbolKind::kType, kPlain, "name", ""},
    DefinitionRule{"const_spec", SymbolKind::kConstant, kPlain, "name", "", FindNames},
    DefinitionRule{"var_spec", SymbolKind::kVariable, kPlain, "name", "", FindNames},
    DefinitionRule{"field_declaration", SymbolKind::kField, kPlain, "name", "", FindNames},
    DefinitionRule{"method_elem", SymbolKind::kMethod, kPlain, "name", ""},
};

constexpr std::array kReferences = {
    ReferenceRule{"call_expression", ReferenceKind::kCall, "function"},
    ReferenceRule{"type_identifier", ReferenceKind::kType},
    ReferenceRule{"import_spec", ReferenceKind::kImport, {}, UseImport},
};

constexpr std::array<std::string_view, 1> kComments = {"comment"};
constexpr std::array<std::string_view, 3> kWrappers = {"type_declaration", "const_declaration",
                                                       "var_declaration"};
constexpr std::array<std::string_view, 1> kCode = {"block"};
constexpr std::array<std::string_view, 20> kIgnoredNames = {
    "bool",   "string", "error",   "any",     "byte",    "rune",      "int",
    "int8",   "int16",  "int32",   "int64",   "uint",    "uint8",     "uint16",
    "uint32", "uint64", "uintptr", "float32", "float64", "complex128"};

constexpr LanguageRules kGo = {
    .separator = ".",
    .definitions = kDefinitions,
    .references = kReferences,
    .comments = kComments,
    .wrappers = kWrappers,
    .code = kCode,
    .ignored_names = kIgnoredNames,
};

}  // namespace

const LanguageRules& GoRules() { return kGo; }

}  // namespace coppice::indexer
