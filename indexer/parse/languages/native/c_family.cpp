#include <array>
#include <string>

#include "indexer/parse/languages/finding.h"
#include "indexer/parse/languages/native/cuda_mask.h"
#include "indexer/parse/languages/native/macro_mask.h"
#include "indexer/parse/rules.h"

// C and C++.
namespace coppice::indexer {
namespace {

using store::ReferenceKind;
using store::SymbolKind;

/// What a declarator declares: `*Foo::bar(int)` is the function `bar` in `Foo`.
struct Declared {
  TSNode name{};      // the terminal node
  TSNode function{};  // its function_declarator, null for what is no function
  std::string text;
  std::string qualifier;
};

void Append(std::string& path, std::string_view part) {
  if (part.empty()) return;
  if (!path.empty()) path += "::";
  path += part;
}

/// "Foo" of `Foo<int>`.
std::string_view WithoutArguments(std::string_view text, TSNode node) {
  const TSNode name = FieldOf(node, "name");
  return TypeOf(node).starts_with("template_") && !IsNull(name) ? TextOf(text, name)
                                                                : TextOf(text, node);
}

std::string WithoutBlanks(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c != ' ' && c != '\t' && c != '\n' && c != '\r') result += c;
  }
  return result;
}

/// "operator bool" of `operator bool() const`.
std::string CastName(std::string_view text, TSNode node) {
  const TSNode type = FieldOf(node, "type");
  if (IsNull(type)) return "operator";
  return "operator " + std::string(TextOf(text, type));
}

void ReadTerminal(std::string_view text, TSNode node, Declared& declared) {
  constexpr int kMaxScopes = 32;
  for (int i = 0; i < kMaxScopes && TypeOf(node) == "qualified_identifier"; ++i) {
    const TSNode scope = FieldOf(node, "scope");
    if (!IsNull(scope)) Append(declared.qualifier, WithoutArguments(text, scope));
    node = FieldOf(node, "name");
    if (IsNull(node)) return;
  }
  declared.name = node;
  const std::string_view type = TypeOf(node);
  if (type == "operator_cast") {
    declared.text = CastName(text, node);
    declared.function = node;
  } else if (type == "operator_name" || type == "destructor_name") {
    declared.text = WithoutBlanks(TextOf(text, node));
  } else if (type.starts_with("template_")) {
    declared.text = WithoutArguments(text, node);
  } else if (type == "identifier" || type == "field_identifier" || type == "type_identifier" ||
             type == "primitive_type") {
    declared.text = TextOf(text, node);
  }
}

Declared ReadDeclarator(std::string_view text, TSNode node) {
  constexpr int kMaxDepth = 32;
  Declared declared;
  bool pointer_inside_parentheses = false;
  bool in_parentheses = false;
  for (int i = 0; i < kMaxDepth && !IsNull(node); ++i) {
    const std::string_view type = TypeOf(node);
    if (type == "function_declarator") {
      if (IsNull(declared.function)) declared.function = node;
    } else if (type == "parenthesized_declarator") {
      in_parentheses = !IsNull(declared.function);
    } else if (type == "pointer_declarator" || type == "reference_declarator") {
      pointer_inside_parentheses = pointer_inside_parentheses || in_parentheses;
    } else if (type != "init_declarator" && type != "array_declarator" &&
               type != "attributed_declarator") {
      ReadTerminal(text, node, declared);
      break;
    }
    TSNode next = FieldOf(node, "declarator");
    if (IsNull(next)) {
      next = type == "attributed_declarator" ? ts_node_named_child(node, 0) : LastNamedChild(node);
    }
    node = next;
  }
  // `int (*f)(int)` is a variable that points to a function.
  if (pointer_inside_parentheses) declared.function = TSNode{};
  return declared;
}

/// `TEST(Suite, Case) {`: a macro that defines something named by its arguments.
bool IsMacroCall(const NodeContext& context, const Declared& declared) {
  if (!IsNull(FieldOf(context.node, "type")) || !declared.qualifier.empty()) return false;
  if (declared.text.size() < 3 || !IsAllCaps(declared.text) || IsNull(declared.function)) {
    return false;
  }
  if (context.scope == SymbolKind::kClass || context.scope == SymbolKind::kStruct) return false;
  const TSNode parameters = FieldOf(declared.function, "parameters");
  return !IsNull(parameters) && ts_node_named_child_count(parameters) > 0;
}

