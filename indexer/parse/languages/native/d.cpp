#include <array>
#include <string>

#include "indexer/parse/languages/finding.h"
#include "indexer/parse/rules.h"

namespace coppice::indexer {
namespace {

using store::ReferenceKind;
using store::SymbolKind;

/// Names are no fields in D's grammar: the first identifier directly inside is the name.
void FindNamed(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode name = ChildOfType(context.node, "identifier");
  if (IsNull(name)) return;
  Found result = FoundAt(context, name, rule.kind);
  for (const std::string_view part : {"aggregate_body", "function_body"}) {
    const TSNode body = ChildOfType(context.node, part);
    if (!IsNull(body)) result.signature_end = BeginOf(body);
  }
  found.push_back(std::move(result));
}

/// What ends its head with a brace that belongs to no node.
void FindBraced(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  FindNamed(context, rule, found);
  if (found.empty()) return;
  const std::size_t brace = context.text.find('{', found.back().name_begin);
  if (brace < EndOf(context.node)) found.back().signature_end = static_cast<std::uint32_t>(brace);
}

store::ByteRange Documentation(const NodeContext& context) { return DocBehind(context, "///"); }

/// `int a, b;`: each name by itself.
void FindVariables(const NodeContext& context, const DefinitionRule& rule,
                   std::vector<Found>& found) {
  ForEachNamedChild(context.node, [&](TSNode declarator) {
    if (TypeOf(declarator) != "declarator") return;
    const TSNode name = ChildOfType(declarator, "identifier");
    if (IsNull(name)) return;
    found.push_back(FoundAt(context, name, rule.kind));
    found.back().end = Documentation(context).end;
  });
}

void FindModule(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode name = ChildOfType(context.node, "module_fqn");
  if (!IsNull(name)) found.push_back(FoundAt(context, name, rule.kind));
}

/// `this(…)` and `~this()`.
void FindThis(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode word = ChildOfType(context.node, "this");
  if (IsNull(word)) return;
  Found result = FoundAt(context, word, rule.kind);
  if (TypeOf(context.node) == "destructor") result.name = "~this";
  const TSNode body = ChildOfType(context.node, "function_body");
  if (!IsNull(body)) result.signature_end = BeginOf(body);
  found.push_back(std::move(result));
}

void UseCall(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode function = ts_node_named_child(context.node, 0);
  if (!IsNull(function)) uses.push_back({ReferenceKind::kCall, function, {}});
}

/// A name in a type; what is called is written like a type, and is none.
void UseType(const NodeContext& context, std::vector<Use>& uses) {
  if (!IsNull(context.parent) && TypeOf(context.parent) == "call_expression") return;
  const TSNode name = ChildOfType(context.node, "identifier");
  if (!IsNull(name)) uses.push_back({ReferenceKind::kType, name, {}});
}

void UseImport(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode module = ChildOfType(context.node, "module_fqn");
  if (IsNull(module)) return;
  uses.push_back({ReferenceKind::kImport, module, std::string(TextOf(context.text, module))});
}

constexpr std::array kDefinitions = {
    DefinitionRule{"module_declaration", SymbolKind::kNamespace, kPlain, "", "", FindModule},
    DefinitionRule{"function_declaration", SymbolKind::kFunction, kPlain, "", "", FindNamed},
    DefinitionRule{"constructor", SymbolKind::kMethod, kPlain, "", "", FindThis},
    DefinitionRule{"destructor", SymbolKind::kMethod, kPlain, "", "", FindThis},
    DefinitionRule{"class_declaration", SymbolKind::kClass, kScope, "", "", FindNamed},
    DefinitionRule{"struct_declaration", SymbolKind::kStruct, kScope, "", "", FindNamed},
    DefinitionRule{"union_declaration", SymbolKind::kUnion, kScope, "", "", FindNamed},
    DefinitionRule{"interface_declaration", SymbolKind::kInterface, kScope, "", "", FindNamed},
    DefinitionRule{"enum_declaration", SymbolKind::kEnum, kScope, "", "", FindBraced},
    DefinitionRule{"enum_member", SymbolKind::kConstant, kPlain, "", "", FindNamed},
    DefinitionRule{"manifest_declarator", SymbolKind::kConstant, kPlain, "", "", FindNamed},
    DefinitionRule{"variable_declaration", SymbolKind::kVariable, kPlain, "", "", FindVariables},
    DefinitionRule{"alias_initializer", SymbolKind::kType, kPlain, "", "", FindNamed},
    DefinitionRule{"template_declaration", SymbolKind::kMacro, kScope, "", "", FindBraced},
};

constexpr std::array kReferences = {
    ReferenceRule{"call_expression", ReferenceKind::kCall, {}, UseCall},
    ReferenceRule{"type", ReferenceKind::kType, {}, UseType},
    ReferenceRule{"base_class", ReferenceKind::kType, {}, UseType},
    ReferenceRule{"template_instance", ReferenceKind::kType, {}, UseType},
    ReferenceRule{"imported", ReferenceKind::kImport, {}, UseImport},
};

constexpr std::array<std::string_view, 1> kComments = {"comment"};
constexpr std::array<std::string_view, 3> kWrappers = {"alias_declaration", "manifest_constant",
                                                       "mixin_template_declaration"};
constexpr std::array<std::string_view, 1> kCode = {"function_body"};

constexpr LanguageRules kD = {
    .separator = ".",
    .definitions = kDefinitions,
    .references = kReferences,
    .comments = kComments,
    .wrappers = kWrappers,
    .code = kCode,
    .inner_doc = Documentation,
};

}  // namespace

const LanguageRules& DRules() { return kD; }

}  // namespace coppice::indexer
