#include <algorithm>
#include <array>
#include <string>

#include "indexer/parse/languages/finding.h"
#include "indexer/parse/rules.h"

namespace coppice::indexer {
namespace {

using store::ReferenceKind;
using store::SymbolKind;

bool IsSignature(TSNode node) { return TypeOf(node).ends_with("_signature"); }

/// The last of the names that stand directly in a node: `empty` of `Parcel.empty()`.
TSNode LastIdentifier(TSNode node) {
  TSNode last{};
  ForEachNamedChild(node, [&](TSNode child) {
    if (TypeOf(child) == "identifier") last = child;
  });
  return last;
}

/// What a signature of any kind defines: a function, a getter, a setter, an operator, a
/// constructor.
void AddSigned(const NodeContext& context, TSNode signature, SymbolKind kind,
               std::vector<Found>& found) {
  Found result;
  const TSNode initializers = ChildOfType(signature, "initializers");
  if (TypeOf(signature) == "method_signature") {
    ForEachNamedChild(signature, [&](TSNode child) {
      if (IsSignature(child)) signature = child;
    });
  }
  if (TypeOf(signature) == "operator_signature") {
    const std::string_view text = TextOf(context.text, signature);
    const std::size_t word = text.find("operator");
    const TSNode parameters = ChildOfType(signature, "formal_parameter_list");
    if (word == std::string_view::npos || IsNull(parameters)) return;
    for (const char c : text.substr(word, BeginOf(parameters) - BeginOf(signature) - word)) {
      if (c != ' ') result.name += c;
    }
    result.kind = kind;
    result.name_begin = BeginOf(signature);
  } else {
    const TSNode name = LastIdentifier(signature);
    if (IsNull(name)) return;
    result = FoundAt(context, name, kind);
  }
  EndBefore(result, initializers);
  found.push_back(std::move(result));
}

/// With a body or without: `double get weight;`, `Parcel.empty() : this(0);`.
void FindSigned(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  TSNode signature = FieldOf(context.node, "signature");
  if (IsNull(signature)) {
    ForEachNamedChild(context.node, [&](TSNode child) {
      if (IsNull(signature) && IsSignature(child)) signature = child;
    });
  }
  if (IsNull(signature)) return;
  AddSigned(context, signature, rule.kind, found);
  if (found.empty() || TypeOf(context.node) != "declaration") return;
  EndBefore(found.back(), ChildOfType(context.node, "initializers"));
  EndBefore(found.back(), ChildOfType(context.node, "redirection"));
}

void FindLocal(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode lambda = ChildOfType(context.node, "lambda_expression");
  const TSNode signature = IsNull(lambda) ? lambda : FieldOf(lambda, "parameters");
  if (IsNull(signature)) return;
  AddSigned(context, signature, rule.kind, found);
  if (!found.empty()) EndBefore(found.back(), FieldOf(lambda, "body"));
}

/// A mixin and the value of an extension type: the name has no field.
void FindByChild(const NodeContext& context, const DefinitionRule& rule,
                 std::vector<Found>& found) {
  const TSNode name = ChildOfType(context.node, "identifier");
  if (IsNull(name)) return;
  found.push_back(FoundAt(context, name, rule.kind));
  EndBefore(found.back(), ChildOfType(context.node, "class_body"));
}

/// `extension A on B { … }`; one without a name adds to the type.
void FindExtension(const NodeContext& context, const DefinitionRule& rule,
                   std::vector<Found>& found) {
  const TSNode name = FieldOf(context.node, "name");
  const TSNode type = FieldOf(context.node, "class");
  if (IsNull(name) && IsNull(type)) return;
  found.push_back(FoundAt(context, IsNull(name) ? type : name, rule.kind));
  found.back().defines = !IsNull(name);
}

/// `typedef Moved = void Function();`, `typedef int Compare(Parcel a);`
void FindAlias(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  TSNode name{};
  bool assigned = false;
  const std::uint32_t count = ts_node_child_count(context.node);
  for (std::uint32_t i = 0; i < count && !assigned; ++i) {
    const TSNode child = ts_node_child(context.node, i);
    assigned = TypeOf(child) == "=";
    if (TypeOf(child) == "type_identifier") name = child;
  }
  if (!IsNull(name)) found.push_back(FoundAt(context, name, rule.kind));
}

/// The grammar has no node around `const int a = 1, b = 2;` outside classes: it begins where the
/// line does, or behind what ends on it.
std::uint32_t BeginOfStatement(std::string_view text, std::uint32_t at) {
  std::size_t begin = at;
  while (begin > 0 && text[begin - 1] != '\n' && text[begin - 1] != ';' && text[begin - 1] != '}') {
    --begin;
  }
  begin = text.find_first_not_of(" \t", begin);
  return static_cast<std::uint32_t>(std::min<std::size_t>(begin, at));
}

void FindVariable(const NodeContext& context, const DefinitionRule& rule,
                  std::vector<Found>& found) {
  const TSNode name = ChildOfType(context.node, "identifier");
  if (IsNull(name) || IsNull(context.parent)) return;
  Found result = FoundAt(context, name, rule.kind);
  if (context.scope == SymbolKind::kNone) {
    result.begin = BeginOfStatement(context.text, BeginOf(context.parent));
  }
  if (ts_node_named_child_count(context.node) > 1) {
    EndBeforeLong(result, LastNamedChild(context.node));
  }
  found.push_back(std::move(result));
}

/// `new A()`, `const A()`
void UseNew(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode type = ChildOfType(context.node, "type_identifier");
  if (!IsNull(type)) uses.push_back({ReferenceKind::kCall, type, {}});
}

void UseUri(const NodeContext& context, std::vector<Use>& uses) {
  AddImport(context, context.node, uses);
}

constexpr std::array kDefinitions = {
    DefinitionRule{"class_definition", SymbolKind::kClass, kScope},
    DefinitionRule{"mixin_declaration", SymbolKind::kClass, kScope, "", "", FindByChild},
    DefinitionRule{"extension_declaration", SymbolKind::kClass, kScope, "name", "body",
                   FindExtension},
    DefinitionRule{"extension_type_declaration", SymbolKind::kClass, kScope},
    DefinitionRule{"representation_declaration", SymbolKind::kField, kPlain, "", "", FindByChild},
    DefinitionRule{"enum_declaration", SymbolKind::kEnum, kScope},
    DefinitionRule{"enum_constant", SymbolKind::kConstant, kPlain, "name", ""},
    DefinitionRule{"type_alias", SymbolKind::kType, kPlain, "", "", FindAlias},
    DefinitionRule{"function_declaration", SymbolKind::kFunction, kScope, "", "body", FindSigned},
    DefinitionRule{"local_function_declaration", SymbolKind::kFunction, kScope | kAnywhere, "", "",
                   FindLocal},
    DefinitionRule{"method_declaration", SymbolKind::kMethod, kScope, "", "body", FindSigned},
    DefinitionRule{"declaration", SymbolKind::kMethod, kPlain, "", "", FindSigned},
    DefinitionRule{"initialized_identifier", SymbolKind::kVariable, kPlain, "", "", FindVariable},
    DefinitionRule{"static_final_declaration", SymbolKind::kConstant, kPlain, "", "", FindVariable},
};

constexpr std::array kReferences = {
    ReferenceRule{"method_invocation", ReferenceKind::kCall, "function"},
    ReferenceRule{"new_expression", ReferenceKind::kCall, {}, UseNew},
    ReferenceRule{"const_object_expression", ReferenceKind::kCall, {}, UseNew},
    ReferenceRule{"annotation", ReferenceKind::kType, "name"},
    ReferenceRule{"type_identifier", ReferenceKind::kType},
    ReferenceRule{"uri", ReferenceKind::kImport, {}, UseUri},
};

constexpr std::array<std::string_view, 2> kComments = {"comment", "documentation_comment"};
constexpr std::array<std::string_view, 3> kWrappers = {"declaration", "initialized_identifier_list",
                                                       "static_final_declaration_list"};
constexpr std::array<std::string_view, 1> kAttributes = {"annotation"};
constexpr std::array<std::string_view, 1> kCode = {"function_body"};
constexpr std::array<std::string_view, 10> kIgnoredNames = {
    "Object", "String", "T", "bool", "double", "dynamic", "int", "num", "override", "void"};

constexpr LanguageRules kDart = {
    .separator = ".",
    .definitions = kDefinitions,
    .references = kReferences,
    .comments = kComments,
    .wrappers = kWrappers,
    .attributes = kAttributes,
    .code = kCode,
    .ignored_names = kIgnoredNames,
};

}  // namespace

const LanguageRules& DartRules() { return kDart; }

}  // namespace coppice::indexer