std::string OneLine(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (!blank) {
      result += c;
    } else if (!result.empty() && result.back() != ' ') {
      result += ' ';
    }
  }
  return result;
}

bool HasTypeBody(TSNode type) {
  return !IsNull(type) && TypeOf(type).ends_with("_specifier") && !IsNull(FieldOf(type, "body"));
}

SymbolKind KindOfSpecifier(std::string_view type) {
  if (type == "class_specifier") return SymbolKind::kClass;
  if (type == "struct_specifier") return SymbolKind::kStruct;
  if (type == "union_specifier") return SymbolKind::kUnion;
  if (type == "enum_specifier") return SymbolKind::kEnum;
  return SymbolKind::kType;
}

void FindFunction(const NodeContext& context, const DefinitionRule& rule,
                  std::vector<Found>& found) {
  const Declared declared = ReadDeclarator(context.text, FieldOf(context.node, "declarator"));
  if (declared.text.empty()) return;
  Found result;
  result.kind = rule.kind;
  result.name = declared.text;
  result.qualifier = declared.qualifier;
  result.name_begin = BeginOf(declared.name);
  if (!result.qualifier.empty()) result.kind = SymbolKind::kMethod;
  const TSNode type = FieldOf(context.node, "type");
  if (IsNull(declared.function)) {
    // `class MACRO Name {` taken for a function whose type is `class MACRO`.
    if (IsNull(type) || HasTypeBody(type)) return;
    if (KindOfSpecifier(TypeOf(type)) == SymbolKind::kType) return;
    result.kind = KindOfSpecifier(TypeOf(type));
  } else if (IsMacroCall(context, declared)) {
    result.name = OneLine(TextOf(context.text, declared.function));
  }
  // Not the initialisers of a constructor.
  const TSNode initializers = ChildOfType(context.node, "field_initializer_list");
  if (!IsNull(initializers)) result.signature_end = BeginOf(initializers);
  found.push_back(std::move(result));
}

bool IsConstant(std::string_view text, TSNode declaration) {
  const std::uint32_t count = ts_node_named_child_count(declaration);
  for (std::uint32_t i = 0; i < count; ++i) {
    const TSNode child = ts_node_named_child(declaration, i);
    if (TypeOf(child) != "type_qualifier") continue;
    const std::string_view word = TextOf(text, child);
    if (word == "const" || word == "constexpr") return true;
  }
  return false;
}

/// Variables, fields and prototypes: each declarator by itself.
void FindDeclared(const NodeContext& context, const DefinitionRule& rule,
                  std::vector<Found>& found) {
  // Between the parentheses and the body of an old function: its parameters.
  if (!IsNull(context.parent) && TypeOf(context.parent) == "function_definition") return;
  const std::uint32_t count = ts_node_child_count(context.node);
  const bool constant = IsConstant(context.text, context.node);
  for (std::uint32_t i = 0; i < count; ++i) {
    const char* field = ts_node_field_name_for_child(context.node, i);
    if (field == nullptr || std::string_view(field) != "declarator") continue;
    const TSNode child = ts_node_child(context.node, i);
    const Declared declared = ReadDeclarator(context.text, child);
    if (declared.text.empty()) continue;
    Found result;
    result.name = declared.text;
    result.qualifier = declared.qualifier;
    result.name_begin = BeginOf(declared.name);
    if (!IsNull(declared.function)) {
      result.kind = declared.qualifier.empty() ? SymbolKind::kFunction : SymbolKind::kMethod;
    } else {
      // `const char* p` is no constant, `const int n` is.
      const bool pointer = TypeOf(child) == "pointer_declarator" ||
                           TypeOf(FieldOf(child, "declarator").id == nullptr
                                      ? child
                                      : FieldOf(child, "declarator")) == "pointer_declarator";
      result.kind = constant && !pointer ? SymbolKind::kConstant : rule.kind;
      const TSNode value = FieldOf(child, "value");
      EndBeforeLong(result, value);
    }
    found.push_back(std::move(result));
  }
}

