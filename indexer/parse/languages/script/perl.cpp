#include <algorithm>
#include <array>
#include <string>

#include "indexer/parse/languages/finding.h"
#include "indexer/parse/rules.h"

namespace coppice::indexer {
namespace {

using store::ReferenceKind;
using store::SymbolKind;

/// "Queue" of `Example::Queue`.
std::string_view LastPart(std::string_view name) {
  const std::size_t colon = name.rfind("::");
  return colon == std::string_view::npos ? name : name.substr(colon + 2);
}

/// A name with its package is found there, whatever package stands around it.
Found FoundInPackage(const NodeContext& context, TSNode name, SymbolKind kind) {
  Found found = FoundAt(context, name, kind);
  const std::string full = found.name;
  found.name = LastPart(full);
  if (found.name.size() == full.size()) return found;
  found.qualifier = full.substr(0, full.size() - found.name.size() - 2);
  found.at_root = true;
  return found;
}

/// `package A::B;` holds for what follows, `package A::B { … }` for what is inside.
void FindPackage(const NodeContext& context, const DefinitionRule& rule,
                 std::vector<Found>& found) {
  const TSNode name = FieldOf(context.node, "name");
  if (IsNull(name)) return;
  Found result = FoundInPackage(context, name, rule.kind);
  result.at_root = true;
  const TSNode block = ChildOfType(context.node, "block");
  result.has_body = !IsNull(block);
  EndBefore(result, block);
  found.push_back(std::move(result));
}

void FindSub(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode name = FieldOf(context.node, "name");
  if (!IsNull(name)) found.push_back(FoundInPackage(context, name, rule.kind));
}

/// `our $A = 1;`, `my ($a, %b);` outside subroutines, without sigils.
void FindVariables(const NodeContext& context, const DefinitionRule& rule,
                   std::vector<Found>& found) {
  ForEachNamedChild(context.node, [&](TSNode variable) {
    const TSNode name = ChildOfType(variable, "varname");
    if (IsNull(name)) return;
    Found result = FoundAt(context, name, rule.kind);
    if (!IsNull(context.parent)) EndBeforeLong(result, FieldOf(context.parent, "right"));
    found.push_back(std::move(result));
  });
}

/// `use constant A => 1;`, `use constant { A => 1, B => 2 };`: every second word.
void FindConstants(const NodeContext& context, const DefinitionRule& rule,
                   std::vector<Found>& found) {
  const TSNode module = FieldOf(context.node, "module");
  if (IsNull(module) || TextOf(context.text, module) != "constant") return;
  TSNode list = ChildOfType(context.node, "list_expression");
  const TSNode several = ChildOfType(context.node, "anonymous_hash_expression");
  if (!IsNull(several)) list = ChildOfType(several, "list_expression");
  if (IsNull(list)) return;
  const std::uint32_t count = IsNull(several) ? 1 : ts_node_named_child_count(list);
  for (std::uint32_t i = 0; i < count; i += 2) {
    const TSNode name = ts_node_named_child(list, i);
    if (TypeOf(name) == "autoquoted_bareword") found.push_back(FoundAt(context, name, rule.kind));
  }
}

void UseFunction(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode function = FieldOf(context.node, "function");
  if (IsNull(function) || TypeOf(function) != "function") return;
  uses.push_back(
      {ReferenceKind::kCall, function, std::string(LastPart(TextOf(context.text, function)))});
}

/// `$a->b`, and the class in `A::B->new`.
void UseMethod(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode method = FieldOf(context.node, "method");
  const TSNode invocant = FieldOf(context.node, "invocant");
  if (!IsNull(method) && TypeOf(method) == "method") {
    uses.push_back(
        {ReferenceKind::kCall, method, std::string(LastPart(TextOf(context.text, method)))});
  }
  if (!IsNull(invocant) && TypeOf(invocant) == "bareword") {
    uses.push_back(
        {ReferenceKind::kType, invocant, std::string(LastPart(TextOf(context.text, invocant)))});
  }
}

/// `use A;`; `use parent qw(A B);` inherits too.
void UseUse(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode module = FieldOf(context.node, "module");
  if (IsNull(module)) return;
  const std::string_view name = TextOf(context.text, module);
  for (const std::string_view pragma :
       {"strict", "warnings", "constant", "utf8", "feature", "lib", "vars", "integer"}) {
    if (name == pragma) return;
  }
  if (name != "parent" && name != "base") {
    AddImport(context, module, uses);
    return;
  }
  ForEachNamedChild(context.node, [&](TSNode list) {
    if (TypeOf(list) != "quoted_word_list" && TypeOf(list) != "string_literal") return;
    std::string_view words = TextOf(context.text, list);
    const std::size_t open = words.find_first_of("([{</|!'\"");
    if (open == std::string_view::npos || words.size() < open + 2) return;
    words = words.substr(open + 1, words.size() - open - 2);
    while (!words.empty()) {
      const std::size_t begin = std::min(words.find_first_not_of(" \t\r\n"), words.size());
      words.remove_prefix(begin);
      const std::string_view word = words.substr(0, words.find_first_of(" \t\r\n"));
      words.remove_prefix(word.size());
      if (word.empty() || word.front() == '-') continue;
      uses.push_back({ReferenceKind::kImport, list, std::string(word)});
      uses.push_back({ReferenceKind::kType, list, std::string(LastPart(word))});
    }
  });
}

void UseRequire(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode what = ts_node_named_child(context.node, 0);
  if (IsNull(what)) return;
  if (TypeOf(what) == "bareword" || TypeOf(what) == "string_literal") {
    AddImport(context, what, uses);
  }
}

constexpr std::array kDefinitions = {
    DefinitionRule{"package_statement", SymbolKind::kNamespace, kScope | kScopeOfRest, "name", "",
                   FindPackage},
    DefinitionRule{"class_statement", SymbolKind::kClass, kScope | kScopeOfRest, "name", "",
                   FindPackage},
    DefinitionRule{"role_statement", SymbolKind::kInterface, kScope | kScopeOfRest, "name", "",
                   FindPackage},
    DefinitionRule{"subroutine_declaration_statement", SymbolKind::kFunction,
                   kScope | kAnywhere | kNeedsBody, "name", "body", FindSub},
    DefinitionRule{"method_declaration_statement", SymbolKind::kMethod,
                   kScope | kAnywhere | kNeedsBody, "name", "body", FindSub},
    DefinitionRule{"variable_declaration", SymbolKind::kVariable, kPlain, "", "", FindVariables},
    DefinitionRule{"use_statement", SymbolKind::kConstant, kPlain, "", "", FindConstants},
};

constexpr std::array kReferences = {
    ReferenceRule{"function_call_expression", ReferenceKind::kCall, {}, UseFunction},
    ReferenceRule{"ambiguous_function_call_expression", ReferenceKind::kCall, {}, UseFunction},
    ReferenceRule{"method_call_expression", ReferenceKind::kCall, {}, UseMethod},
    ReferenceRule{"use_statement", ReferenceKind::kImport, {}, UseUse},
    ReferenceRule{"require_expression", ReferenceKind::kImport, {}, UseRequire},
};

constexpr std::array<std::string_view, 2> kComments = {"comment", "pod"};
constexpr std::array<std::string_view, 1> kLooseComments = {"pod"};
constexpr std::array<std::string_view, 2> kWrappers = {"assignment_expression",
                                                       "expression_statement"};
constexpr std::array<std::string_view, 8> kCode = {"subroutine_declaration_statement",
                                                   "method_declaration_statement",
                                                   "anonymous_subroutine_expression",
                                                   "for_statement",
                                                   "cstyle_for_statement",
                                                   "conditional_statement",
                                                   "loop_statement",
                                                   "phaser_statement"};
constexpr std::array<std::string_view, 12> kIgnoredNames = {"bless",  "die",    "join",    "keys",
                                                            "print",  "printf", "push",    "ref",
                                                            "return", "shift",  "sprintf", "warn"};

constexpr LanguageRules kPerl = {
    .separator = "::",
    .definitions = kDefinitions,
    .references = kReferences,
    .comments = kComments,
    .loose_comments = kLooseComments,
    .wrappers = kWrappers,
    .code = kCode,
    .ignored_names = kIgnoredNames,
};

}  // namespace

const LanguageRules& PerlRules() { return kPerl; }

}  // namespace coppice::indexer
