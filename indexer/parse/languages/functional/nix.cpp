#include <array>
#include <string>

#include "indexer/parse/languages/finding.h"
#include "indexer/parse/rules.h"

namespace coppice::indexer {
namespace {

using store::ReferenceKind;
using store::SymbolKind;

/// `name = value;` of a `let` or an attribute set; what a call is given is no definition.
void FindBinding(const NodeContext& context, const DefinitionRule& rule,
                 std::vector<Found>& found) {
  const TSNode path = FieldOf(context.node, "attrpath");
  const TSNode value = FieldOf(context.node, "expression");
  if (IsNull(path) || IsNull(value)) return;
  Found result = FoundAt(context, path, rule.kind);
  const std::size_t dot = result.name.rfind('.');
  if (dot != std::string::npos && result.name.find('"') == std::string::npos) {
    result.qualifier = result.name.substr(0, dot);
    result.name.erase(0, dot + 1);
  }
  if (TypeOf(value) == "function_expression") {
    result.kind = SymbolKind::kFunction;
    TSNode body = FieldOf(value, "body");  // `a: b: …` takes two arguments
    while (!IsNull(body) && TypeOf(body) == "function_expression") body = FieldOf(body, "body");
    if (!IsNull(body)) result.signature_end = BeginOf(body);
  } else if (TypeOf(value) == "attrset_expression" || TypeOf(value) == "rec_attrset_expression" ||
             EndOf(value) - BeginOf(value) > 80) {
    result.signature_end = BeginOf(value);
  }
  found.push_back(std::move(result));
}

/// A call once, however many arguments it has; `import ./file` imports.
void UseCall(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode function = FieldOf(context.node, "function");
  const TSNode argument = FieldOf(context.node, "argument");
  if (IsNull(function) || TypeOf(function) == "apply_expression") return;
  if (TextOf(context.text, function) != "import") {
    uses.push_back({ReferenceKind::kCall, function, {}});
  } else if (!IsNull(argument)) {
    uses.push_back(
        {ReferenceKind::kImport, argument, std::string(Unquoted(TextOf(context.text, argument)))});
  }
}

constexpr std::array kDefinitions = {
    DefinitionRule{"binding", SymbolKind::kVariable, kScope, "attrpath", "", FindBinding},
};

constexpr std::array kReferences = {
    ReferenceRule{"apply_expression", ReferenceKind::kCall, {}, UseCall},
};

constexpr std::array<std::string_view, 1> kComments = {"comment"};
constexpr std::array<std::string_view, 3> kCode = {"apply_expression", "list_expression",
                                                   "interpolation"};
constexpr std::array<std::string_view, 6> kIgnoredNames = {"map",    "toString",    "throw",
                                                           "isNull", "removeAttrs", "baseNameOf"};

constexpr LanguageRules kNix = {
    .separator = ".",
    .definitions = kDefinitions,
    .references = kReferences,
    .comments = kComments,
    .code = kCode,
    .ignored_names = kIgnoredNames,
};

}  // namespace

const LanguageRules& NixRules() { return kNix; }

}  // namespace coppice::indexer
