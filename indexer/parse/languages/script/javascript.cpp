#include <array>
#include <string>

#include "indexer/parse/languages/finding.h"
#include "indexer/parse/rules.h"

// JavaScript, TypeScript and TSX.
namespace coppice::indexer {
namespace {

using store::ReferenceKind;
using store::SymbolKind;

bool IsFunction(TSNode node) {
  if (IsNull(node)) return false;
  const std::string_view type = TypeOf(node);
  return type == "arrow_function" || type == "function_expression" || type == "generator_function";
}

bool IsClass(TSNode node) { return !IsNull(node) && TypeOf(node) == "class"; }

/// A name bound to a value: what the value is decides what is defined.
void AddBound(const NodeContext& context, TSNode name, TSNode value, SymbolKind plain,
              std::vector<Found>& found) {
  Found result;
  result.name = Unquoted(TextOf(context.text, name));
  result.name_begin = BeginOf(name);
  if (IsFunction(value) || IsClass(value)) {
    result.kind = IsClass(value) ? SymbolKind::kClass : SymbolKind::kFunction;
    const TSNode body = FieldOf(value, "body");
    if (!IsNull(body)) result.signature_end = BeginOf(body);
  } else {
    if (context.in_code) return;
    result.kind = plain;
    EndBeforeLong(result, value);
  }
  found.push_back(std::move(result));
}

/// `const f = () => …`, `let n = 3`.
void FindVariable(const NodeContext& context, const DefinitionRule&, std::vector<Found>& found) {
  const TSNode name = FieldOf(context.node, "name");
  if (IsNull(name) || TypeOf(name) != "identifier") return;
  const TSNode value = FieldOf(context.node, "value");
  bool constant = false;
  if (!IsNull(context.parent)) {
    const TSNode kind = FieldOf(context.parent, "kind");
    constant = !IsNull(kind) && TextOf(context.text, kind) == "const";
  }
  // `const x = require('x')` imports.
  if (!IsNull(value) && TypeOf(value) == "call_expression") {
    const TSNode callee = FieldOf(value, "function");
    if (!IsNull(callee) && TextOf(context.text, callee) == "require") return;
  }
  AddBound(context, name, value, constant ? SymbolKind::kConstant : SymbolKind::kVariable, found);
}

/// Fields of a class; one that holds a function is a method.
void FindField(const NodeContext& context, const DefinitionRule&, std::vector<Found>& found) {
  TSNode name = FieldOf(context.node, "name");
  if (IsNull(name)) name = FieldOf(context.node, "property");
  if (IsNull(name)) return;
  const TSNode value = FieldOf(context.node, "value");
  AddBound(context, name, value, SymbolKind::kField, found);
}

/// `{ name: function () {} }`
void FindPair(const NodeContext& context, const DefinitionRule&, std::vector<Found>& found) {
  const TSNode name = FieldOf(context.node, "key");
  const TSNode value = FieldOf(context.node, "value");
  if (IsNull(name) || (!IsFunction(value) && !IsClass(value))) return;
  if (TypeOf(name) == "computed_property_name") return;
  AddBound(context, name, value, SymbolKind::kField, found);
}

/// `Foo.prototype.bar = function () {}`, `exports.baz = () => 1`.
void FindAssigned(const NodeContext& context, const DefinitionRule&, std::vector<Found>& found) {
  const TSNode left = FieldOf(context.node, "left");
  const TSNode right = FieldOf(context.node, "right");
  if (IsNull(left) || (!IsFunction(right) && !IsClass(right))) return;
  if (TypeOf(left) == "identifier") {
    AddBound(context, left, right, SymbolKind::kVariable, found);
    return;
  }
  if (TypeOf(left) != "member_expression") return;
  const TSNode property = FieldOf(left, "property");
  const TSNode object = FieldOf(left, "object");
  if (IsNull(property) || IsNull(object)) return;
  const std::size_t before = found.size();
  AddBound(context, property, right, SymbolKind::kVariable, found);
  if (found.size() == before) return;
  Found& result = found.back();
  std::string path(TextOf(context.text, object));
  if (result.name == "exports" && path == "module") {
    // Named by the function itself, if at all.
    const TSNode name = FieldOf(right, "name");
    result.name = IsNull(name) ? std::string() : std::string(TextOf(context.text, name));
    return;
  }
  for (const std::string_view tail : {".prototype", ".fn"}) {
    if (path.ends_with(tail)) {
      path.resize(path.size() - tail.size());
      if (result.kind == SymbolKind::kFunction) result.kind = SymbolKind::kMethod;
    }
  }
  const bool plain = path.find_first_of("()[] \n\t") == std::string::npos;
  if (plain && path != "exports" && path != "module.exports" && path != "this" &&
      path != "window" && path != "globalThis") {
    result.qualifier = std::move(path);
  }
}

void UseSource(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode source = FieldOf(context.node, "source");
  if (IsNull(source)) return;
  uses.push_back(
      {ReferenceKind::kImport, source, std::string(Unquoted(TextOf(context.text, source)))});
}

/// A call; `require("x")` and `import("x")` import.
void UseCall(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode callee = FieldOf(context.node, "function");
  if (IsNull(callee)) return;
  const std::string_view name = TextOf(context.text, callee);
  if (name == "require" || name == "import") {
    const TSNode arguments = FieldOf(context.node, "arguments");
    if (IsNull(arguments)) return;
    const TSNode first = ts_node_named_child(arguments, 0);
    if (IsNull(first) || TypeOf(first) != "string") return;
    uses.push_back(
        {ReferenceKind::kImport, first, std::string(Unquoted(TextOf(context.text, first)))});
    return;
  }
  uses.push_back({ReferenceKind::kCall, callee, {}});
}

/// `<Panel title="x">` calls a component; `<div>` is none.
void UseElement(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode name = FieldOf(context.node, "name");
  if (IsNull(name)) return;
  const char first = TextOf(context.text, name).front();
  const bool plain = TypeOf(name) == "identifier";
  if (plain && first >= 'a' && first <= 'z') return;
  uses.push_back({ReferenceKind::kCall, name, {}});
}

constexpr std::array kJavaScriptDefinitions = {
    DefinitionRule{"function_declaration", SymbolKind::kFunction, kScope | kAnywhere},
    DefinitionRule{"generator_function_declaration", SymbolKind::kFunction, kScope | kAnywhere},
    DefinitionRule{"class_declaration", SymbolKind::kClass, kScope | kAnywhere},
    DefinitionRule{"method_definition", SymbolKind::kMethod, kScope | kAnywhere},
    DefinitionRule{"variable_declarator", SymbolKind::kVariable, kScope | kAnywhere, "name", "",
                   FindVariable},
    DefinitionRule{"field_definition", SymbolKind::kField, kScope | kAnywhere, "property", "",
                   FindField},
    DefinitionRule{"pair", SymbolKind::kFunction, kScope | kAnywhere, "key", "", FindPair},
    DefinitionRule{"assignment_expression", SymbolKind::kFunction, kScope | kAnywhere, "left", "",
                   FindAssigned},
};

constexpr std::array kTypeScriptDefinitions = {
    DefinitionRule{"function_declaration", SymbolKind::kFunction, kScope | kAnywhere},
    DefinitionRule{"generator_function_declaration", SymbolKind::kFunction, kScope | kAnywhere},
    DefinitionRule{"function_signature", SymbolKind::kFunction, kPlain},
    DefinitionRule{"class_declaration", SymbolKind::kClass, kScope | kAnywhere},
    DefinitionRule{"abstract_class_declaration", SymbolKind::kClass, kScope | kAnywhere},
    DefinitionRule{"method_definition", SymbolKind::kMethod, kScope | kAnywhere},
    DefinitionRule{"method_signature", SymbolKind::kMethod},
    DefinitionRule{"abstract_method_signature", SymbolKind::kMethod},
    DefinitionRule{"property_signature", SymbolKind::kField},
    DefinitionRule{"interface_declaration", SymbolKind::kInterface, kScope | kAnywhere},
    DefinitionRule{"type_alias_declaration", SymbolKind::kType, kScope | kAnywhere, "name", ""},
    DefinitionRule{"enum_declaration", SymbolKind::kEnum, kScope | kAnywhere},
    DefinitionRule{"internal_module", SymbolKind::kNamespace, kScope},
    DefinitionRule{"variable_declarator", SymbolKind::kVariable, kScope | kAnywhere, "name", "",
                   FindVariable},
    DefinitionRule{"public_field_definition", SymbolKind::kField, kScope | kAnywhere, "name", "",
                   FindField},
    DefinitionRule{"pair", SymbolKind::kFunction, kScope | kAnywhere, "key", "", FindPair},
    DefinitionRule{"assignment_expression", SymbolKind::kFunction, kScope | kAnywhere, "left", "",
                   FindAssigned},
};

constexpr std::array kJavaScriptReferences = {
    ReferenceRule{"call_expression", ReferenceKind::kCall, {}, UseCall},
    ReferenceRule{"new_expression", ReferenceKind::kCall, "constructor"},
    ReferenceRule{"class_heritage", ReferenceKind::kType},
    ReferenceRule{"jsx_opening_element", ReferenceKind::kCall, {}, UseElement},
    ReferenceRule{"jsx_self_closing_element", ReferenceKind::kCall, {}, UseElement},
    ReferenceRule{"import_statement", ReferenceKind::kImport, {}, UseSource},
    ReferenceRule{"export_statement", ReferenceKind::kImport, {}, UseSource},
};

constexpr std::array kTypeScriptReferences = {
    ReferenceRule{"call_expression", ReferenceKind::kCall, {}, UseCall},
    ReferenceRule{"new_expression", ReferenceKind::kCall, "constructor"},
    ReferenceRule{"extends_clause", ReferenceKind::kType, "value"},
    ReferenceRule{"type_identifier", ReferenceKind::kType},
    ReferenceRule{"import_statement", ReferenceKind::kImport, {}, UseSource},
    ReferenceRule{"export_statement", ReferenceKind::kImport, {}, UseSource},
};

constexpr std::array kTsxReferences = {
    ReferenceRule{"call_expression", ReferenceKind::kCall, {}, UseCall},
    ReferenceRule{"new_expression", ReferenceKind::kCall, "constructor"},
    ReferenceRule{"jsx_opening_element", ReferenceKind::kCall, {}, UseElement},
    ReferenceRule{"jsx_self_closing_element", ReferenceKind::kCall, {}, UseElement},
    ReferenceRule{"extends_clause", ReferenceKind::kType, "value"},
    ReferenceRule{"type_identifier", ReferenceKind::kType},
    ReferenceRule{"import_statement", ReferenceKind::kImport, {}, UseSource},
    ReferenceRule{"export_statement", ReferenceKind::kImport, {}, UseSource},
};

constexpr std::array<std::string_view, 1> kComments = {"comment"};
constexpr std::array<std::string_view, 4> kJavaScriptWrappers = {
    "lexical_declaration", "variable_declaration", "export_statement", "expression_statement"};
constexpr std::array<std::string_view, 5> kTypeScriptWrappers = {
    "lexical_declaration", "variable_declaration", "export_statement", "expression_statement",
    "ambient_declaration"};
constexpr std::array<std::string_view, 1> kAttributes = {"decorator"};
constexpr std::array<std::string_view, 6> kCode = {
    "function_declaration", "generator_function_declaration",
    "function_expression",  "arrow_function",
    "method_definition",    "generator_function"};

constexpr LanguageRules kJavaScript = {
    .separator = ".",
    .definitions = kJavaScriptDefinitions,
    .references = kJavaScriptReferences,
    .comments = kComments,
    .wrappers = kJavaScriptWrappers,
    .attributes = kAttributes,
    .code = kCode,
};

constexpr LanguageRules kTypeScript = {
    .separator = ".",
    .definitions = kTypeScriptDefinitions,
    .references = kTypeScriptReferences,
    .comments = kComments,
    .wrappers = kTypeScriptWrappers,
    .attributes = kAttributes,
    .code = kCode,
};

constexpr LanguageRules kTsx = {
    .separator = ".",
    .definitions = kTypeScriptDefinitions,
    .references = kTsxReferences,
    .comments = kComments,
    .wrappers = kTypeScriptWrappers,
    .attributes = kAttributes,
    .code = kCode,
};

}  // namespace

const LanguageRules& JavaScriptRules() { return kJavaScript; }
const LanguageRules& TypeScriptRules() { return kTypeScript; }
const LanguageRules& TsxRules() { return kTsx; }

}  // namespace coppice::indexer
