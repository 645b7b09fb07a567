#include <array>
#include <string>

#include "indexer/parse/languages/finding.h"
#include "indexer/parse/rules.h"

namespace coppice::indexer {
namespace {

using store::ReferenceKind;
using store::SymbolKind;

/// `NAME=value` at the top of a script, with or without `readonly` or `export`.
void FindVariable(const NodeContext& context, const DefinitionRule& rule,
                  std::vector<Found>& found) {
  const TSNode name = FieldOf(context.node, "name");
  if (IsNull(name) || TypeOf(name) != "variable_name" || IsNull(context.parent)) return;
  const std::string_view parent = TypeOf(context.parent);
  // Not `NAME=value command` and not in a loop or a condition.
  if (parent != "program" && parent != "declaration_command") return;
  Found result = FoundAt(context, name, rule.kind);
  if (parent == "declaration_command" &&
      TextOf(context.text, context.parent).starts_with("readonly")) {
    result.kind = SymbolKind::kConstant;
  }
  const TSNode value = FieldOf(context.node, "value");
  EndBeforeLong(result, value);
  found.push_back(std::move(result));
}

/// A command; `source file` and `. file` import.
void UseCommand(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode name = FieldOf(context.node, "name");
  if (IsNull(name)) return;
  const std::string_view word = TextOf(context.text, name);
  if (word != "source" && word != ".") {
    if (ts_node_named_child_count(name) > 0 && TypeOf(ts_node_named_child(name, 0)) != "word") {
      return;  // "$command", $(command)
    }
    uses.push_back({ReferenceKind::kCall, name, std::string(word)});
    return;
  }
  const TSNode file = FieldOf(context.node, "argument");
  if (IsNull(file)) return;
  uses.push_back({ReferenceKind::kImport, file, std::string(Unquoted(TextOf(context.text, file)))});
}

constexpr std::array kDefinitions = {
    DefinitionRule{"function_definition", SymbolKind::kFunction, kScope | kAnywhere},
    DefinitionRule{"variable_assignment", SymbolKind::kVariable, kPlain, "name", "", FindVariable},
};

constexpr std::array kReferences = {
    ReferenceRule{"command", ReferenceKind::kCall, {}, UseCommand},
};

constexpr std::array<std::string_view, 1> kComments = {"comment"};
constexpr std::array<std::string_view, 1> kWrappers = {"declaration_command"};
constexpr std::array<std::string_view, 1> kCode = {"function_definition"};

constexpr LanguageRules kBash = {
    .separator = "::",
    .definitions = kDefinitions,
    .references = kReferences,
    .comments = kComments,
    .wrappers = kWrappers,
    .code = kCode,
};

}  // namespace

const LanguageRules& BashRules() { return kBash; }

}  // namespace coppice::indexer
