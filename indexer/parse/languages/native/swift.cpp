#include <array>
#include <string>

#include "indexer/parse/languages/finding.h"
#include "indexer/parse/rules.h"

namespace coppice::indexer {
namespace {

using store::ReferenceKind;
using store::SymbolKind;

/// Classes, structures, enumerations and actors. An extension adds to a type defined elsewhere.
void FindType(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode name = FieldOf(context.node, "name");
  const TSNode word = FieldOf(context.node, "declaration_kind");
  if (IsNull(name) || IsNull(word)) return;
  Found result = FoundAt(context, name, rule.kind);
  const std::string_view kind = TypeOf(word);
  if (kind == "struct") result.kind = SymbolKind::kStruct;
  if (kind == "enum") result.kind = SymbolKind::kEnum;
  if (kind == "extension") {
    result.name = LastName(context.text, name);
    result.defines = false;
  }
  found.push_back(std::move(result));
}

/// `let a = 1, b = 2`: each name by itself. What is computed or observed has a body.
void FindProperty(const NodeContext& context, const DefinitionRule& rule,
                  std::vector<Found>& found) {
  const TSNode binding = ChildOfType(context.node, "value_binding_pattern");
  const bool is_let = !IsNull(binding) && TextOf(context.text, binding) == "let";
  const TSNode modifiers = ChildOfType(context.node, "modifiers");
  const bool is_static =
      !IsNull(modifiers) && HasWord(context, modifiers, "property_modifier", "static");
  const bool constant = is_let && (is_static || context.scope == SymbolKind::kNone);
  const std::uint32_t count = ts_node_child_count(context.node);
  for (std::uint32_t i = 0; i < count; ++i) {
    const char* field = ts_node_field_name_for_child(context.node, i);
    const TSNode pattern = ts_node_child(context.node, i);
    if (field == nullptr || std::string_view(field) != "name" || TypeOf(pattern) != "pattern") {
      continue;
    }
    const TSNode name = FieldOf(pattern, "bound_identifier");
    if (IsNull(name)) continue;
    Found result = FoundAt(context, name, constant ? SymbolKind::kConstant : rule.kind);
    EndBeforeLong(result, FieldOf(context.node, "value"));
    EndBefore(result, ChildOfType(context.node, "willset_didset_block"));
    EndBefore(result, FieldOf(context.node, "computed_value"));
    found.push_back(std::move(result));
  }
}

/// `var price: Price { get }` of a protocol.
void FindRequirement(const NodeContext& context, const DefinitionRule& rule,
                     std::vector<Found>& found) {
  const TSNode pattern = FieldOf(context.node, "name");
  const TSNode name = IsNull(pattern) ? pattern : FieldOf(pattern, "bound_identifier");
  if (!IsNull(name)) found.push_back(FoundAt(context, name, rule.kind));
}

/// `case open(seats: Int), full`
void FindCases(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const std::uint32_t count = ts_node_child_count(context.node);
  for (std::uint32_t i = 0; i < count; ++i) {
    const char* field = ts_node_field_name_for_child(context.node, i);
    if (field == nullptr || std::string_view(field) != "name") continue;
    const TSNode name = ts_node_child(context.node, i);
    if (TypeOf(name) == "simple_identifier") found.push_back(FoundAt(context, name, rule.kind));
  }
}

/// What has a word of the language for its name.
void FindByWord(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  Found result;
  result.kind = rule.kind;
  const std::string_view type = TypeOf(context.node);
  result.name = type.substr(0, type.find('_'));
  result.name_begin = BeginOf(context.node);
  EndBefore(result, ChildOfType(context.node, "computed_property"));
  found.push_back(std::move(result));
}

/// `macro f(…)`, `precedencegroup A { … }`: the name has no field.
void FindByFirst(const NodeContext& context, const DefinitionRule& rule,
                 std::vector<Found>& found) {
  const TSNode name = ChildOfType(context.node, "simple_identifier");
  if (IsNull(name)) return;
  found.push_back(FoundAt(context, name, rule.kind));
  EndBefore(found.back(), ChildOfType(context.node, "precedence_group_attributes"));
}

/// A call by name. `a[i]` looks like one to the grammar, and `f(1) { … }` like two.
void UseCall(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode callee = ts_node_named_child(context.node, 0);
  const TSNode suffix = ChildOfType(context.node, "call_suffix");
  if (IsNull(callee) || TypeOf(callee) == "call_expression") return;
  if (!IsNull(suffix) && TextOf(context.text, suffix).starts_with('[')) return;
  uses.push_back({ReferenceKind::kCall, callee, {}});
}

void UseImport(const NodeContext& context, std::vector<Use>& uses) {
  AddImport(context, LastNamedChild(context.node), uses);
}

constexpr std::array kDefinitions = {
    DefinitionRule{"class_declaration", SymbolKind::kClass, kScope | kAnywhere, "name", "body",
                   FindType},
    DefinitionRule{"protocol_declaration", SymbolKind::kInterface, kScope},
    DefinitionRule{"associatedtype_declaration", SymbolKind::kType, kPlain, "name", ""},
    DefinitionRule{"typealias_declaration", SymbolKind::kType, kAnywhere, "name", ""},
    DefinitionRule{"enum_entry", SymbolKind::kConstant, kAnywhere, "name", "", FindCases},
    DefinitionRule{"function_declaration", SymbolKind::kFunction, kScope | kAnywhere},
    DefinitionRule{"protocol_function_declaration", SymbolKind::kMethod, kPlain, "name", ""},
    DefinitionRule{"protocol_property_declaration", SymbolKind::kField, kPlain, "name", "",
                   FindRequirement},
    DefinitionRule{"init_declaration", SymbolKind::kMethod, kScope | kAnywhere},
    DefinitionRule{"deinit_declaration", SymbolKind::kMethod, kScope | kAnywhere, "", "body",
                   FindByWord},
    DefinitionRule{"subscript_declaration", SymbolKind::kMethod, kScope | kAnywhere, "", "",
                   FindByWord},
    DefinitionRule{"property_declaration", SymbolKind::kVariable, kPlain, "name", "", FindProperty},
    DefinitionRule{"macro_declaration", SymbolKind::kMacro, kPlain, "", "definition", FindByFirst},
    DefinitionRule{"precedence_group_declaration", SymbolKind::kType, kPlain, "", "", FindByFirst},
};

constexpr std::array kReferences = {
    ReferenceRule{"call_expression", ReferenceKind::kCall, {}, UseCall},
    ReferenceRule{"constructor_expression", ReferenceKind::kCall, "constructed_type"},
    ReferenceRule{"user_type", ReferenceKind::kType},
    ReferenceRule{"import_declaration", ReferenceKind::kImport, {}, UseImport},
};

constexpr std::array<std::string_view, 2> kComments = {"comment", "multiline_comment"};
constexpr std::array<std::string_view, 4> kCode = {"function_body", "computed_property",
                                                   "lambda_literal", "willset_didset_block"};
constexpr std::array<std::string_view, 14> kIgnoredNames = {"Any",
                                                            "Bool",
                                                            "Double",
                                                            "Int",
                                                            "Self",
                                                            "String",
                                                            "T",
                                                            "Void",
                                                            "escaping",
                                                            "available",
                                                            "discardableResult",
                                                            "frozen",
                                                            "inlinable",
                                                            "testable"};

constexpr LanguageRules kSwift = {
    .separator = ".",
    .definitions = kDefinitions,
    .references = kReferences,
    .comments = kComments,
    .code = kCode,
    .ignored_names = kIgnoredNames,
};

}  // namespace

const LanguageRules& SwiftRules() { return kSwift; }

}  // namespace coppice::indexer
