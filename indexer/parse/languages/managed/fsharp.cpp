#include <array>
#include <string>

#include "indexer/parse/languages/finding.h"
#include "indexer/parse/rules.h"

namespace coppice::indexer {
namespace {

using store::ReferenceKind;
using store::SymbolKind;

TSNode FirstLeaf(TSNode node) {
  while (!IsNull(node) && ts_node_named_child_count(node) > 0) node = ts_node_named_child(node, 0);
  return node;
}

/// `module Shop.Queue`, `namespace Shop`, `module Helpers =`.
void FindModule(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  TSNode name = FieldOf(context.node, "name");
  if (IsNull(name)) name = ChildOfType(context.node, "identifier");
  if (IsNull(name)) return;
  found.push_back(FoundAt(context, name, rule.kind));
  found.back().signature_end = EndOf(name);
}

/// A type by the form of what follows its name. The grammar takes `type Key = string` for a union
/// of one case: without a bar and without fields it is another name.
void FindType(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode head = ChildOfType(context.node, "type_name");
  const TSNode name = IsNull(head) ? TSNode{} : FieldOf(head, "type_name");
  if (IsNull(name)) return;
  Found result = FoundAt(context, name, rule.kind);
  const TSNode block = FieldOf(context.node, "block");
  if (TypeOf(context.node) == "union_type_defn" && !IsNull(block) &&
      context.text.substr(EndOf(name), EndOf(context.node) - EndOf(name)).find('|') ==
          std::string_view::npos) {
    result.kind = SymbolKind::kType;
  } else if (!IsNull(block)) {
    result.signature_end = BeginOf(block);
  }
  found.push_back(std::move(result));
}

/// A case, a field: the first identifier directly inside.
void FindNamed(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  if (context.scope == SymbolKind::kType) return;  // the other name of a type
  const TSNode name = ChildOfType(context.node, "identifier");
  if (!IsNull(name)) found.push_back(FoundAt(context, name, rule.kind));
}

/// `let f x = …`, `let value = …`, `let (|Even|Odd|) n = …`.
void FindLet(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode function = ChildOfType(context.node, "function_declaration_left");
  TSNode name{};
  if (!IsNull(function)) {
    name = ChildOfType(function, "identifier");
    if (IsNull(name)) name = ChildOfType(function, "active_pattern");
  } else {
    const TSNode value = ChildOfType(context.node, "value_declaration_left");
    if (!IsNull(value)) name = FirstLeaf(value);
  }
  if (IsNull(name)) return;
  Found result = FoundAt(context, name, rule.kind);
  if (IsNull(function)) result.kind = SymbolKind::kConstant;
  if (IsNull(function) && context.scope == SymbolKind::kClass) result.kind = SymbolKind::kField;
  const TSNode body = FieldOf(context.node, "body");
  if (!IsNull(body)) result.signature_end = BeginOf(body);
  found.push_back(std::move(result));
}

/// `member this.Name(…) = …`
void FindMember(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode name = FieldOf(context.node, "name");
  if (IsNull(name)) return;
  const TSNode method = FieldOf(name, "method");
  found.push_back(FoundAt(context, IsNull(method) ? FirstLeaf(name) : method, rule.kind));
  const std::size_t sign = context.text.find('=', EndOf(name));
  if (sign < EndOf(context.node)) {
    found.back().signature_end = static_cast<std::uint32_t>(sign);
  }
}

void UseApplied(const NodeContext& context, std::vector<Use>& uses) {
  TSNode function = ts_node_named_child(context.node, 0);
  if (!IsNull(function) && TypeOf(function) == "typed_expression") {
    function = ts_node_named_child(function, 0);
  }
  if (IsNull(function) || TypeOf(function) != "long_identifier_or_op") return;
  uses.push_back({ReferenceKind::kCall, function, {}});
}

void UseImport(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode module = ts_node_named_child(context.node, 0);
  if (IsNull(module)) return;
  uses.push_back({ReferenceKind::kImport, module, std::string(TextOf(context.text, module))});
}

constexpr std::array kDefinitions = {
    DefinitionRule{"named_module", SymbolKind::kNamespace, kScope, "name", "", FindModule},
    DefinitionRule{"namespace", SymbolKind::kNamespace, kScope, "name", "", FindModule},
    DefinitionRule{"module_defn", SymbolKind::kNamespace, kScope, "", "", FindModule},
    DefinitionRule{"record_type_defn", SymbolKind::kStruct, kScope, "", "", FindType},
    DefinitionRule{"union_type_defn", SymbolKind::kEnum, kScope, "", "", FindType},
    DefinitionRule{"enum_type_defn", SymbolKind::kEnum, kScope, "", "", FindType},
    DefinitionRule{"anon_type_defn", SymbolKind::kClass, kScope, "", "", FindType},
    DefinitionRule{"interface_type_defn", SymbolKind::kInterface, kScope, "", "", FindType},
    DefinitionRule{"type_abbrev_defn", SymbolKind::kType, kPlain, "", "", FindType},
    DefinitionRule{"delegate_type_defn", SymbolKind::kType, kPlain, "", "", FindType},
    DefinitionRule{"union_type_case", SymbolKind::kConstant, kPlain, "", "", FindNamed},
    DefinitionRule{"enum_type_case", SymbolKind::kConstant, kPlain, "", "", FindNamed},
    DefinitionRule{"record_field", SymbolKind::kField, kPlain, "", "", FindNamed},
    DefinitionRule{"exception_definition", SymbolKind::kType, kPlain, "exception_name", ""},
    DefinitionRule{"function_or_value_defn", SymbolKind::kFunction, kPlain, "", "", FindLet},
    DefinitionRule{"method_or_prop_defn", SymbolKind::kMethod, kPlain, "", "", FindMember},
    DefinitionRule{"member_signature", SymbolKind::kMethod, kPlain, "", "", FindNamed},
};

constexpr std::array kReferences = {
    ReferenceRule{"application_expression", ReferenceKind::kCall, {}, UseApplied},
    ReferenceRule{"simple_type", ReferenceKind::kType},
    ReferenceRule{"import_decl", ReferenceKind::kImport, {}, UseImport},
};

constexpr std::array<std::string_view, 3> kComments = {"line_comment", "block_comment", "xml_doc"};
constexpr std::array<std::string_view, 3> kWrappers = {"type_definition", "declaration_expression",
                                                       "member_defn"};
constexpr std::array<std::string_view, 2> kCode = {"function_or_value_defn", "method_or_prop_defn"};
constexpr std::array<std::string_view, 8> kIgnoredNames = {"int",  "string", "bool", "float",
                                                           "unit", "byte",   "char", "obj"};

constexpr LanguageRules kFsharp = {
    .separator = ".",
    .definitions = kDefinitions,
    .references = kReferences,
    .comments = kComments,
    .wrappers = kWrappers,
    .code = kCode,
    .ignored_names = kIgnoredNames,
    .late_comments = "//",
};

}  // namespace

const LanguageRules& FsharpRules() { return kFsharp; }

}  // namespace coppice::indexer
