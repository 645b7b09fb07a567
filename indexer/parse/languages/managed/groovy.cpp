#include <array>
#include <string>

#include "indexer/parse/languages/finding.h"
#include "indexer/parse/rules.h"

namespace coppice::indexer {
namespace {

using store::ReferenceKind;
using store::SymbolKind;

/// `static final int A = 1, B = 2`: each variable by itself. At the head of a script a variable.
void FindFields(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode modifiers = ChildOfType(context.node, "modifiers");
  bool constant = false;
  if (!IsNull(modifiers)) {
    const std::string_view words = TextOf(context.text, modifiers);
    constant = words.find("static") != std::string_view::npos &&
               words.find("final") != std::string_view::npos;
  }
  ForEachNamedChild(context.node, [&](TSNode declarator) {
    const TSNode name = FieldOf(declarator, "name");
    if (TypeOf(declarator) != "variable_declarator" || IsNull(name)) return;
    Found result = FoundAt(context, name, constant ? SymbolKind::kConstant : rule.kind);
    EndBeforeLong(result, FieldOf(declarator, "value"));
    found.push_back(std::move(result));
  });
}

/// `def "adds two numbers"()`: a test's name may be a string.
void FindMethod(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode name = FieldOf(context.node, "name");
  if (IsNull(name)) return;
  found.push_back(FoundAt(context, name, rule.kind));
  found.back().name = Unquoted(TextOf(context.text, name));
}

/// The grammar wants a word for a method's name: a string becomes one.
std::string MaskNames(std::string_view text) {
  std::string masked(text);
  for (const std::string_view word : {"def ", "void "}) {
    for (std::size_t at = masked.find(word); at != std::string::npos;
         at = masked.find(word, at + 1)) {
      const std::size_t open = at + word.size();
      if (open >= masked.size() || (masked[open] != '"' && masked[open] != '\'')) continue;
      std::size_t close = open + 1;
      while (close < masked.size() && masked[close] != masked[open] && masked[close] != '\n') {
        close += masked[close] == '\\' ? 2U : 1U;
      }
      if (close + 1 >= masked.size() || masked[close] == '\n' || masked[close + 1] != '(') continue;
      masked.replace(open, close + 1 - open, close + 1 - open, '_');
    }
  }
  return masked;
}

/// `NAME = value` of a script.
void FindAssigned(const NodeContext& context, const DefinitionRule& rule,
                  std::vector<Found>& found) {
  const TSNode left = FieldOf(context.node, "left");
  if (IsNull(left) || TypeOf(left) != "identifier" || context.scope != SymbolKind::kNone) return;
  Found result = FoundAt(context, left, rule.kind);
  if (IsAllCaps(result.name)) result.kind = SymbolKind::kConstant;
  EndBeforeLong(result, FieldOf(context.node, "right"));
  found.push_back(std::move(result));
}

constexpr std::array kDefinitions = {
    DefinitionRule{"class_declaration", SymbolKind::kClass, kScope | kAnywhere},
    DefinitionRule{"interface_declaration", SymbolKind::kInterface, kScope | kAnywhere},
    DefinitionRule{"enum_declaration", SymbolKind::kEnum, kScope | kAnywhere},
    DefinitionRule{"record_declaration", SymbolKind::kClass, kScope | kAnywhere},
    DefinitionRule{"annotation_type_declaration", SymbolKind::kInterface, kScope},
    DefinitionRule{"annotation_type_element_declaration", SymbolKind::kMethod, kPlain, "name", ""},
    DefinitionRule{"method_declaration", SymbolKind::kMethod, kScope | kAnywhere, "name", "body",
                   FindMethod},
    DefinitionRule{"constructor_declaration", SymbolKind::kMethod, kScope | kAnywhere},
    DefinitionRule{"compact_constructor_declaration", SymbolKind::kMethod, kScope | kAnywhere},
    DefinitionRule{"function_definition", SymbolKind::kFunction, kScope | kAnywhere, "name", "body",
                   FindMethod},
    DefinitionRule{"field_declaration", SymbolKind::kField, kPlain, "", "", FindFields},
    DefinitionRule{"constant_declaration", SymbolKind::kConstant, kPlain, "", "", FindFields},
    DefinitionRule{"local_variable_declaration", SymbolKind::kVariable, kPlain, "", "", FindFields},
    DefinitionRule{"assignment_expression", SymbolKind::kVariable, kPlain, "", "", FindAssigned},
    DefinitionRule{"enum_constant", SymbolKind::kConstant, kScope},
};

constexpr std::array kReferences = {
    ReferenceRule{"method_invocation", ReferenceKind::kCall, "name"},
    ReferenceRule{"juxt_function_call", ReferenceKind::kCall, "name"},
    ReferenceRule{"object_creation_expression", ReferenceKind::kCall, "type"},
    ReferenceRule{"type_identifier", ReferenceKind::kType},
    ReferenceRule{"marker_annotation", ReferenceKind::kType, "name"},
    ReferenceRule{"annotation", ReferenceKind::kType, "name"},
    ReferenceRule{"import_declaration", ReferenceKind::kImport, {}, UseImportOfJava},
};

constexpr std::array<std::string_view, 2> kComments = {"line_comment", "block_comment"};
constexpr std::array<std::string_view, 1> kWrappers = {"expression_statement"};
constexpr std::array<std::string_view, 4> kCode = {"block", "constructor_body", "closure",
                                                   "lambda_expression"};
constexpr std::array<std::string_view, 7> kIgnoredNames = {"String", "Object",   "T", "def",
                                                           "as",     "Override", "in"};

constexpr LanguageRules kGroovy = {
    .separator = ".",
    .definitions = kDefinitions,
    .references = kReferences,
    .comments = kComments,
    .wrappers = kWrappers,
    .code = kCode,
    .ignored_names = kIgnoredNames,
    .mask = MaskNames,
};

}  // namespace

const LanguageRules& GroovyRules() { return kGroovy; }

}  // namespace coppice::indexer
