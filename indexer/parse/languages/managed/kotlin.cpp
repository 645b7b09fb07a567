#include <array>
#include <string>

#include "indexer/parse/languages/finding.h"
#include "indexer/parse/rules.h"

namespace coppice::indexer {
namespace {

using store::ReferenceKind;
using store::SymbolKind;

bool HasToken(TSNode node, std::string_view token) {
  const std::uint32_t count = ts_node_child_count(node);
  for (std::uint32_t i = 0; i < count; ++i) {
    const TSNode child = ts_node_child(node, i);
    if (!ts_node_is_named(child) && TypeOf(child) == token) return true;
  }
  return false;
}

bool HasModifier(const NodeContext& context, std::string_view type, std::string_view word) {
  const TSNode modifiers = ChildOfType(context.node, "modifiers");
  return !IsNull(modifiers) && HasWord(context, modifiers, type, word);
}

/// The grammar gives bodies no field.
void EndBeforeBody(const NodeContext& context, Found& found) {
  for (const std::string_view type : {"class_body", "enum_class_body", "function_body", "block"}) {
    EndBefore(found, ChildOfType(context.node, type));
  }
}

void FindClass(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode name = FieldOf(context.node, "name");
  Found result;
  if (!IsNull(name)) {
    result = FoundAt(context, name, rule.kind);
  } else if (rule.node == "companion_object") {
    result.kind = rule.kind;
    result.name = "Companion";
    result.name_begin = BeginOf(context.node);
  }
  if (HasToken(context.node, "interface") || HasModifier(context, "class_modifier", "annotation")) {
    result.kind = SymbolKind::kInterface;
  } else if (HasModifier(context, "class_modifier", "enum")) {
    result.kind = SymbolKind::kEnum;
  }
  EndBeforeBody(context, result);
  found.push_back(std::move(result));
}

/// Directly inside a class, an object or an entry of an enumeration.
bool IsMember(const NodeContext& context) {
  return !IsNull(context.parent) && TypeOf(context.parent).ends_with("class_body");
}

/// "String" of `fun String.shout()` and `val String.loud`.
std::string ReceiverType(const NodeContext& context, TSNode name) {
  std::string receiver;
  const std::uint32_t count = ts_node_child_count(context.node);
  for (std::uint32_t i = 0; i < count; ++i) {
    const TSNode child = ts_node_child(context.node, i);
    if (BeginOf(child) >= BeginOf(name)) break;
    if (TypeOf(child) == "." && i > 0) {
      receiver = LastName(context.text, ts_node_child(context.node, i - 1));
    }
  }
  return receiver;
}

void FindFunction(const NodeContext& context, const DefinitionRule& rule,
                  std::vector<Found>& found) {
  const TSNode name = FieldOf(context.node, "name");
  if (IsNull(name)) return;
  Found result = FoundAt(context, name, rule.kind);
  result.qualifier = ReceiverType(context, name);
  if (IsMember(context)) result.kind = SymbolKind::kMethod;
  EndBeforeBody(context, result);
  found.push_back(std::move(result));
}

void FindConstructor(const NodeContext& context, const DefinitionRule& rule,
                     std::vector<Found>& found) {
  Found result;
  result.kind = rule.kind;
  result.name = "constructor";
  result.name_begin = BeginOf(context.node);
  EndBeforeBody(context, result);
  found.push_back(std::move(result));
}

/// `val a = 1`, `val (a, b) = pair`.
void FindProperty(const NodeContext& context, const DefinitionRule& rule,
                  std::vector<Found>& found) {
  const TSNode single = ChildOfType(context.node, "variable_declaration");
  const TSNode several = ChildOfType(context.node, "multi_variable_declaration");
  const bool constant = HasModifier(context, "property_modifier", "const");
  const auto add = [&](TSNode variable) {
    const TSNode name = ChildOfType(variable, "identifier");
    if (IsNull(name)) return;
    Found result = FoundAt(context, name, constant ? SymbolKind::kConstant : rule.kind);
    result.qualifier = ReceiverType(context, variable);
    if (!constant && IsMember(context)) result.kind = SymbolKind::kField;
    const TSNode last = LastNamedChild(context.node);
    if (BeginOf(last) > BeginOf(name)) EndBeforeLong(result, last);
    EndBefore(result, ChildOfType(context.node, "setter"));
    EndBefore(result, ChildOfType(context.node, "getter"));
    found.push_back(std::move(result));
  };
  if (!IsNull(single)) add(single);
  if (!IsNull(several)) ForEachNamedChild(several, add);
}

/// `class A(val b: Int)`: a parameter that is a property.
void FindClassParameter(const NodeContext& context, const DefinitionRule& rule,
                        std::vector<Found>& found) {
  if (!HasToken(context.node, "val") && !HasToken(context.node, "var")) return;
  const TSNode name = ChildOfType(context.node, "identifier");
  if (!IsNull(name)) found.push_back(FoundAt(context, name, rule.kind));
}

void FindEntry(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode name = ChildOfType(context.node, "identifier");
  if (IsNull(name)) return;
  found.push_back(FoundAt(context, name, rule.kind));
  EndBeforeBody(context, found.back());
}

/// `f(1) { … }` is a call inside a call, with one name.
void UseCall(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode callee = ts_node_named_child(context.node, 0);
  if (!IsNull(callee) && TypeOf(callee) != "call_expression")
    uses.push_back({ReferenceKind::kCall, callee, {}});
}

/// `a joined b`
void UseInfix(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode name = ts_node_named_child(context.node, 1);
  if (!IsNull(name) && TypeOf(name) == "identifier")
    uses.push_back({ReferenceKind::kCall, name, {}});
}

void UseImport(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode path = ts_node_named_child(context.node, 0);
  if (IsNull(path)) return;
  std::string name(TextOf(context.text, path));
  if (HasToken(context.node, "*")) name += ".*";
  uses.push_back({ReferenceKind::kImport, path, std::move(name)});
}

constexpr std::array kDefinitions = {
    DefinitionRule{"class_declaration", SymbolKind::kClass, kScope | kAnywhere, "name", "",
                   FindClass},
    DefinitionRule{"object_declaration", SymbolKind::kClass, kScope | kAnywhere, "name", "",
                   FindClass},
    DefinitionRule{"companion_object", SymbolKind::kClass, kScope | kAnywhere, "name", "",
                   FindClass},
    DefinitionRule{"class_parameter", SymbolKind::kField, kAnywhere, "", "", FindClassParameter},
    DefinitionRule{"enum_entry", SymbolKind::kConstant, kScope | kAnywhere, "", "", FindEntry},
    DefinitionRule{"function_declaration", SymbolKind::kFunction, kScope | kAnywhere, "name", "",
                   FindFunction},
    DefinitionRule{"secondary_constructor", SymbolKind::kMethod, kScope | kAnywhere, "", "",
                   FindConstructor},
    DefinitionRule{"property_declaration", SymbolKind::kVariable, kScope, "", "", FindProperty},
    DefinitionRule{"type_alias", SymbolKind::kType, kPlain, "type", ""},
};

constexpr std::array kReferences = {
    ReferenceRule{"call_expression", ReferenceKind::kCall, {}, UseCall},
    ReferenceRule{"infix_expression", ReferenceKind::kCall, {}, UseInfix},
    ReferenceRule{"user_type", ReferenceKind::kType},
    ReferenceRule{"import", ReferenceKind::kImport, {}, UseImport},
};

constexpr std::array<std::string_view, 2> kComments = {"line_comment", "block_comment"};
constexpr std::array<std::string_view, 5> kCode = {
    "function_body", "lambda_literal", "anonymous_initializer", "block", "anonymous_function"};
constexpr std::array<std::string_view, 10> kIgnoredNames = {
    "Any", "Boolean", "Double", "Int", "Long", "String", "T", "Unit", "Nothing", "to"};

constexpr LanguageRules kKotlin = {
    .separator = ".",
    .definitions = kDefinitions,
    .references = kReferences,
    .comments = kComments,
    .code = kCode,
    .ignored_names = kIgnoredNames,
};

}  // namespace

const LanguageRules& KotlinRules() { return kKotlin; }

}  // namespace coppice::indexer
