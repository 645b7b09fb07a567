#include <algorithm>
#include <array>
#include <string>

#include "indexer/parse/languages/finding.h"
#include "indexer/parse/rules.h"

namespace coppice::indexer {
namespace {

using store::ReferenceKind;
using store::SymbolKind;

bool HasModifier(const NodeContext& context, std::string_view word) {
  return HasWord(context, context.node, "modifier", word);
}

/// `const int A = 1, B = 2;`: each variable by itself. Events without accessors look the same.
void FindFields(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode declaration = ChildOfType(context.node, "variable_declaration");
  if (IsNull(declaration)) return;
  const bool constant = HasModifier(context, "const") ||
                        (HasModifier(context, "static") && HasModifier(context, "readonly"));
  ForEachNamedChild(declaration, [&](TSNode declarator) {
    const TSNode name = FieldOf(declarator, "name");
    if (TypeOf(declarator) != "variable_declarator" || IsNull(name)) return;
    Found result = FoundAt(context, name, constant ? SymbolKind::kConstant : rule.kind);
    const TSNode value = LastNamedChild(declarator);
    if (!ts_node_eq(value, name)) EndBeforeLong(result, value);
    found.push_back(std::move(result));
  });
}

/// The signature ends before `{ get; set; }` or `=> …`.
void FindProperty(const NodeContext& context, const DefinitionRule& rule,
                  std::vector<Found>& found) {
  const TSNode name = FieldOf(context.node, "name");
  if (IsNull(name)) return;
  Found result = FoundAt(context, name, rule.kind);
  const TSNode accessors = FieldOf(context.node, "accessors");
  EndBefore(result, IsNull(accessors) ? FieldOf(context.node, "value") : accessors);
  found.push_back(std::move(result));
}

/// `T this[int i]`, `operator +`, `implicit operator T`, `~T`: names that are no identifiers.
void FindSpecial(const NodeContext& context, const DefinitionRule& rule,
                 std::vector<Found>& found) {
  const std::string_view type = TypeOf(context.node);
  TSNode at = context.node;
  Found result;
  result.kind = rule.kind;
  if (type == "indexer_declaration") {
    result.name = "this[]";
    const TSNode accessors = FieldOf(context.node, "accessors");
    EndBefore(result, IsNull(accessors) ? FieldOf(context.node, "value") : accessors);
  } else if (type == "destructor_declaration") {
    at = FieldOf(context.node, "name");
    if (!IsNull(at)) result.name = "~" + std::string(TextOf(context.text, at));
  } else {
    const bool conversion = type == "conversion_operator_declaration";
    const TSNode what = FieldOf(context.node, conversion ? "type" : "operator");
    if (IsNull(what)) return;
    const std::string_view text = TextOf(context.text, what);
    const bool word = text.front() >= 'A' && text.front() <= 'z';
    result.name = (word ? "operator " : "operator") + std::string(text);
  }
  result.name_begin = BeginOf(at);
  found.push_back(std::move(result));
}

/// The parameters of a record are its properties.
void FindComponent(const NodeContext& context, const DefinitionRule& rule,
                   std::vector<Found>& found) {
  if (context.scope != SymbolKind::kClass && context.scope != SymbolKind::kStruct) return;
  if (IsNull(context.parent) || TypeOf(ts_node_parent(context.parent)) != "record_declaration") {
    return;
  }
  const TSNode name = FieldOf(context.node, "name");
  if (!IsNull(name)) found.push_back(FoundAt(context, name, rule.kind));
}

void FindRecord(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode name = FieldOf(context.node, "name");
  if (IsNull(name)) return;
  Found result = FoundAt(context, name, rule.kind);
  const std::uint32_t count = ts_node_child_count(context.node);
  for (std::uint32_t i = 0; i < count; ++i) {
    if (TypeOf(ts_node_child(context.node, i)) == "struct") result.kind = SymbolKind::kStruct;
  }
  found.push_back(std::move(result));
}

/// `using Money = System.Decimal;` names a type.
void FindAlias(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode name = FieldOf(context.node, "name");
  if (!IsNull(name)) found.push_back(FoundAt(context, name, rule.kind));
}

/// A name where only a type can stand. What a type holds has rules of its own.
void AddType(TSNode type, std::vector<Use>& uses) {
  if (IsNull(type)) return;
  constexpr std::array<std::string_view, 4> kNames = {"identifier", "generic_name",
                                                      "qualified_name", "alias_qualified_name"};
  if (std::find(kNames.begin(), kNames.end(), TypeOf(type)) == kNames.end()) return;
  uses.push_back({ReferenceKind::kType, type, {}});
}

void UseType(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode type = FieldOf(context.node, "type");
  AddType(IsNull(type) ? FieldOf(context.node, "returns") : type, uses);
}

void UseRight(const NodeContext& context, std::vector<Use>& uses) {
  AddType(FieldOf(context.node, "right"), uses);
}

void UseChildren(const NodeContext& context, std::vector<Use>& uses) {
  ForEachNamedChild(context.node, [&](TSNode child) { AddType(child, uses); });
}

void UseUsing(const NodeContext& context, std::vector<Use>& uses) {
  AddImport(context, LastNamedChild(context.node), uses);
}

constexpr std::array kDefinitions = {
    DefinitionRule{"namespace_declaration", SymbolKind::kNamespace, kScope},
    DefinitionRule{"file_scoped_namespace_declaration", SymbolKind::kNamespace, kScopeOfRest},
    DefinitionRule{"using_directive", SymbolKind::kType, kPlain, "name", "", FindAlias},
    DefinitionRule{"class_declaration", SymbolKind::kClass, kScope},
    DefinitionRule{"struct_declaration", SymbolKind::kStruct, kScope},
    DefinitionRule{"record_declaration", SymbolKind::kClass, kScope, "name", "body", FindRecord},
    DefinitionRule{"interface_declaration", SymbolKind::kInterface, kScope},
    DefinitionRule{"enum_declaration", SymbolKind::kEnum, kScope},
    DefinitionRule{"enum_member_declaration", SymbolKind::kConstant, kPlain, "name", ""},
    DefinitionRule{"delegate_declaration", SymbolKind::kType, kScope, "name", ""},
    DefinitionRule{"parameter", SymbolKind::kField, kPlain, "name", "", FindComponent},
    DefinitionRule{"field_declaration", SymbolKind::kField, kPlain, "name", "", FindFields},
    DefinitionRule{"event_field_declaration", SymbolKind::kField, kPlain, "name", "", FindFields},
    DefinitionRule{"event_declaration", SymbolKind::kField, kPlain, "name", "accessors"},
    DefinitionRule{"property_declaration", SymbolKind::kField, kPlain, "name", "", FindProperty},
    DefinitionRule{"indexer_declaration", SymbolKind::kMethod, kScope, "", "", FindSpecial},
    DefinitionRule{"method_declaration", SymbolKind::kMethod, kScope},
    DefinitionRule{"constructor_declaration", SymbolKind::kMethod, kScope},
    DefinitionRule{"destructor_declaration", SymbolKind::kMethod, kScope, "name", "body",
                   FindSpecial},
    DefinitionRule{"operator_declaration", SymbolKind::kMethod, kScope, "", "body", FindSpecial},
    DefinitionRule{"conversion_operator_declaration", SymbolKind::kMethod, kScope, "", "body",
                   FindSpecial},
    DefinitionRule{"local_function_statement", SymbolKind::kFunction, kScope | kAnywhere},
};

constexpr std::array kReferences = {
    ReferenceRule{"invocation_expression", ReferenceKind::kCall, "function"},
    ReferenceRule{"object_creation_expression", ReferenceKind::kCall, "type"},
    ReferenceRule{"object_creation_expression", ReferenceKind::kType, {}, UseType},
    ReferenceRule{"attribute", ReferenceKind::kType, "name"},
    ReferenceRule{"base_list", ReferenceKind::kType, {}, UseChildren},
    ReferenceRule{"primary_constructor_base_type", ReferenceKind::kType, {}, UseType},
    ReferenceRule{"type_argument_list", ReferenceKind::kType, {}, UseChildren},
    ReferenceRule{"explicit_interface_specifier", ReferenceKind::kType, {}, UseChildren},
    ReferenceRule{"type_parameter_constraint", ReferenceKind::kType, {}, UseType},
    ReferenceRule{"array_type", ReferenceKind::kType, {}, UseType},
    ReferenceRule{"nullable_type", ReferenceKind::kType, {}, UseType},
    ReferenceRule{"pointer_type", ReferenceKind::kType, {}, UseType},
    ReferenceRule{"ref_type", ReferenceKind::kType, {}, UseType},
    ReferenceRule{"scoped_type", ReferenceKind::kType, {}, UseType},
    ReferenceRule{"tuple_element", ReferenceKind::kType, {}, UseType},
    ReferenceRule{"parameter", ReferenceKind::kType, {}, UseType},
    ReferenceRule{"variable_declaration", ReferenceKind::kType, {}, UseType},
    ReferenceRule{"delegate_declaration", ReferenceKind::kType, {}, UseType},
    ReferenceRule{"event_declaration", ReferenceKind::kType, {}, UseType},
    ReferenceRule{"property_declaration", ReferenceKind::kType, {}, UseType},
    ReferenceRule{"indexer_declaration", ReferenceKind::kType, {}, UseType},
    ReferenceRule{"method_declaration", ReferenceKind::kType, {}, UseType},
    ReferenceRule{"operator_declaration", ReferenceKind::kType, {}, UseType},
    ReferenceRule{"conversion_operator_declaration", ReferenceKind::kType, {}, UseType},
    ReferenceRule{"local_function_statement", ReferenceKind::kType, {}, UseType},
    ReferenceRule{"cast_expression", ReferenceKind::kType, {}, UseType},
    ReferenceRule{"typeof_expression", ReferenceKind::kType, {}, UseType},
    ReferenceRule{"default_expression", ReferenceKind::kType, {}, UseType},
    ReferenceRule{"declaration_expression", ReferenceKind::kType, {}, UseType},
    ReferenceRule{"declaration_pattern", ReferenceKind::kType, {}, UseType},
    ReferenceRule{"recursive_pattern", ReferenceKind::kType, {}, UseType},
    ReferenceRule{"type_pattern", ReferenceKind::kType, {}, UseType},
    ReferenceRule{"foreach_statement", ReferenceKind::kType, {}, UseType},
    ReferenceRule{"catch_declaration", ReferenceKind::kType, {}, UseType},
    ReferenceRule{"as_expression", ReferenceKind::kType, {}, UseRight},
    ReferenceRule{"is_expression", ReferenceKind::kType, {}, UseRight},
    ReferenceRule{"using_directive", ReferenceKind::kImport, {}, UseUsing},
};

constexpr std::array<std::string_view, 1> kComments = {"comment"};
constexpr std::array<std::string_view, 4> kCode = {
    "block", "arrow_expression_clause", "lambda_expression", "anonymous_method_expression"};
constexpr std::array<std::string_view, 3> kIgnoredNames = {"nameof", "notnull", "T"};

constexpr LanguageRules kCSharp = {
    .separator = ".",
    .definitions = kDefinitions,
    .references = kReferences,
    .comments = kComments,
    .code = kCode,
    .ignored_names = kIgnoredNames,
};

}  // namespace

const LanguageRules& CSharpRules() { return kCSharp; }

}  // namespace coppice::indexer