/// `typedef … Name;`, whose name may be the only one a struct has.
void FindTypedef(const NodeContext& context, const DefinitionRule&, std::vector<Found>& found) {
  const TSNode type = FieldOf(context.node, "type");
  const Declared declared = ReadDeclarator(context.text, FieldOf(context.node, "declarator"));
  if (declared.text.empty()) return;
  Found result;
  result.name = declared.text;
  result.name_begin = BeginOf(declared.name);
  result.kind = SymbolKind::kType;
  if (HasTypeBody(type)) {
    const TSNode tag = FieldOf(type, "name");
    result.opens_scope = IsNull(tag);  // else the tag opens it
    if (!IsNull(tag) && TextOf(context.text, tag) == declared.text) return;  // the tag is it
    if (IsNull(tag)) result.kind = KindOfSpecifier(TypeOf(type));
    result.signature_end = BeginOf(FieldOf(type, "body"));
  }
  found.push_back(std::move(result));
}

/// A struct, class, union or enum with a body and a name, which may be qualified.
void FindTag(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode name = FieldOf(context.node, "name");
  if (IsNull(name) || IsNull(FieldOf(context.node, "body"))) return;
  Declared declared;
  ReadTerminal(context.text, name, declared);
  if (declared.text.empty()) return;
  Found result;
  result.kind = rule.kind;
  result.name = declared.text;
  result.qualifier = declared.qualifier;
  result.name_begin = BeginOf(declared.name);
  found.push_back(std::move(result));
}

/// `namespace a::b`: named by its last part.
void FindNamespace(const NodeContext& context, const DefinitionRule& rule,
                   std::vector<Found>& found) {
  const TSNode name = FieldOf(context.node, "name");
  if (IsNull(name)) return;  // anonymous: no part of the path
  const std::string path = WithoutBlanks(TextOf(context.text, name));
  const std::size_t split = path.rfind("::");
  Found result;
  result.kind = rule.kind;
  result.name = split == std::string::npos ? path : path.substr(split + 2);
  result.qualifier = split == std::string::npos ? std::string() : path.substr(0, split);
  result.name_begin = BeginOf(name);
  found.push_back(std::move(result));
}

/// A macro, but not the guard of a header.
void FindMacro(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode name = FieldOf(context.node, "name");
  if (IsNull(name)) return;
  const TSNode value = FieldOf(context.node, "value");
  if (IsNull(value) && rule.node == "preproc_def" && !IsNull(context.parent) &&
      TypeOf(context.parent) == "preproc_ifdef") {
    const TSNode guard = FieldOf(context.parent, "name");
    if (!IsNull(guard) && TextOf(context.text, guard) == TextOf(context.text, name)) return;
  }
  Found result = FoundAt(context, name, rule.kind);
  EndBeforeLong(result, value);
  found.push_back(std::move(result));
}

void UseInclude(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode path = FieldOf(context.node, "path");
  if (IsNull(path)) return;
  uses.push_back({ReferenceKind::kImport, path, std::string(Unquoted(TextOf(context.text, path)))});
}

constexpr std::array kCDefinitions = {
    DefinitionRule{"function_definition", SymbolKind::kFunction, kScope | kAnywhere, "declarator",
                   "body", FindFunction},
    DefinitionRule{"declaration", SymbolKind::kVariable, kPlain, "declarator", "", FindDeclared},
    DefinitionRule{"field_declaration", SymbolKind::kField, kAnywhere, "declarator", "",
                   FindDeclared},
    DefinitionRule{"type_definition", SymbolKind::kType, kScope | kAnywhere, "declarator", "",
                   FindTypedef},
    DefinitionRule{"struct_specifier", SymbolKind::kStruct, kScope | kAnywhere, "name", "body",
                   FindTag},
    DefinitionRule{"union_specifier", SymbolKind::kUnion, kScope | kAnywhere, "name", "body",
                   FindTag},
    DefinitionRule{"enum_specifier", SymbolKind::kEnum, kAnywhere, "name", "body", FindTag},
    DefinitionRule{"enumerator", SymbolKind::kConstant},
    DefinitionRule{"preproc_def", SymbolKind::kMacro, kAnywhere, "name", "", FindMacro},
    DefinitionRule{"preproc_function_def", SymbolKind::kMacro, kAnywhere, "name", "", FindMacro},
};

