#include <array>
#include <string>

#include "indexer/parse/languages/finding.h"
#include "indexer/parse/rules.h"

namespace coppice::indexer {
namespace {

using store::ReferenceKind;
using store::SymbolKind;

/// A value of an enumeration is its own name.
void FindItself(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  found.push_back(FoundAt(context, context.node, rule.kind));
}

/// `constructor`, `receive`, `fallback`: named by their keyword.
void FindKeyword(const NodeContext& context, const DefinitionRule& rule,
                 std::vector<Found>& found) {
  const TSNode word = ts_node_child(context.node, 0);
  if (!IsNull(word)) found.push_back(FoundAt(context, word, rule.kind));
}

/// A variable of a contract, which may be constant.
void FindState(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode name = FieldOf(context.node, "name");
  if (IsNull(name)) return;
  found.push_back(FoundAt(context, name, rule.kind));
  const std::string_view head =
      context.text.substr(BeginOf(context.node), BeginOf(name) - BeginOf(context.node));
  if (head.find(" constant ") != std::string_view::npos) {
    found.back().kind = SymbolKind::kConstant;
  }
}

/// `whenOpen`, and a base with its arguments.
void UseModifier(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode name = ts_node_named_child(context.node, 0);
  if (!IsNull(name)) uses.push_back({ReferenceKind::kCall, name, {}});
}

void UseImport(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode source = FieldOf(context.node, "source");
  if (IsNull(source)) return;
  uses.push_back(
      {ReferenceKind::kImport, source, std::string(Unquoted(TextOf(context.text, source)))});
}

constexpr std::array kDefinitions = {
    DefinitionRule{"contract_declaration", SymbolKind::kClass, kScope},
    DefinitionRule{"interface_declaration", SymbolKind::kInterface, kScope},
    DefinitionRule{"library_declaration", SymbolKind::kNamespace, kScope},
    DefinitionRule{"struct_declaration", SymbolKind::kStruct, kScope},
    DefinitionRule{"struct_member", SymbolKind::kField},
    DefinitionRule{"enum_declaration", SymbolKind::kEnum, kScope},
    DefinitionRule{"enum_value", SymbolKind::kConstant, kPlain, "", "", FindItself},
    DefinitionRule{"function_definition", SymbolKind::kFunction},
    DefinitionRule{"modifier_definition", SymbolKind::kFunction},
    DefinitionRule{"constructor_definition", SymbolKind::kMethod, kPlain, "", "body", FindKeyword},
    DefinitionRule{"fallback_receive_definition", SymbolKind::kMethod, kPlain, "", "body",
                   FindKeyword},
    DefinitionRule{"event_definition", SymbolKind::kType},
    DefinitionRule{"error_declaration", SymbolKind::kType},
    DefinitionRule{"user_defined_type_definition", SymbolKind::kType},
    DefinitionRule{"state_variable_declaration", SymbolKind::kField, kPlain, "name", "", FindState},
    DefinitionRule{"constant_variable_declaration", SymbolKind::kConstant},
};

constexpr std::array kReferences = {
    ReferenceRule{"call_expression", ReferenceKind::kCall, "function"},
    ReferenceRule{"emit_statement", ReferenceKind::kCall, "name"},
    ReferenceRule{"revert_statement", ReferenceKind::kCall, "error"},
    ReferenceRule{"modifier_invocation", ReferenceKind::kCall, {}, UseModifier},
    ReferenceRule{"user_defined_type", ReferenceKind::kType},
    ReferenceRule{"type_alias", ReferenceKind::kType},
    ReferenceRule{"import_directive", ReferenceKind::kImport, {}, UseImport},
};

constexpr std::array<std::string_view, 1> kComments = {"comment"};
constexpr std::array<std::string_view, 1> kCode = {"function_body"};
constexpr std::array<std::string_view, 4> kIgnoredNames = {"require", "assert", "revert",
                                                           "keccak256"};

constexpr LanguageRules kSolidity = {
    .separator = ".",
    .definitions = kDefinitions,
    .references = kReferences,
    .comments = kComments,
    .code = kCode,
    .ignored_names = kIgnoredNames,
};

}  // namespace

const LanguageRules& SolidityRules() { return kSolidity; }

}  // namespace coppice::indexer
