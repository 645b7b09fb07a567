#include <array>
#include <string>

#include "indexer/parse/languages/finding.h"
#include "indexer/parse/rules.h"

namespace coppice::indexer {
namespace {

using store::ReferenceKind;
using store::SymbolKind;

/// The signature ends before `{`, which belongs to no body for the grammar.
void EndBeforeBrace(Found& found, TSNode node) {
  const std::uint32_t count = ts_node_child_count(node);
  for (std::uint32_t i = 0; i < count; ++i) {
    const TSNode child = ts_node_child(node, i);
    if (TypeOf(child) != "{") continue;
    EndBefore(found, child);
    return;
  }
}

/// "Show" of `global:Show`.
std::string WithoutScope(std::string_view name) {
  const std::size_t colon = name.rfind(':');
  return std::string(colon == std::string_view::npos ? name : name.substr(colon + 1));
}

void FindFunction(const NodeContext& context, const DefinitionRule& rule,
                  std::vector<Found>& found) {
  const TSNode name = ChildOfType(context.node, "function_name");
  if (IsNull(name)) return;
  Found result = FoundAt(context, name, rule.kind);
  result.name = WithoutScope(result.name);
  EndBeforeBrace(result, context.node);
  found.push_back(std::move(result));
}

/// Classes, enumerations, their values and methods: the first plain name.
void FindByName(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode name = ChildOfType(context.node, "simple_name");
  if (IsNull(name)) return;
  found.push_back(FoundAt(context, name, rule.kind));
  EndBeforeBrace(found.back(), context.node);
}

void FindProperty(const NodeContext& context, const DefinitionRule& rule,
                  std::vector<Found>& found) {
  const TSNode name = ChildOfType(context.node, "variable");
  if (IsNull(name)) return;
  found.push_back(FoundAt(context, name, rule.kind));
  found.back().name.erase(0, 1);
}

/// `$Name = …`, `[string]$script:Name = …` outside functions; not `$a.b = …`.
void FindVariable(const NodeContext& context, const DefinitionRule& rule,
                  std::vector<Found>& found) {
  const TSNode left = ChildOfType(context.node, "left_assignment_expression");
  if (IsNull(left)) return;
  const std::string_view text = TextOf(context.text, left);
  const std::size_t dollar = text.rfind('$');
  if (dollar == std::string_view::npos || (dollar > 0 && text.front() != '[')) return;
  const std::string name = WithoutScope(text.substr(dollar + 1));
  if (name.empty() || name == "null" || name.find_first_of(".[](){} ,\t\n") != std::string::npos) {
    return;
  }
  Found result;
  result.kind = IsAllCaps(name) ? SymbolKind::kConstant : rule.kind;
  result.name = name;
  result.name_begin = BeginOf(left) + static_cast<std::uint32_t>(dollar);
  EndBeforeLong(result, LastNamedChild(context.node));
  found.push_back(std::move(result));
}

/// The last word that is no parameter: `Archive` of `Import-Module -Name Archive`.
TSNode LastArgument(TSNode command) {
  const TSNode elements = FieldOf(command, "command_elements");
  TSNode last{};
  if (IsNull(elements)) return last;
  ForEachNamedChild(elements, [&](TSNode element) {
    const std::string_view type = TypeOf(element);
    if (type != "command_argument_sep" && type != "command_parameter") last = element;
  });
  return last;
}

/// A command. `using`, `Import-Module` and `. file` import.
void UseCommand(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode name = FieldOf(context.node, "command_name");
  if (IsNull(name)) return;
  const TSNode lead = ChildOfType(context.node, "command_invokation_operator");
  if (!IsNull(lead) && TextOf(context.text, lead) == ".") {
    AddImport(context, name, uses);
    return;
  }
  const std::string_view word = TextOf(context.text, name);
  if (word == "using" || word == "Import-Module") {
    AddImport(context, LastArgument(context.node), uses);
    return;
  }
  if (word.find_first_of("$\"'{(") != std::string_view::npos) return;
  uses.push_back({ReferenceKind::kCall, name, std::string(word)});
}

/// `$a.Do()`; `[A]::new()` calls A.
void UseMethod(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode member = ChildOfType(context.node, "member_name");
  const TSNode type = ChildOfType(context.node, "type_literal");
  if (IsNull(member)) return;
  const std::string_view name = TextOf(context.text, member);
  if (name != "new" || IsNull(type)) {
    uses.push_back({ReferenceKind::kCall, member, std::string(name)});
    return;
  }
  std::string_view made = TextOf(context.text, type);
  made = made.substr(0, made.find('[', 1));
  while (made.ends_with(']')) made.remove_suffix(1);
  const std::size_t start = made.find_last_of("[.");
  if (start == std::string_view::npos) return;
  uses.push_back({ReferenceKind::kCall, type, std::string(made.substr(start + 1))});
}

/// `class A : B`
void UseBases(const NodeContext& context, std::vector<Use>& uses) {
  bool base = false;
  ForEachNamedChild(context.node, [&](TSNode child) {
    if (TypeOf(child) != "simple_name") return;
    if (base)
      uses.push_back({ReferenceKind::kType, child, std::string(TextOf(context.text, child))});
    base = true;
  });
}

/// The last step of a dotted name.
void UseType(const NodeContext& context, std::vector<Use>& uses) {
  if (!IsNull(context.parent) && TypeOf(context.parent) == "type_name") return;
  const TSNode last = LastNamedChild(context.node);
  if (!IsNull(last))
    uses.push_back({ReferenceKind::kType, last, std::string(TextOf(context.text, last))});
}

/// Help that stands at the head of a function's body.
store::ByteRange HelpInside(const NodeContext& context) {
  if (TypeOf(context.node) != "function_statement") return {};
  TSNode help = ChildOfType(context.node, "comment");
  const TSNode body = ChildOfType(context.node, "script_block");
  if (IsNull(help) && !IsNull(body)) help = ts_node_named_child(body, 0);
  if (IsNull(help) || TypeOf(help) != "comment") return {};
  if (!TextOf(context.text, help).starts_with("<#")) return {};
  return {BeginOf(help), EndOf(help)};
}

constexpr std::array kDefinitions = {
    DefinitionRule{"function_statement", SymbolKind::kFunction, kScope | kAnywhere, "", "",
                   FindFunction},
    DefinitionRule{"class_statement", SymbolKind::kClass, kScope | kAnywhere, "", "", FindByName},
    DefinitionRule{"enum_statement", SymbolKind::kEnum, kScope | kAnywhere, "", "", FindByName},
    DefinitionRule{"enum_member", SymbolKind::kConstant, kAnywhere, "", "", FindByName},
    DefinitionRule{"class_method_definition", SymbolKind::kMethod, kScope | kAnywhere, "", "",
                   FindByName},
    DefinitionRule{"class_property_definition", SymbolKind::kField, kAnywhere, "", "",
                   FindProperty},
    DefinitionRule{"assignment_expression", SymbolKind::kVariable, kPlain, "", "", FindVariable},
};

constexpr std::array kReferences = {
    ReferenceRule{"command", ReferenceKind::kCall, {}, UseCommand},
    ReferenceRule{"invokation_expression", ReferenceKind::kCall, {}, UseMethod},
    ReferenceRule{"type_name", ReferenceKind::kType, {}, UseType},
    ReferenceRule{"class_statement", ReferenceKind::kType, {}, UseBases},
};

constexpr std::array<std::string_view, 1> kComments = {"comment"};
constexpr std::array<std::string_view, 3> kCode = {"script_block", "statement_block",
                                                   "script_block_expression"};
constexpr std::array<std::string_view, 8> kIgnoredNames = {
    "string", "int", "bool", "switch", "object", "hashtable", "CmdletBinding", "Parameter"};

constexpr LanguageRules kPowerShell = {
    .separator = ".",
    .definitions = kDefinitions,
    .references = kReferences,
    .comments = kComments,
    .code = kCode,
    .ignored_names = kIgnoredNames,
    .inner_doc = HelpInside,
};

}  // namespace

const LanguageRules& PowerShellRules() { return kPowerShell; }

}  // namespace coppice::indexer
