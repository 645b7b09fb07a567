#include <array>
#include <string>

#include "indexer/parse/languages/finding.h"
#include "indexer/parse/rules.h"

// OCaml and its interface files, which have a grammar of their own with the same names.
namespace coppice::indexer {
namespace {

using store::ReferenceKind;
using store::SymbolKind;

/// The first child of one of these types.
TSNode ChildOf(TSNode node, std::string_view one, std::string_view other) {
  const TSNode child = ChildOfType(node, one);
  return IsNull(child) ? ChildOfType(node, other) : child;
}

/// A binding begins at the `let` or `type` around it, or at its own `and`. What speaks of it may
/// stand behind it.
void Extend(const NodeContext& context, Found& found) {
  if (!IsNull(context.parent) && TypeOf(context.node).ends_with("_binding")) {
    found.begin = BeginOf(context.parent);
    TSNode before = context.around->Sibling(-1);
    for (std::ptrdiff_t offset = -2; !IsNull(before) && !TypeOf(before).ends_with("_binding");
         --offset) {
      before = context.around->Sibling(offset);
    }
    if (!IsNull(before)) {
      const std::size_t word = context.text.rfind("and", BeginOf(context.node));
      if (word != std::string_view::npos && word >= EndOf(before)) {
        found.begin = static_cast<std::uint32_t>(word);
      }
    }
  }
  found.end = DocBehind(context, "(**").end;
}

void AddNamed(const NodeContext& context, const DefinitionRule& rule, TSNode name,
              std::vector<Found>& found) {
  if (IsNull(name)) return;
  found.push_back(FoundAt(context, name, rule.kind));
  Extend(context, found.back());
}

/// The name is the first child of a type that only names have.
void FindByChild(const NodeContext& context, const DefinitionRule& rule,
                 std::vector<Found>& found) {
  const std::uint32_t count = ts_node_named_child_count(context.node);
  for (std::uint32_t i = 0; i < count; ++i) {
    const TSNode child = ts_node_named_child(context.node, i);
    const std::string_view type = TypeOf(child);
    if (!type.ends_with("_name") && type != "parenthesized_operator") continue;
    AddNamed(context, rule, child, found);
    return;
  }
}

/// A module ends its signature before what it holds.
void FindModule(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  FindByChild(context, rule, found);
  if (found.empty()) return;
  for (const std::string_view field : {"body", "module_type"}) {
    const TSNode body = FieldOf(context.node, field);
    if (IsNull(body) || (TypeOf(body) != "structure" && TypeOf(body) != "signature")) continue;
    found.back().signature_end = BeginOf(body);
    return;
  }
}

void FindClass(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  FindByChild(context, rule, found);
  TSNode body = FieldOf(context.node, "body");
  if (IsNull(body)) {  // `class counter : int -> object … end` of an interface
    body = FieldOf(context.node, "class_type");
    while (!IsNull(body) && TypeOf(body) == "class_function_type") body = LastNamedChild(body);
  }
  if (!found.empty() && !IsNull(body)) found.back().signature_end = BeginOf(body);
}

void FindType(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  AddNamed(context, rule, FieldOf(context.node, "name"), found);
  const TSNode body = FieldOf(context.node, "body");
  if (found.empty() || IsNull(body)) return;
  if (TypeOf(body) == "record_declaration") found.back().kind = SymbolKind::kStruct;
  if (TypeOf(body) == "variant_declaration") found.back().kind = SymbolKind::kEnum;
  found.back().signature_end = BeginOf(body);
}

/// A constructor of a type, or an exception.
void FindConstructor(const NodeContext& context, const DefinitionRule& rule,
                     std::vector<Found>& found) {
  AddNamed(context, rule, ChildOfType(context.node, "constructor_name"), found);
  if (found.empty() || IsNull(context.parent) || TypeOf(context.parent) != "exception_definition") {
    return;
  }
  found.back().kind = SymbolKind::kType;
  found.back().begin = BeginOf(context.parent);
}

bool IsFunction(TSNode value) {
  const std::string_view type = IsNull(value) ? std::string_view{} : TypeOf(value);
  return type == "fun_expression" || type == "function_expression" || type == "function_type";
}

/// `let name = …`, `let (++) a b = …`, `let x, y = …` in a module.
void FindValue(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode pattern = FieldOf(context.node, "pattern");
  if (IsNull(pattern)) return;
  const TSNode body = FieldOf(context.node, "body");
  const bool function = !IsNull(ChildOfType(context.node, "parameter")) || IsFunction(body);
  const auto add = [&](TSNode name) {
    AddNamed(context, rule, name, found);
    if (!function) found.back().kind = SymbolKind::kConstant;
    if (!IsNull(body)) found.back().signature_end = BeginOf(body);
  };
  if (TypeOf(pattern) == "value_name" || TypeOf(pattern) == "parenthesized_operator") add(pattern);
  if (TypeOf(pattern) != "tuple_pattern") return;
  ForEachNamedChild(pattern, [&](TSNode name) {
    if (TypeOf(name) == "value_name") add(name);
  });
}

void FindSpecification(const NodeContext& context, const DefinitionRule& rule,
                       std::vector<Found>& found) {
  AddNamed(context, rule, ChildOf(context.node, "value_name", "parenthesized_operator"), found);
  if (!found.empty() && !IsFunction(FieldOf(context.node, "type"))) {
    found.back().kind = SymbolKind::kConstant;
  }
}

store::ByteRange Documentation(const NodeContext& context) { return DocBehind(context, "(**"); }

/// `open Module`, `include Module`.
void UseModule(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode module = ts_node_named_child(context.node, 0);
  if (IsNull(module)) return;
  uses.push_back({ReferenceKind::kImport, module, std::string(TextOf(context.text, module))});
}

constexpr std::array kDefinitions = {
    DefinitionRule{"module_binding", SymbolKind::kNamespace, kScope, "", "", FindModule},
    DefinitionRule{"module_type_definition", SymbolKind::kInterface, kScope, "", "body",
                   FindByChild},
    DefinitionRule{"type_binding", SymbolKind::kType, kScope, "name", "", FindType},
    DefinitionRule{"constructor_declaration", SymbolKind::kConstant, kScope, "", "",
                   FindConstructor},
    DefinitionRule{"field_declaration", SymbolKind::kField, kPlain, "", "", FindByChild},
    DefinitionRule{"let_binding", SymbolKind::kFunction, kPlain, "pattern", "", FindValue},
    DefinitionRule{"value_specification", SymbolKind::kFunction, kPlain, "", "", FindSpecification},
    DefinitionRule{"external", SymbolKind::kFunction, kPlain, "", "", FindSpecification},
    DefinitionRule{"class_binding", SymbolKind::kClass, kScope, "", "", FindClass},
    DefinitionRule{"class_type_binding", SymbolKind::kInterface, kScope, "", "", FindClass},
    DefinitionRule{"instance_variable_definition", SymbolKind::kField, kPlain, "", "body",
                   FindByChild},
    DefinitionRule{"method_definition", SymbolKind::kMethod, kPlain, "", "body", FindByChild},
    DefinitionRule{"method_specification", SymbolKind::kMethod, kPlain, "", "", FindByChild},
};

constexpr std::array kReferences = {
    ReferenceRule{"application_expression", ReferenceKind::kCall, "function"},
    ReferenceRule{"method_invocation", ReferenceKind::kCall, "method"},
    ReferenceRule{"new_expression", ReferenceKind::kCall},
    ReferenceRule{"module_application", ReferenceKind::kCall, "functor"},
    ReferenceRule{"type_constructor_path", ReferenceKind::kType},
    ReferenceRule{"module_type_path", ReferenceKind::kType},
    ReferenceRule{"open_module", ReferenceKind::kImport, {}, UseModule},
    ReferenceRule{"include_module", ReferenceKind::kImport, {}, UseModule},
    ReferenceRule{"include_module_type", ReferenceKind::kImport, {}, UseModule},
};

constexpr std::array<std::string_view, 1> kComments = {"comment"};
constexpr std::array<std::string_view, 2> kCode = {"let_binding", "method_definition"};
constexpr std::array<std::string_view, 10> kIgnoredNames = {
    "int", "string", "bool", "unit", "float", "char", "list", "array", "option", "bytes"};

constexpr LanguageRules kOcaml = {
    .separator = ".",
    .definitions = kDefinitions,
    .references = kReferences,
    .comments = kComments,
    .code = kCode,
    .ignored_names = kIgnoredNames,
    .inner_doc = Documentation,
};

}  // namespace

const LanguageRules& OcamlRules() { return kOcaml; }

}  // namespace coppice::indexer
