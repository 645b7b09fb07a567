#include <array>
#include <string>

#include "indexer/parse/languages/finding.h"
#include "indexer/parse/rules.h"

namespace coppice::indexer {
namespace {

using store::ReferenceKind;
using store::SymbolKind;

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// Blanks joined: `Sized   Queue` and line breaks are one blank.
std::string OneLine(std::string_view text) {
  std::string line;
  for (const char c : text) {
    if (!IsBlank(c)) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  return line;
}

bool IsComment(TSNode node) { return TypeOf(node) == "comment" || TypeOf(node) == "haddock"; }

/// The next sibling that is no comment, `step` by `step` from `offset`, which becomes its place.
TSNode Neighbour(const NodeContext& context, std::ptrdiff_t step, std::ptrdiff_t& offset) {
  TSNode node{};
  do {
    offset += step;
    node = context.around->Sibling(offset);
  } while (!IsNull(node) && IsComment(node));
  return node;
}

TSNode Neighbour(const NodeContext& context, std::ptrdiff_t step) {
  std::ptrdiff_t offset = 0;
  return Neighbour(context, step, offset);
}

/// What an equation or a signature names: `push x q = …`, `xs +++ ys = …`, `(+++) :: …`.
TSNode NameOf(TSNode node) {
  TSNode name = FieldOf(node, "name");
  if (IsNull(name)) {
    const TSNode infix = ChildOfType(node, "infix");
    if (!IsNull(infix)) name = FieldOf(infix, "operator");
  }
  if (!IsNull(name) && TypeOf(name) == "prefix_id") name = ts_node_named_child(name, 0);
  return name;
}

std::string_view NameText(std::string_view text, TSNode node) {
  const TSNode name = IsNull(node) ? TSNode{} : NameOf(node);
  return IsNull(name) ? std::string_view{} : TextOf(text, name);
}

bool IsEquation(TSNode node) { return TypeOf(node) == "function" || TypeOf(node) == "bind"; }

/// Whether equations of this node may define something: not those of `let` and `where`.
bool IsDeclared(const NodeContext& context) {
  return !IsNull(context.parent) && TypeOf(context.parent).ends_with("declarations");
}

bool IsArrow(TSNode type) {
  constexpr int kMaxSteps = 4;  // `forall a. Ord a => …`
  for (int step = 0; step < kMaxSteps && !IsNull(type); ++step) {
    if (TypeOf(type) == "function") return true;
    if (TypeOf(type) != "forall" && TypeOf(type) != "context") return false;
    type = LastNamedChild(type);
  }
  return false;
}

/// The first equation of a name, with its signature before it and the other equations behind it.
void FindEquation(const NodeContext& context, const DefinitionRule& rule,
                  std::vector<Found>& found) {
  const TSNode name = NameOf(context.node);
  if (!IsDeclared(context) || IsNull(name)) return;
  Found result = FoundAt(context, name, rule.kind);
  bool function = TypeOf(context.node) == "function";
  const TSNode before = Neighbour(context, -1);
  if (!IsNull(before) && NameText(context.text, before) == result.name) {
    if (IsEquation(before)) return;
    if (TypeOf(before) == "signature") {
      result.begin = BeginOf(before);
      function = function || IsArrow(FieldOf(before, "type"));
    }
  }
  if (!function) result.kind = SymbolKind::kConstant;
  if (context.scope != SymbolKind::kNone) result.kind = SymbolKind::kMethod;
  std::ptrdiff_t offset = 0;
  while (true) {
    const TSNode next = Neighbour(context, 1, offset);
    if (IsNull(next) || !IsEquation(next)) break;
    if (NameText(context.text, next) != result.name) break;
    result.end = EndOf(next);
  }
  const TSNode match = ChildOfType(context.node, "match");
  if (!IsNull(match)) result.signature_end = BeginOf(match);
  found.push_back(std::move(result));
}

/// A signature that no equation follows: a method of a class.
void FindSignature(const NodeContext& context, const DefinitionRule& rule,
                   std::vector<Found>& found) {
  const TSNode name = NameOf(context.node);
  if (!IsDeclared(context) || context.scope == SymbolKind::kNone || IsNull(name)) return;
  const TSNode next = Neighbour(context, 1);
  const std::string_view text = TextOf(context.text, name);
  if (!IsNull(next) && IsEquation(next) && NameText(context.text, next) == text) return;
  found.push_back(FoundAt(context, name, rule.kind));
  found.back().end = DocBehind(context, "-- ^").end;
}

/// A type with one constructor of named fields is a structure, any other an enumeration.
void FindData(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode name = FieldOf(context.node, "name");
  if (IsNull(name)) return;
  Found result = FoundAt(context, name, rule.kind);
  TSNode constructors = FieldOf(context.node, "constructors");
  if (IsNull(constructors)) constructors = FieldOf(context.node, "constructor");
  if (!IsNull(constructors)) {
    result.signature_end = BeginOf(constructors);
    const TSNode only = ts_node_named_child(constructors, 0);
    if (ts_node_named_child_count(constructors) == 1 && !IsNull(ChildOfType(only, "record"))) {
      result.kind = SymbolKind::kStruct;
    }
  }
  found.push_back(std::move(result));
}

void FindConstructor(const NodeContext& context, const DefinitionRule& rule,
                     std::vector<Found>& found) {
  TSNode name = FieldOf(context.node, "name");
  if (IsNull(name)) {
    const TSNode inner = FieldOf(context.node, "constructor");
    if (!IsNull(inner)) name = FieldOf(inner, "name");
    if (!IsNull(inner) && IsNull(name)) name = FieldOf(inner, "operator");
  }
  if (IsNull(name)) return;
  found.push_back(FoundAt(context, name, rule.kind));
  found.back().end = DocBehind(context, "-- ^").end;
}

/// `a, b :: Int`: each name by itself.
void FindFields(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  ForEachNamedChild(context.node, [&](TSNode name) {
    if (TypeOf(name) != "field_name") return;
    found.push_back(FoundAt(context, name, rule.kind));
    found.back().end = DocBehind(context, "-- ^").end;
  });
}

/// `instance Sized Queue`: named by the class and its types.
void FindInstance(const NodeContext& context, const DefinitionRule& rule,
                  std::vector<Found>& found) {
  const TSNode name = FieldOf(context.node, "name");
  if (IsNull(name)) return;
  Found result = FoundAt(context, name, rule.kind);
  const TSNode types = FieldOf(context.node, "patterns");
  if (!IsNull(types)) result.name += " " + OneLine(TextOf(context.text, types));
  result.name_begin = BeginOf(context.node);  // the class is used here, not defined
  const TSNode body = FieldOf(context.node, "declarations");
  if (!IsNull(body)) result.signature_end = BeginOf(body);
  found.push_back(std::move(result));
}

void FindModule(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode name = FieldOf(context.node, "module");
  if (IsNull(name)) return;
  found.push_back(FoundAt(context, name, rule.kind));
  found.back().signature_end = EndOf(name);
}

void FindForeign(const NodeContext& context, const DefinitionRule& rule,
                 std::vector<Found>& found) {
  const TSNode signature = FieldOf(context.node, "signature");
  const TSNode name = IsNull(signature) ? TSNode{} : NameOf(signature);
  if (!IsNull(name)) found.push_back(FoundAt(context, name, rule.kind));
}

/// `pattern Empty <- …`, with its signature before it.
void FindPattern(const NodeContext& context, const DefinitionRule& rule,
                 std::vector<Found>& found) {
  const TSNode equation = ChildOfType(context.node, "equation");
  const TSNode name = IsNull(equation) ? TSNode{} : FieldOf(equation, "synonym");
  if (IsNull(name)) return;
  Found result = FoundAt(context, name, rule.kind);
  const TSNode before = Neighbour(context, -1);
  if (!IsNull(before) && TypeOf(before) == "pattern_synonym" &&
      !IsNull(ChildOfType(before, "signature"))) {
    result.begin = BeginOf(before);
  }
  found.push_back(std::move(result));
}

store::ByteRange Documentation(const NodeContext& context) { return DocBehind(context, "-- ^"); }

/// A name that is applied; `f x y` once.
void UseApplied(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode function = FieldOf(context.node, "function");
  if (IsNull(function)) return;
  const std::string_view type = TypeOf(function);
  if (type == "variable" || type == "constructor" || type == "qualified") {
    uses.push_back({ReferenceKind::kCall, function, {}});
  }
}

/// The functions of `f . g`.
void UseInfix(const NodeContext& context, std::vector<Use>& uses) {
  for (const std::string_view side : {"left_operand", "right_operand"}) {
    const TSNode operand = FieldOf(context.node, side);
    const TSNode sign = FieldOf(context.node, "operator");
    if (IsNull(operand) || IsNull(sign) || TextOf(context.text, sign) != ".") continue;
    if (TypeOf(operand) == "variable") uses.push_back({ReferenceKind::kCall, operand, {}});
  }
}

/// A type or a class by its name; not where it is exported.
void UseType(const NodeContext& context, std::vector<Use>& uses) {
  if (IsNull(context.parent) || TypeOf(context.parent) == "export") return;
  uses.push_back({ReferenceKind::kType, context.node, {}});
}

void UseImport(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode module = FieldOf(context.node, "module");
  if (IsNull(module)) return;
  uses.push_back({ReferenceKind::kImport, module, std::string(TextOf(context.text, module))});
}

constexpr std::array kDefinitions = {
    DefinitionRule{"header", SymbolKind::kNamespace, kPlain, "module", "", FindModule},
    DefinitionRule{"function", SymbolKind::kFunction, kPlain, "", "", FindEquation},
    DefinitionRule{"bind", SymbolKind::kFunction, kPlain, "", "", FindEquation},
    DefinitionRule{"signature", SymbolKind::kMethod, kPlain, "", "", FindSignature},
    DefinitionRule{"data_type", SymbolKind::kEnum, kScope, "name", "", FindData},
    DefinitionRule{"newtype", SymbolKind::kStruct, kScope, "name", "", FindData},
    DefinitionRule{"data_constructor", SymbolKind::kConstant, kPlain, "", "", FindConstructor},
    DefinitionRule{"gadt_constructor", SymbolKind::kConstant, kPlain, "", "", FindConstructor},
    DefinitionRule{"newtype_constructor", SymbolKind::kConstant, kPlain, "", "", FindConstructor},
    DefinitionRule{"field", SymbolKind::kField, kPlain, "", "", FindFields},
    DefinitionRule{"type_synomym", SymbolKind::kType, kPlain, "name", ""},
    DefinitionRule{"type_family", SymbolKind::kType, kPlain, "name", ""},
    DefinitionRule{"data_family", SymbolKind::kType, kPlain, "name", ""},
    DefinitionRule{"class", SymbolKind::kInterface, kScope, "name", "declarations"},
    DefinitionRule{"instance", SymbolKind::kClass, kScope, "name", "", FindInstance},
    DefinitionRule{"foreign_import", SymbolKind::kFunction, kPlain, "", "", FindForeign},
    DefinitionRule{"pattern_synonym", SymbolKind::kConstant, kPlain, "", "", FindPattern},
};

constexpr std::array kReferences = {
    ReferenceRule{"apply", ReferenceKind::kCall, {}, UseApplied},
    ReferenceRule{"infix", ReferenceKind::kCall, {}, UseInfix},
    ReferenceRule{"name", ReferenceKind::kType, {}, UseType},
    ReferenceRule{"import", ReferenceKind::kImport, {}, UseImport},
};

constexpr std::array<std::string_view, 2> kComments = {"comment", "haddock"};
constexpr std::array<std::string_view, 1> kCode = {"local_binds"};
constexpr std::array<std::string_view, 12> kIgnoredNames = {"Int",    "Integer", "Bool",  "String",
                                                            "Char",   "Double",  "Maybe", "Just",
                                                            "Either", "Left",    "Right", "IO"};

constexpr LanguageRules kHaskell = {
    .separator = ".",
    .definitions = kDefinitions,
    .references = kReferences,
    .comments = kComments,
    .code = kCode,
    .ignored_names = kIgnoredNames,
    .inner_doc = Documentation,
};

}  // namespace

const LanguageRules& HaskellRules() { return kHaskell; }

}  // namespace coppice::indexer
