#include <array>
#include <string>

#include "indexer/parse/languages/finding.h"
#include "indexer/parse/rules.h"

namespace coppice::indexer {
namespace {

using store::ReferenceKind;
using store::SymbolKind;

/// `static final int A = 1, B = 2;`: each variable by itself.
void FindFields(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode modifiers = ChildOfType(context.node, "modifiers");
  bool constant = false;
  if (!IsNull(modifiers)) {
    const std::string_view words = TextOf(context.text, modifiers);
    constant = words.find("static") != std::string_view::npos &&
               words.find("final") != std::string_view::npos;
  }
  const std::uint32_t count = ts_node_named_child_count(context.node);
  for (std::uint32_t i = 0; i < count; ++i) {
    const TSNode declarator = ts_node_named_child(context.node, i);
    if (TypeOf(declarator) != "variable_declarator") continue;
    const TSNode name = FieldOf(declarator, "name");
    if (IsNull(name)) continue;
    Found result = FoundAt(context, name, constant ? SymbolKind::kConstant : rule.kind);
    const TSNode value = FieldOf(declarator, "value");
    EndBeforeLong(result, value);
    found.push_back(std::move(result));
  }
}

constexpr std::array kDefinitions = {
    DefinitionRule{"class_declaration", SymbolKind::kClass, kScope | kAnywhere},
    DefinitionRule{"interface_declaration", SymbolKind::kInterface, kScope | kAnywhere},
    DefinitionRule{"enum_declaration", SymbolKind::kEnum, kScope | kAnywhere},
    DefinitionRule{"record_declaration", SymbolKind::kClass, kScope | kAnywhere},
    DefinitionRule{"annotation_type_declaration", SymbolKind::kInterface, kScope},
    DefinitionRule{"method_declaration", SymbolKind::kMethod, kScope | kAnywhere},
    DefinitionRule{"constructor_declaration", SymbolKind::kMethod, kScope | kAnywhere},
    DefinitionRule{"compact_constructor_declaration", SymbolKind::kMethod, kScope | kAnywhere},
    DefinitionRule{"annotation_type_element_declaration", SymbolKind::kMethod, kPlain, "name", ""},
    DefinitionRule{"field_declaration", SymbolKind::kField, kPlain, "declarator", "", FindFields},
    DefinitionRule{"constant_declaration", SymbolKind::kConstant, kPlain, "declarator", "",
                   FindFields},
    DefinitionRule{"enum_constant", SymbolKind::kConstant, kScope},
};

constexpr std::array kReferences = {
    ReferenceRule{"method_invocation", ReferenceKind::kCall, "name"},
    ReferenceRule{"object_creation_expression", ReferenceKind::kCall, "type"},
    ReferenceRule{"type_identifier", ReferenceKind::kType},
    ReferenceRule{"import_declaration", ReferenceKind::kImport, {}, UseImportOfJava},
};

constexpr std::array<std::string_view, 2> kComments = {"line_comment", "block_comment"};
constexpr std::array<std::string_view, 3> kCode = {"block", "constructor_body",
                                                   "lambda_expression"};
constexpr std::array<std::string_view, 3> kIgnoredNames = {"String", "Object", "T"};

constexpr LanguageRules kJava = {
    .separator = ".",
    .definitions = kDefinitions,
    .references = kReferences,
    .comments = kComments,
    .code = kCode,
    .ignored_names = kIgnoredNames,
};

}  // namespace

const LanguageRules& JavaRules() { return kJava; }

}  // namespace coppice::indexer
