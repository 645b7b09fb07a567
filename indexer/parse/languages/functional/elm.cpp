#include <array>
#include <string>

#include "indexer/parse/languages/finding.h"
#include "indexer/parse/rules.h"

namespace coppice::indexer {
namespace {

using store::ReferenceKind;
using store::SymbolKind;

bool IsTop(const NodeContext& context) {
  return !IsNull(context.parent) && TypeOf(context.parent) == "file";
}

void FindModule(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode name = FieldOf(context.node, "name");
  if (!IsNull(name)) found.push_back(FoundAt(context, name, rule.kind));
}

/// A value at the top, with the annotation that stands before it. What takes an argument, or has a
/// type with an arrow, is a function.
void FindValue(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode left = FieldOf(context.node, "functionDeclarationLeft");
  if (!IsTop(context) || IsNull(left)) return;
  const TSNode name = ChildOfType(left, "lower_case_identifier");
  if (IsNull(name)) return;
  Found result = FoundAt(context, name, rule.kind);
  bool function = ts_node_named_child_count(left) > 1;
  const TSNode annotation = context.around->Sibling(-1);
  if (!IsNull(annotation) && TypeOf(annotation) == "type_annotation" &&
      TextOf(context.text, FieldOf(annotation, "name")) == result.name) {
    result.begin = BeginOf(annotation);
    const TSNode type = FieldOf(annotation, "typeExpression");
    function = function || (!IsNull(type) && !IsNull(ChildOfType(type, "arrow")));
  }
  if (!function) result.kind = SymbolKind::kConstant;
  found.push_back(std::move(result));
}

void FindAlias(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode name = FieldOf(context.node, "name");
  const TSNode type = FieldOf(context.node, "typeExpression");
  if (IsNull(name)) return;
  Found result = FoundAt(context, name, rule.kind);
  if (!IsNull(type) && !IsNull(ChildOfType(type, "record_type"))) {
    result.kind = SymbolKind::kStruct;
    result.signature_end = BeginOf(type);
  }
  found.push_back(std::move(result));
}

/// A type up to its first variant.
void FindType(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode name = FieldOf(context.node, "name");
  if (IsNull(name)) return;
  Found result = FoundAt(context, name, rule.kind);
  const TSNode sign = ChildOfType(context.node, "eq");
  if (!IsNull(sign)) result.signature_end = BeginOf(sign);
  found.push_back(std::move(result));
}

void FindField(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode name = FieldOf(context.node, "name");
  if (IsNull(name) || context.scope != SymbolKind::kStruct) return;
  found.push_back(FoundAt(context, name, rule.kind));
}

void UseType(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode name = ChildOfType(context.node, "upper_case_qid");
  if (!IsNull(name)) uses.push_back({ReferenceKind::kType, name, {}});
}

void UseImport(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode name = FieldOf(context.node, "moduleName");
  if (IsNull(name)) return;
  uses.push_back({ReferenceKind::kImport, name, std::string(TextOf(context.text, name))});
}

constexpr std::array kDefinitions = {
    DefinitionRule{"module_declaration", SymbolKind::kNamespace, kPlain, "name", "", FindModule},
    DefinitionRule{"value_declaration", SymbolKind::kFunction, kPlain, "", "body", FindValue},
    DefinitionRule{"type_alias_declaration", SymbolKind::kType, kScope, "name", "", FindAlias},
    DefinitionRule{"type_declaration", SymbolKind::kEnum, kScope, "name", "", FindType},
    DefinitionRule{"union_variant", SymbolKind::kConstant, kPlain, "name", ""},
    DefinitionRule{"field_type", SymbolKind::kField, kPlain, "name", "", FindField},
    DefinitionRule{"port_annotation", SymbolKind::kFunction, kPlain, "name", ""},
};

constexpr std::array kReferences = {
    ReferenceRule{"function_call_expr", ReferenceKind::kCall, "target"},
    ReferenceRule{"type_ref", ReferenceKind::kType, {}, UseType},
    ReferenceRule{"import_clause", ReferenceKind::kImport, {}, UseImport},
};

constexpr std::array<std::string_view, 2> kComments = {"block_comment", "line_comment"};
constexpr std::array<std::string_view, 1> kCode = {"value_declaration"};
constexpr std::array<std::string_view, 8> kIgnoredNames = {"Int",  "Float", "Bool",  "String",
                                                           "Char", "List",  "Maybe", "Result"};

constexpr LanguageRules kElm = {
    .separator = ".",
    .definitions = kDefinitions,
    .references = kReferences,
    .comments = kComments,
    .code = kCode,
    .ignored_names = kIgnoredNames,
};

}  // namespace

const LanguageRules& ElmRules() { return kElm; }

}  // namespace coppice::indexer
