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

/// `val a = 1`, `val (b, c) = pair`, `var d, e = 0`.
void FindValue(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode modifiers = ChildOfType(context.node, "modifiers");
  const bool is_final =
      !IsNull(modifiers) && TextOf(context.text, modifiers).find("final") != std::string_view::npos;
  const bool value = TypeOf(context.node).starts_with("val");
  const auto add = [&](TSNode name) {
    if (TypeOf(name) != "identifier" && TypeOf(name) != "operator_identifier") return;
    Found result = FoundAt(context, name, rule.kind);
    if (value && (is_final || IsAllCaps(result.name))) result.kind = SymbolKind::kConstant;
    EndBeforeLong(result, FieldOf(context.node, "value"));
    found.push_back(std::move(result));
  };
  const TSNode pattern = FieldOf(context.node, "pattern");
  if (IsNull(pattern)) {
    const TSNode name = FieldOf(context.node, "name");
    if (!IsNull(name)) add(name);
  } else if (TypeOf(pattern) == "identifiers" || TypeOf(pattern) == "tuple_pattern") {
    ForEachNamedChild(pattern, add);
  } else {
    add(pattern);
  }
}

/// The parameters of a case class are values of it, those of another class if they say `val`.
void FindParameter(const NodeContext& context, const DefinitionRule& rule,
                   std::vector<Found>& found) {
  const TSNode name = FieldOf(context.node, "name");
  if (IsNull(name) || IsNull(context.parent)) return;
  if (!HasToken(context.node, "val") && !HasToken(context.node, "var")) {
    const TSNode owner = ts_node_parent(context.parent);
    if (IsNull(owner)) return;
    if (TypeOf(owner) != "full_enum_case" && !HasToken(owner, "case")) return;
  }
  found.push_back(FoundAt(context, name, rule.kind));
}

/// `given ordering: Ordering[A] with …`; one without a name goes by its type.
void FindGiven(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode name = FieldOf(context.node, "name");
  const TSNode type = FieldOf(context.node, "return_type");
  if (!IsNull(name)) {
    found.push_back(FoundAt(context, name, rule.kind));
  } else if (!IsNull(type)) {
    Found result;
    result.kind = rule.kind;
    result.name = LastName(context.text, type);
    result.name_begin = BeginOf(context.node);  // the type is used here, not defined
    found.push_back(std::move(result));
  }
}

/// The names in the last brackets: `a.b.{C, D => E}`.
void UseImport(const NodeContext& context, std::vector<Use>& uses) {
  std::string path;
  TSNode first{};
  const std::uint32_t count = ts_node_child_count(context.node);
  for (std::uint32_t i = 0; i < count; ++i) {
    const char* field = ts_node_field_name_for_child(context.node, i);
    if (field == nullptr || std::string_view(field) != "path") continue;
    const TSNode part = ts_node_child(context.node, i);
    if (IsNull(first)) first = part;
    path += TextOf(context.text, part);
  }
  if (IsNull(first)) return;
  const std::string prefix = path.ends_with('.') ? path : path + ".";
  const TSNode wildcard = ChildOfType(context.node, "namespace_wildcard");
  const TSNode selectors = ChildOfType(context.node, "namespace_selectors");
  if (!IsNull(wildcard)) {
    uses.push_back(
        {ReferenceKind::kImport, first, prefix + std::string(TextOf(context.text, wildcard))});
  } else if (!IsNull(selectors)) {
    ForEachNamedChild(selectors, [&](TSNode selector) {
      const TSNode name = FieldOf(selector, "name");
      const TSNode at = IsNull(name) ? selector : name;
      uses.push_back({ReferenceKind::kImport, at, prefix + std::string(TextOf(context.text, at))});
    });
  } else {
    uses.push_back({ReferenceKind::kImport, first, path});
  }
}

void UseNew(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode type = ts_node_named_child(context.node, 0);
  if (!IsNull(type)) uses.push_back({ReferenceKind::kCall, type, {}});
}

constexpr std::array kDefinitions = {
    DefinitionRule{"package_clause", SymbolKind::kNamespace, kScope | kNeedsBody},
    DefinitionRule{"package_object", SymbolKind::kNamespace, kScope},
    DefinitionRule{"class_definition", SymbolKind::kClass, kScope | kAnywhere},
    DefinitionRule{"object_definition", SymbolKind::kClass, kScope | kAnywhere},
    DefinitionRule{"trait_definition", SymbolKind::kInterface, kScope | kAnywhere},
    DefinitionRule{"enum_definition", SymbolKind::kEnum, kScope | kAnywhere},
    DefinitionRule{"simple_enum_case", SymbolKind::kConstant, kPlain, "name", ""},
    DefinitionRule{"full_enum_case", SymbolKind::kConstant, kScope, "name", ""},
    DefinitionRule{"class_parameter", SymbolKind::kField, kAnywhere, "name", "", FindParameter},
    DefinitionRule{"function_definition", SymbolKind::kFunction, kScope | kAnywhere},
    DefinitionRule{"function_declaration", SymbolKind::kFunction, kAnywhere, "name", ""},
    DefinitionRule{"val_definition", SymbolKind::kVariable, kPlain, "", "", FindValue},
    DefinitionRule{"var_definition", SymbolKind::kVariable, kPlain, "", "", FindValue},
    DefinitionRule{"val_declaration", SymbolKind::kVariable, kPlain, "", "", FindValue},
    DefinitionRule{"var_declaration", SymbolKind::kVariable, kPlain, "", "", FindValue},
    DefinitionRule{"given_definition", SymbolKind::kVariable, kScope, "name", "body", FindGiven},
    DefinitionRule{"type_definition", SymbolKind::kType, kPlain, "name", ""},
};

constexpr std::array kReferences = {
    ReferenceRule{"call_expression", ReferenceKind::kCall, "function"},
    ReferenceRule{"infix_expression", ReferenceKind::kCall, "operator"},
    ReferenceRule{"instance_expression", ReferenceKind::kCall, {}, UseNew},
    ReferenceRule{"type_identifier", ReferenceKind::kType},
    ReferenceRule{"import_declaration", ReferenceKind::kImport, {}, UseImport},
};

constexpr std::array<std::string_view, 2> kComments = {"comment", "block_comment"};
constexpr std::array<std::string_view, 1> kWrappers = {"enum_case_definitions"};
constexpr std::array<std::string_view, 5> kCode = {"function_definition", "lambda_expression",
                                                   "block", "indented_block", "case_block"};
constexpr std::array<std::string_view, 10> kIgnoredNames = {
    "Any", "Boolean", "Double", "Int", "Long", "Nothing", "String", "T", "Unit", "this"};

constexpr LanguageRules kScala = {
    .separator = ".",
    .definitions = kDefinitions,
    .references = kReferences,
    .comments = kComments,
    .wrappers = kWrappers,
    .code = kCode,
    .ignored_names = kIgnoredNames,
};

}  // namespace

const LanguageRules& ScalaRules() { return kScala; }

}  // namespace coppice::indexer
