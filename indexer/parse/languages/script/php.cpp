#include <array>
#include <string>

#include "indexer/parse/languages/finding.h"
#include "indexer/parse/rules.h"

namespace coppice::indexer {
namespace {

using store::ReferenceKind;
using store::SymbolKind;

bool IsName(TSNode node) {
  if (IsNull(node)) return false;
  const std::string_view type = TypeOf(node);
  return type == "name" || type == "qualified_name" || type == "relative_name";
}

/// What a constructor holds hangs on the class: parameters with a visibility are properties.
void FindMethod(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode name = FieldOf(context.node, "name");
  if (IsNull(name)) return;
  Found result = FoundAt(context, name, rule.kind);
  result.opens_scope = result.name != "__construct";
  found.push_back(std::move(result));
}

/// `$name` without its dollar, as it is written behind an arrow.
void FindProperty(const NodeContext& context, const DefinitionRule& rule,
                  std::vector<Found>& found) {
  TSNode name = FieldOf(context.node, "name");
  if (!IsNull(name) && TypeOf(name) == "by_ref") name = ts_node_named_child(name, 0);
  if (IsNull(name)) return;
  const TSNode plain = ts_node_named_child(name, 0);
  if (IsNull(plain)) return;
  Found result = FoundAt(context, plain, rule.kind);
  EndBeforeLong(result, FieldOf(context.node, "default_value"));
  if (!IsNull(context.parent) && TypeOf(context.parent) == "property_declaration") {
    EndBefore(result, ChildOfType(context.parent, "property_hook_list"));
  }
  found.push_back(std::move(result));
}

void FindConstant(const NodeContext& context, const DefinitionRule& rule,
                  std::vector<Found>& found) {
  const TSNode name = ChildOfType(context.node, "name");
  if (IsNull(name)) return;
  Found result = FoundAt(context, name, rule.kind);
  EndBeforeLong(result, LastNamedChild(context.node));
  found.push_back(std::move(result));
}

TSNode FirstArgument(TSNode call) {
  const TSNode arguments = FieldOf(call, "arguments");
  if (IsNull(arguments)) return {};
  const TSNode argument = ts_node_named_child(arguments, 0);
  return IsNull(argument) ? argument : ts_node_named_child(argument, 0);
}

/// `define('NAME', value)`
void FindDefine(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode function = FieldOf(context.node, "function");
  if (IsNull(function) || TextOf(context.text, function) != "define") return;
  const TSNode name = FirstArgument(context.node);
  if (IsNull(name) || TypeOf(name) != "string") return;
  Found result = FoundAt(context, name, rule.kind);
  result.name = Unquoted(TextOf(context.text, name));
  result.opens_scope = false;
  result.at_root = true;
  found.push_back(std::move(result));
}

/// A call by name; `$f()` and `$object->$method()` say no name.
void UseCall(const NodeContext& context, std::vector<Use>& uses) {
  TSNode name = FieldOf(context.node, "function");
  if (IsNull(name)) name = FieldOf(context.node, "name");
  if (!IsName(name) || TextOf(context.text, name) == "define") return;
  uses.push_back({ReferenceKind::kCall, name, {}});
}

/// The class in `Money::of(1)`, `Stage::Open` and `Rates::$all`.
void UseScope(const NodeContext& context, std::vector<Use>& uses) {
  TSNode scope = FieldOf(context.node, "scope");
  if (IsNull(scope)) scope = ts_node_named_child(context.node, 0);
  if (IsName(scope)) uses.push_back({ReferenceKind::kType, scope, {}});
}

void UseNew(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode type = ts_node_named_child(context.node, 0);
  if (!IsName(type)) return;
  uses.push_back({ReferenceKind::kCall, type, {}});
  uses.push_back({ReferenceKind::kType, type, {}});
}

void UseChildren(const NodeContext& context, std::vector<Use>& uses) {
  ForEachNamedChild(context.node, [&](TSNode child) {
    if (IsName(child)) uses.push_back({ReferenceKind::kType, child, {}});
  });
}

void UseInstanceOf(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode word = FieldOf(context.node, "operator");
  const TSNode right = FieldOf(context.node, "right");
  if (IsNull(word) || TypeOf(word) != "instanceof" || !IsName(right)) return;
  uses.push_back({ReferenceKind::kType, right, {}});
}

/// `use A\B;`, `use A\{B, C as D};`: each name by itself.
void UseClause(const NodeContext& context, std::vector<Use>& uses) {
  std::string prefix;
  const TSNode base = ChildOfType(context.node, "namespace_name");
  if (!IsNull(base)) prefix = std::string(TextOf(context.text, base)) + "\\";
  const TSNode group = FieldOf(context.node, "body");
  ForEachNamedChild(IsNull(group) ? context.node : group, [&](TSNode clause) {
    if (TypeOf(clause) != "namespace_use_clause") return;
    TSNode name{};
    ForEachNamedChild(clause, [&](TSNode child) {
      if (IsNull(name) && IsName(child)) name = child;
    });
    if (IsNull(name)) return;
    uses.push_back(
        {ReferenceKind::kImport, name, prefix + std::string(TextOf(context.text, name))});
  });
}

/// `require_once __DIR__ . '/a.php'`: the path as it is written.
void UseFile(const NodeContext& context, std::vector<Use>& uses) {
  TSNode file = ts_node_named_child(context.node, 0);
  if (!IsNull(file) && TypeOf(file) == "parenthesized_expression") {
    file = ts_node_named_child(file, 0);
  }
  if (IsNull(file)) return;
  const bool plain = TypeOf(file) == "string" || TypeOf(file) == "encapsed_string";
  const std::string_view text = TextOf(context.text, file);
  uses.push_back({ReferenceKind::kImport, file, std::string(plain ? Unquoted(text) : text)});
}

constexpr std::array kDefinitions = {
    DefinitionRule{"namespace_definition", SymbolKind::kNamespace, kScope | kScopeOfRest},
    DefinitionRule{"class_declaration", SymbolKind::kClass, kScope},
    DefinitionRule{"interface_declaration", SymbolKind::kInterface, kScope},
    DefinitionRule{"trait_declaration", SymbolKind::kInterface, kScope},
    DefinitionRule{"enum_declaration", SymbolKind::kEnum, kScope},
    DefinitionRule{"enum_case", SymbolKind::kConstant, kPlain, "name", ""},
    DefinitionRule{"function_definition", SymbolKind::kFunction, kScope},
    DefinitionRule{"method_declaration", SymbolKind::kMethod, kScope, "name", "body", FindMethod},
    DefinitionRule{"property_element", SymbolKind::kField, kPlain, "name", "", FindProperty},
    DefinitionRule{"property_promotion_parameter", SymbolKind::kField, kPlain, "name", "",
                   FindProperty},
    DefinitionRule{"const_element", SymbolKind::kConstant, kPlain, "", "", FindConstant},
    DefinitionRule{"function_call_expression", SymbolKind::kConstant, kPlain, "", "", FindDefine},
};

constexpr std::array kReferences = {
    ReferenceRule{"function_call_expression", ReferenceKind::kCall, {}, UseCall},
    ReferenceRule{"member_call_expression", ReferenceKind::kCall, {}, UseCall},
    ReferenceRule{"nullsafe_member_call_expression", ReferenceKind::kCall, {}, UseCall},
    ReferenceRule{"scoped_call_expression", ReferenceKind::kCall, {}, UseCall},
    ReferenceRule{"scoped_call_expression", ReferenceKind::kType, {}, UseScope},
    ReferenceRule{"scoped_property_access_expression", ReferenceKind::kType, {}, UseScope},
    ReferenceRule{"class_constant_access_expression", ReferenceKind::kType, {}, UseScope},
    ReferenceRule{"object_creation_expression", ReferenceKind::kCall, {}, UseNew},
    ReferenceRule{"binary_expression", ReferenceKind::kType, {}, UseInstanceOf},
    ReferenceRule{"named_type", ReferenceKind::kType},
    ReferenceRule{"base_clause", ReferenceKind::kType, {}, UseChildren},
    ReferenceRule{"class_interface_clause", ReferenceKind::kType, {}, UseChildren},
    ReferenceRule{"use_declaration", ReferenceKind::kType, {}, UseChildren},
    ReferenceRule{"attribute", ReferenceKind::kType, {}, UseChildren},
    ReferenceRule{"namespace_use_declaration", ReferenceKind::kImport, {}, UseClause},
    ReferenceRule{"require_expression", ReferenceKind::kImport, {}, UseFile},
    ReferenceRule{"require_once_expression", ReferenceKind::kImport, {}, UseFile},
    ReferenceRule{"include_expression", ReferenceKind::kImport, {}, UseFile},
    ReferenceRule{"include_once_expression", ReferenceKind::kImport, {}, UseFile},
};

constexpr std::array<std::string_view, 1> kComments = {"comment"};
constexpr std::array<std::string_view, 3> kWrappers = {"const_declaration", "property_declaration",
                                                       "expression_statement"};
constexpr std::array<std::string_view, 3> kIgnoredNames = {"static", "self", "parent"};

constexpr LanguageRules kPhp = {
    .separator = "::",
    .namespace_separator = "\\",
    .definitions = kDefinitions,
    .references = kReferences,
    .comments = kComments,
    .wrappers = kWrappers,
    .ignored_names = kIgnoredNames,
};

}  // namespace

const LanguageRules& PhpRules() { return kPhp; }

}  // namespace coppice::indexer
