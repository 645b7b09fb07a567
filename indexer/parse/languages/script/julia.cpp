#include <array>
#include <string>

#include "indexer/parse/languages/finding.h"
#include "indexer/parse/rules.h"

namespace coppice::indexer {
namespace {

using store::ReferenceKind;
using store::SymbolKind;

bool IsModule(const NodeContext& context) {
  return !IsNull(context.parent) &&
         (TypeOf(context.parent) == "source_file" || TypeOf(context.parent) == "module_definition");
}

/// The call that a function's head is: `f(x)` of `f(x::T)::Int where T`. Null where it is none.
TSNode CallOfHead(TSNode head) {
  constexpr int kMaxSteps = 4;
  for (int step = 0; step < kMaxSteps && !IsNull(head); ++step) {
    if (TypeOf(head) == "call_expression") return head;
    if (TypeOf(head) != "signature" && TypeOf(head) != "where_expression" &&
        TypeOf(head) != "typed_expression") {
      break;
    }
    head = ts_node_named_child(head, 0);
  }
  return TSNode{};
}

/// "show" of `Base.show(io, x)`, "+" of `Base.:+(a, b)`.
TSNode LeafOf(TSNode name) {
  while (!IsNull(name) && ts_node_named_child_count(name) > 0) {
    const bool generic = TypeOf(name) == "parametrized_type_expression";
    name = generic ? ts_node_named_child(name, 0) : LastNamedChild(name);
  }
  return name;
}

void AddFunction(const NodeContext& context, const DefinitionRule& rule, TSNode head,
                 SymbolKind kind, std::uint32_t signature_end, std::vector<Found>& found) {
  const TSNode call = CallOfHead(head);
  const TSNode name = IsNull(call) ? TSNode{} : LeafOf(ts_node_named_child(call, 0));
  if (IsNull(name)) return;
  Found result = FoundAt(context, name, rule.kind);
  result.kind = kind;
  result.signature_end = signature_end;
  found.push_back(std::move(result));
}

void FindFunction(const NodeContext& context, const DefinitionRule& rule,
                  std::vector<Found>& found) {
  const TSNode signature = ChildOfType(context.node, "signature");
  if (!IsNull(signature)) {
    AddFunction(context, rule, signature, rule.kind, EndOf(signature), found);
  }
}

/// `f(x) = …` anywhere, `NAME = value` in a module.
void FindAssigned(const NodeContext& context, const DefinitionRule& rule,
                  std::vector<Found>& found) {
  const TSNode left = ts_node_named_child(context.node, 0);
  const TSNode right = LastNamedChild(context.node);
  if (IsNull(left) || IsNull(right)) return;
  if (!IsNull(CallOfHead(left))) {
    AddFunction(context, rule, left, SymbolKind::kFunction, EndOf(left), found);
    return;
  }
  const bool constant = !IsNull(context.parent) && TypeOf(context.parent) == "const_statement";
  const TSNode name = TypeOf(left) == "typed_expression" ? ts_node_named_child(left, 0) : left;
  if (TypeOf(name) != "identifier" || !(constant || IsModule(context))) return;
  Found result = FoundAt(context, name, rule.kind);
  if (constant) result.kind = SymbolKind::kConstant;
  const bool large = EndOf(right) - BeginOf(right) > 80;
  result.signature_end = large ? BeginOf(right) : EndOf(right);
  found.push_back(std::move(result));
}

void FindType(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode head = ChildOfType(context.node, "type_head");
  TSNode name = head;
  while (!IsNull(name) && ts_node_named_child_count(name) > 0) name = ts_node_named_child(name, 0);
  if (IsNull(name)) return;
  found.push_back(FoundAt(context, name, rule.kind));
  if (rule.kind == SymbolKind::kStruct) found.back().signature_end = EndOf(head);
}

void FindModule(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode name = FieldOf(context.node, "name");
  if (IsNull(name)) return;
  found.push_back(FoundAt(context, name, rule.kind));
  found.back().signature_end = EndOf(name);
}

/// `mass::T` or `mass` directly in a struct.
void FindField(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  if (IsNull(context.parent) || TypeOf(context.parent) != "struct_definition") return;
  const bool typed = TypeOf(context.node) == "typed_expression";
  const TSNode name = typed ? ts_node_named_child(context.node, 0) : context.node;
  if (!IsNull(name)) found.push_back(FoundAt(context, name, rule.kind));
}

/// `@enum Phase waiting running`: members lie beside their type.
void FindEnum(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode macro = ChildOfType(context.node, "macro_identifier");
  const TSNode arguments = ChildOfType(context.node, "macro_argument_list");
  if (IsNull(macro) || IsNull(arguments) || TextOf(context.text, macro) != "@enum") return;
  ForEachNamedChild(arguments, [&](TSNode argument) {
    while (ts_node_named_child_count(argument) > 0) argument = ts_node_named_child(argument, 0);
    if (TypeOf(argument) != "identifier") return;
    Found result = FoundAt(context, argument, rule.kind);
    if (!found.empty()) result.kind = SymbolKind::kConstant;
    found.push_back(std::move(result));
  });
}

/// A call that is not the head of a definition; `include("file")` imports.
void UseCall(const NodeContext& context, std::vector<Use>& uses) {
  for (std::size_t step = 1; step <= 3; ++step) {
    const TSNode above = context.around->Above(step);
    if (IsNull(above)) break;
    const std::string_view type = TypeOf(above);
    if (type == "signature") return;
    if (type == "assignment" &&
        ts_node_eq(CallOfHead(ts_node_named_child(above, 0)), context.node)) {
      return;
    }
    if (type != "where_expression" && type != "typed_expression") break;
  }
  const TSNode name = LeafOf(ts_node_named_child(context.node, 0));
  if (IsNull(name) || TypeOf(name) != "identifier") return;
  if (TextOf(context.text, name) != "include") {
    uses.push_back({ReferenceKind::kCall, name, {}});
    return;
  }
  const TSNode file = ts_node_named_child(ChildOfType(context.node, "argument_list"), 0);
  if (IsNull(file)) return;
  uses.push_back({ReferenceKind::kImport, file, std::string(Unquoted(TextOf(context.text, file)))});
}

/// All names of a type: `Vector{Body}` uses two.
void AddTypes(TSNode type, std::vector<Use>& uses) {
  constexpr std::size_t kMaxNodes = 100;
  std::vector<TSNode> open{type};
  for (std::size_t seen = 0; !open.empty() && seen < kMaxNodes; ++seen) {
    const TSNode node = open.back();
    open.pop_back();
    if (TypeOf(node) == "identifier") uses.push_back({ReferenceKind::kType, node, {}});
    ForEachNamedChild(node, [&](TSNode child) { open.push_back(child); });
  }
}

/// `name::Type`
void UseTyped(const NodeContext& context, std::vector<Use>& uses) {
  if (ts_node_named_child_count(context.node) > 1) AddTypes(LastNamedChild(context.node), uses);
}

/// `Body <: Massive`
void UseSupertype(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode sign = ChildOfType(context.node, "operator");
  if (IsNull(sign) || TextOf(context.text, sign) != "<:") return;
  AddTypes(LastNamedChild(context.node), uses);
}

void UseMacro(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode macro = ChildOfType(context.node, "macro_identifier");
  if (!IsNull(macro)) uses.push_back({ReferenceKind::kCall, macro, {}});
}

/// `using A, B: c`, `import A.B`.
void UseImport(const NodeContext& context, std::vector<Use>& uses) {
  ForEachNamedChild(context.node, [&](TSNode module) {
    if (TypeOf(module) == "selected_import" || TypeOf(module) == "import_alias") {
      module = ts_node_named_child(module, 0);
    }
    if (IsNull(module)) return;
    uses.push_back({ReferenceKind::kImport, module, std::string(TextOf(context.text, module))});
  });
}

constexpr std::array kDefinitions = {
    DefinitionRule{"module_definition", SymbolKind::kNamespace, kScope, "name", "", FindModule},
    DefinitionRule{"function_definition", SymbolKind::kFunction, kScope | kAnywhere, "", "",
                   FindFunction},
    DefinitionRule{"macro_definition", SymbolKind::kMacro, kPlain, "", "", FindFunction},
    DefinitionRule{"assignment", SymbolKind::kVariable, kPlain, "", "", FindAssigned},
    DefinitionRule{"struct_definition", SymbolKind::kStruct, kScope, "", "", FindType},
    DefinitionRule{"abstract_definition", SymbolKind::kType, kPlain, "", "", FindType},
    DefinitionRule{"primitive_definition", SymbolKind::kType, kPlain, "", "", FindType},
    DefinitionRule{"typed_expression", SymbolKind::kField, kPlain, "", "", FindField},
    DefinitionRule{"identifier", SymbolKind::kField, kPlain, "", "", FindField},
    DefinitionRule{"macrocall_expression", SymbolKind::kEnum, kPlain, "", "", FindEnum},
};

constexpr std::array kReferences = {
    ReferenceRule{"call_expression", ReferenceKind::kCall, {}, UseCall},
    ReferenceRule{"macrocall_expression", ReferenceKind::kCall, {}, UseMacro},
    ReferenceRule{"typed_expression", ReferenceKind::kType, {}, UseTyped},
    ReferenceRule{"binary_expression", ReferenceKind::kType, {}, UseSupertype},
    ReferenceRule{"using_statement", ReferenceKind::kImport, {}, UseImport},
    ReferenceRule{"import_statement", ReferenceKind::kImport, {}, UseImport},
};

// A string directly before a definition is its documentation.
constexpr std::array<std::string_view, 3> kComments = {"line_comment", "block_comment",
                                                       "string_literal"};
constexpr std::array<std::string_view, 1> kWrappers = {"const_statement"};
constexpr std::array<std::string_view, 2> kUnsignedWrappers = {"macrocall_expression",
                                                               "macro_argument_list"};
constexpr std::array<std::string_view, 2> kCode = {"function_definition", "macro_definition"};
constexpr std::array<std::string_view, 10> kIgnoredNames = {
    "Int", "Int64", "Float64", "Bool", "String", "Any", "T", "new", "esc", "Nothing"};

constexpr LanguageRules kJulia = {
    .separator = ".",
    .definitions = kDefinitions,
    .references = kReferences,
    .comments = kComments,
    .wrappers = kWrappers,
    .unsigned_wrappers = kUnsignedWrappers,
    .code = kCode,
    .ignored_names = kIgnoredNames,
};

}  // namespace

const LanguageRules& JuliaRules() { return kJulia; }

}  // namespace coppice::indexer
