#include <array>
#include <string>

#include "indexer/parse/languages/finding.h"
#include "indexer/parse/rules.h"

// Verilog and SystemVerilog have one grammar.
namespace coppice::indexer {
namespace {

using store::ReferenceKind;
using store::SymbolKind;

/// The position of the next semicolon, for signatures that have no node of their own.
std::uint32_t NextSemicolon(const NodeContext& context, std::uint32_t from) {
  const std::size_t at = context.text.find(';', from);
  return at == std::string_view::npos ? 0 : static_cast<std::uint32_t>(at);
}

/// A module, an interface, a program: named in its header, with or without the ports.
void FindUnit(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const std::uint32_t count = ts_node_named_child_count(context.node);
  for (std::uint32_t i = 0; i < count; ++i) {
    const TSNode header = ts_node_named_child(context.node, i);
    if (!TypeOf(header).ends_with("_header")) continue;
    const TSNode name = FieldOf(header, "name");
    if (IsNull(name)) return;
    found.push_back(FoundAt(context, name, rule.kind));
    found.back().signature_end = EndOf(header);
    return;
  }
}

/// What has its name in a field and ends its head with a semicolon.
void FindNamed(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode name = FieldOf(context.node, "name");
  if (IsNull(name)) return;
  const TSNode ports = ChildOfType(context.node, "tf_port_list");
  found.push_back(FoundAt(context, name, rule.kind));
  found.back().signature_end = NextSemicolon(context, EndOf(IsNull(ports) ? name : ports));
}

void FindConstructor(const NodeContext& context, const DefinitionRule& rule,
                     std::vector<Found>& found) {
  const TSNode arguments = ChildOfType(context.node, "class_constructor_arg_list");
  Found result;
  result.kind = rule.kind;
  result.name = "new";
  result.name_begin = BeginOf(context.node);
  result.signature_end =
      NextSemicolon(context, IsNull(arguments) ? BeginOf(context.node) : EndOf(arguments));
  found.push_back(std::move(result));
}

/// The first plain name directly inside: of a parameter, a net, an enumerator, a constraint.
void FindFirstName(const NodeContext& context, const DefinitionRule& rule,
                   std::vector<Found>& found) {
  const TSNode name = ChildOfType(context.node, "simple_identifier");
  if (!IsNull(name)) found.push_back(FoundAt(context, name, rule.kind));
}

/// `input [3:0] a, b;` below a header without types: each name by itself.
void FindPorts(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  for (const std::string_view list :
       {"list_of_port_identifiers", "list_of_variable_port_identifiers"}) {
    const TSNode names = ChildOfType(context.node, list);
    if (IsNull(names)) continue;
    ForEachNamedChild(names, [&](TSNode name) {
      if (TypeOf(name) == "simple_identifier") found.push_back(FoundAt(context, name, rule.kind));
    });
  }
}

void FindPort(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode name = FieldOf(context.node, "port_name");
  if (!IsNull(name)) found.push_back(FoundAt(context, name, rule.kind));
}

void FindTypedef(const NodeContext& context, const DefinitionRule& rule,
                 std::vector<Found>& found) {
  const TSNode name = FieldOf(context.node, "type_name");
  if (IsNull(name)) return;
  Found result = FoundAt(context, name, rule.kind);
  const TSNode type = ChildOfType(context.node, "data_type");
  if (!IsNull(type) && !IsNull(ChildOfType(type, "enum_name_declaration"))) {
    result.kind = SymbolKind::kEnum;
  } else if (!IsNull(type) && !IsNull(ChildOfType(type, "struct_union_member"))) {
    const bool is_union = TextOf(context.text, type).starts_with("union");
    result.kind = is_union ? SymbolKind::kUnion : SymbolKind::kStruct;
  }
  found.push_back(std::move(result));
}

void FindMacro(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode head = ChildOfType(context.node, "text_macro_name");
  const TSNode name = IsNull(head) ? TSNode{} : ChildOfType(head, "simple_identifier");
  if (!IsNull(name)) found.push_back(FoundAt(context, name, rule.kind));
}

/// `fifo u_fifo (…)`: an instance is part of the module around it.
void FindInstance(const NodeContext& context, const DefinitionRule& rule,
                  std::vector<Found>& found) {
  const TSNode holder = ChildOfType(context.node, "name_of_instance");
  const TSNode name = IsNull(holder) ? TSNode{} : FieldOf(holder, "instance_name");
  if (IsNull(name)) return;
  found.push_back(FoundAt(context, name, rule.kind));
  found.back().signature_end = EndOf(holder);
}

void UseName(const NodeContext& context, ReferenceKind kind, std::vector<Use>& uses) {
  const TSNode name = ChildOfType(context.node, "simple_identifier");
  if (!IsNull(name)) uses.push_back({kind, name, {}});
}
void UseType(const NodeContext& context, std::vector<Use>& uses) {
  UseName(context, ReferenceKind::kType, uses);
}
void UseMacro(const NodeContext& context, std::vector<Use>& uses) {
  UseName(context, ReferenceKind::kCall, uses);
}

/// `import pkg::*`, `import pkg::word_t`.
void UsePackage(const NodeContext& context, std::vector<Use>& uses) {
  uses.push_back(
      {ReferenceKind::kImport, context.node, std::string(TextOf(context.text, context.node))});
}

void UseInclude(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode file = ts_node_named_child(context.node, 0);
  if (IsNull(file)) return;
  uses.push_back({ReferenceKind::kImport, file, std::string(Unquoted(TextOf(context.text, file)))});
}

constexpr std::array kDefinitions = {
    DefinitionRule{"module_declaration", SymbolKind::kClass, kScope, "", "", FindUnit},
    DefinitionRule{"interface_declaration", SymbolKind::kInterface, kScope, "", "", FindUnit},
    DefinitionRule{"program_declaration", SymbolKind::kClass, kScope, "", "", FindUnit},
    DefinitionRule{"package_declaration", SymbolKind::kNamespace, kScope, "name", "", FindNamed},
    DefinitionRule{"class_declaration", SymbolKind::kClass, kScope, "name", "", FindNamed},
    DefinitionRule{"function_body_declaration", SymbolKind::kFunction, kPlain, "name", "",
                   FindNamed},
    DefinitionRule{"task_body_declaration", SymbolKind::kFunction, kPlain, "name", "", FindNamed},
    DefinitionRule{"class_constructor_declaration", SymbolKind::kMethod, kPlain, "", "",
                   FindConstructor},
    DefinitionRule{"property_declaration", SymbolKind::kFunction, kPlain, "name", "", FindNamed},
    DefinitionRule{"sequence_declaration", SymbolKind::kFunction, kPlain, "name", "", FindNamed},
    DefinitionRule{"covergroup_declaration", SymbolKind::kType, kPlain, "name", "", FindNamed},
    DefinitionRule{"constraint_declaration", SymbolKind::kConstant, kPlain, "", "", FindFirstName},
    DefinitionRule{"type_declaration", SymbolKind::kType, kScope, "", "", FindTypedef},
    DefinitionRule{"enum_name_declaration", SymbolKind::kConstant, kPlain, "", "", FindFirstName},
    DefinitionRule{"param_assignment", SymbolKind::kConstant, kPlain, "", "", FindFirstName},
    DefinitionRule{"ansi_port_declaration", SymbolKind::kField, kPlain, "", "", FindPort},
    DefinitionRule{"input_declaration", SymbolKind::kField, kPlain, "", "", FindPorts},
    DefinitionRule{"output_declaration", SymbolKind::kField, kPlain, "", "", FindPorts},
    DefinitionRule{"inout_declaration", SymbolKind::kField, kPlain, "", "", FindPorts},
    DefinitionRule{"variable_decl_assignment", SymbolKind::kVariable, kPlain, "name", ""},
    DefinitionRule{"net_decl_assignment", SymbolKind::kVariable, kPlain, "", "", FindFirstName},
    DefinitionRule{"modport_item", SymbolKind::kField, kPlain, "", "", FindFirstName},
    DefinitionRule{"hierarchical_instance", SymbolKind::kVariable, kPlain, "", "", FindInstance},
    DefinitionRule{"text_macro_definition", SymbolKind::kMacro, kPlain, "", "", FindMacro},
};

constexpr std::array kReferences = {
    ReferenceRule{"tf_call", ReferenceKind::kCall},
    ReferenceRule{"module_instantiation", ReferenceKind::kCall, "instance_type"},
    ReferenceRule{"text_macro_usage", ReferenceKind::kCall, {}, UseMacro},
    ReferenceRule{"data_type", ReferenceKind::kType, {}, UseType},
    ReferenceRule{"net_declaration", ReferenceKind::kType, {}, UseType},
    ReferenceRule{"class_type", ReferenceKind::kType, {}, UseType},
    ReferenceRule{"interface_port_header", ReferenceKind::kType, "interface_name"},
    ReferenceRule{"package_import_item", ReferenceKind::kImport, {}, UsePackage},
    ReferenceRule{"include_compiler_directive", ReferenceKind::kImport, {}, UseInclude},
};

constexpr std::array<std::string_view, 2> kComments = {"one_line_comment", "block_comment"};
constexpr std::array<std::string_view, 17> kWrappers = {"package_item",
                                                        "module_item",
                                                        "class_item",
                                                        "class_method",
                                                        "class_property",
                                                        "port_declaration",
                                                        "function_declaration",
                                                        "task_declaration",
                                                        "data_declaration",
                                                        "net_declaration",
                                                        "struct_union_member",
                                                        "parameter_declaration",
                                                        "local_parameter_declaration",
                                                        "list_of_param_assignments",
                                                        "list_of_net_decl_assignments",
                                                        "list_of_variable_decl_assignments",
                                                        "module_instantiation"};
constexpr std::array<std::string_view, 4> kCode = {"function_body_declaration",
                                                   "task_body_declaration",
                                                   "class_constructor_declaration", "seq_block"};

constexpr LanguageRules kVerilog = {
    .separator = ".",
    .definitions = kDefinitions,
    .references = kReferences,
    .comments = kComments,
    .wrappers = kWrappers,
    .code = kCode,
};

}  // namespace

const LanguageRules& VerilogRules() { return kVerilog; }

}  // namespace coppice::indexer