constexpr std::array kCppDefinitions = {
    DefinitionRule{"function_definition", SymbolKind::kFunction, kScope | kAnywhere, "declarator",
                   "body", FindFunction},
    DefinitionRule{"declaration", SymbolKind::kVariable, kPlain, "declarator", "", FindDeclared},
    DefinitionRule{"field_declaration", SymbolKind::kField, kAnywhere, "declarator", "",
                   FindDeclared},
    DefinitionRule{"type_definition", SymbolKind::kType, kScope | kAnywhere, "declarator", "",
                   FindTypedef},
    DefinitionRule{"alias_declaration", SymbolKind::kType, kPlain, "name", ""},
    DefinitionRule{"concept_definition", SymbolKind::kInterface, kPlain, "name", ""},
    DefinitionRule{"class_specifier", SymbolKind::kClass, kScope | kAnywhere, "name", "body",
                   FindTag},
    DefinitionRule{"struct_specifier", SymbolKind::kStruct, kScope | kAnywhere, "name", "body",
                   FindTag},
    DefinitionRule{"union_specifier", SymbolKind::kUnion, kScope | kAnywhere, "name", "body",
                   FindTag},
    DefinitionRule{"enum_specifier", SymbolKind::kEnum, kScope | kAnywhere, "name", "body",
                   FindTag},
    DefinitionRule{"enumerator", SymbolKind::kConstant},
    DefinitionRule{"namespace_definition", SymbolKind::kNamespace, kScope, "name", "body",
                   FindNamespace},
    DefinitionRule{"preproc_def", SymbolKind::kMacro, kAnywhere, "name", "", FindMacro},
    DefinitionRule{"preproc_function_def", SymbolKind::kMacro, kAnywhere, "name", "", FindMacro},
};

constexpr std::array kCReferences = {
    ReferenceRule{"call_expression", ReferenceKind::kCall, "function"},
    ReferenceRule{"type_identifier", ReferenceKind::kType},
    ReferenceRule{"preproc_include", ReferenceKind::kImport, {}, UseInclude},
};

constexpr std::array<std::string_view, 1> kComments = {"comment"};
constexpr std::array<std::string_view, 1> kCode = {"compound_statement"};
constexpr std::array<std::string_view, 3> kCWrappers = {"type_definition", "declaration",
                                                        "field_declaration"};
constexpr std::array<std::string_view, 4> kCppWrappers = {"template_declaration", "type_definition",
                                                          "declaration", "field_declaration"};
constexpr std::array<std::string_view, 1> kForward = {"access_specifier"};

constexpr std::array<std::string_view, 5> kIgnoredNames = {
    "static_cast", "dynamic_cast", "reinterpret_cast", "const_cast", "decltype"};

std::string MaskCpp(std::string_view text) {
  std::string masked = MaskMacros(text);
  MaskCuda(masked);
  return masked;
}

constexpr LanguageRules kC = {
    .separator = "::",
    .definitions = kCDefinitions,
    .references = kCReferences,
    .comments = kComments,
    .wrappers = kCWrappers,
    .code = kCode,
    .mask = MaskMacros,
};

constexpr LanguageRules kCpp = {
    .separator = "::",
    .definitions = kCppDefinitions,
    .references = kCReferences,
    .comments = kComments,
    .wrappers = kCppWrappers,
    .code = kCode,
    .forward = kForward,
    .ignored_names = kIgnoredNames,
    .mask = MaskCpp,
};

}  // namespace

const LanguageRules& CRules() { return kC; }
const LanguageRules& CppRules() { return kCpp; }

}  // namespace coppice::indexer
