#include <algorithm>
#include <array>
#include <string>

#include "indexer/parse/languages/finding.h"
#include "indexer/parse/rules.h"

namespace coppice::indexer {
namespace {

using store::ReferenceKind;
using store::SymbolKind;

template <std::size_t kSize>
bool Has(const std::array<std::string_view, kSize>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// The signature of what may have no body: `class Full < Error; end`.
void EndAfter(Found& found, TSNode node, TSNode last) {
  if (IsNull(FieldOf(node, "body")) && !IsNull(last)) found.signature_end = EndOf(last);
}

/// `class A::B < C`
void FindClass(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode name = FieldOf(context.node, "name");
  if (IsNull(name)) return;
  const TSNode scope = FieldOf(name, "scope");
  const TSNode last = IsNull(scope) ? name : FieldOf(name, "name");
  if (IsNull(last)) return;
  Found result = FoundAt(context, last, rule.kind);
  if (!IsNull(scope)) result.qualifier = TextOf(context.text, scope);
  const TSNode base = FieldOf(context.node, "superclass");
  EndAfter(result, context.node, IsNull(base) ? name : base);
  found.push_back(std::move(result));
}

/// The name of the class or module whose body a node stands in directly.
std::string_view NameAround(const NodeContext& context) {
  if (IsNull(context.parent) || TypeOf(context.parent) != "body_statement") return {};
  const TSNode name = FieldOf(ts_node_parent(context.parent), "name");
  return IsNull(name) ? std::string_view() : TextOf(context.text, name);
}

/// `def f`, `def self.f`, `def Other.f`; in A `def A.f` is `def self.f`.
void FindMethod(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode name = FieldOf(context.node, "name");
  if (IsNull(name)) return;
  Found result = FoundAt(context, name, rule.kind);
  const TSNode object = FieldOf(context.node, "object");
  if (context.scope == SymbolKind::kNone && IsNull(object)) result.kind = SymbolKind::kFunction;
  if (!IsNull(object) && TypeOf(object) == "constant") {
    result.qualifier = TextOf(context.text, object);
    if (result.qualifier == NameAround(context)) result.qualifier.clear();
  }
  const TSNode parameters = FieldOf(context.node, "parameters");
  EndAfter(result, context.node, IsNull(parameters) ? name : parameters);
  found.push_back(std::move(result));
}

/// `A = 1`, `@@a = 1`, `$a = 1`; `A = Struct.new(…) do … end` is a class.
void FindAssigned(const NodeContext& context, const DefinitionRule& rule,
                  std::vector<Found>& found) {
  const TSNode left = FieldOf(context.node, "left");
  const TSNode right = FieldOf(context.node, "right");
  if (IsNull(left)) return;
  Found result = FoundAt(context, left, rule.kind);
  if (TypeOf(left) == "class_variable") {
    result.kind = SymbolKind::kField;
  } else if (TypeOf(left) == "global_variable") {
    result.kind = SymbolKind::kVariable;
  } else if (TypeOf(left) != "constant") {
    return;
  }
  result.opens_scope = false;
  EndBeforeLong(result, right);
  if (!IsNull(right) && TypeOf(right) == "call") {
    const TSNode receiver = FieldOf(right, "receiver");
    const TSNode method = FieldOf(right, "method");
    constexpr std::array<std::string_view, 4> kMakers = {"Struct", "Class", "Module", "Data"};
    const std::string_view made =
        IsNull(method) ? std::string_view() : TextOf(context.text, method);
    if (!IsNull(receiver) && Has(kMakers, TextOf(context.text, receiver)) &&
        (made == "new" || made == "define")) {
      result.kind = SymbolKind::kClass;
      result.opens_scope = true;
      result.signature_end = 0;
      EndBefore(result, FieldOf(right, "block"));
    }
  }
  found.push_back(std::move(result));
}

void AddSymbol(const NodeContext& context, TSNode symbol, SymbolKind kind,
               std::vector<Found>& found) {
  if (TypeOf(symbol) != "simple_symbol") return;
  Found result = FoundAt(context, symbol, kind);
  result.name.erase(0, 1);
  result.opens_scope = false;
  EndBefore(result, FieldOf(context.node, "block"));
  found.push_back(std::move(result));
}

/// Calls that define: `attr_reader :a, :b`, `define_method(:f) { … }`, `alias_method :new, :old`.
void FindByCall(const NodeContext& context, const DefinitionRule&, std::vector<Found>& found) {
  constexpr std::array<std::string_view, 8> kFields = {
      "attr",     "attr_reader", "attr_writer", "attr_accessor",
      "has_many", "has_one",     "belongs_to",  "has_and_belongs_to_many"};
  constexpr std::array<std::string_view, 3> kMethods = {"define_method", "alias_method",
                                                        "define_singleton_method"};
  const TSNode method = FieldOf(context.node, "method");
  const TSNode arguments = FieldOf(context.node, "arguments");
  if (IsNull(method) || IsNull(arguments)) return;
  const std::string_view name = TextOf(context.text, method);
  if (Has(kFields, name)) {
    const bool all = name.starts_with("attr");
    ForEachNamedChild(arguments, [&](TSNode argument) {
      if (all || found.empty()) AddSymbol(context, argument, SymbolKind::kField, found);
    });
  } else if (Has(kMethods, name) && ts_node_named_child_count(arguments) > 0) {
    AddSymbol(context, ts_node_named_child(arguments, 0), SymbolKind::kMethod, found);
  }
}

/// A call; `require` and its like import.
void UseCall(const NodeContext& context, std::vector<Use>& uses) {
  constexpr std::array<std::string_view, 4> kImports = {"require", "require_relative", "load",
                                                        "autoload"};
  const TSNode method = FieldOf(context.node, "method");
  if (IsNull(method)) return;
  if (IsNull(FieldOf(context.node, "receiver")) && Has(kImports, TextOf(context.text, method))) {
    const TSNode arguments = FieldOf(context.node, "arguments");
    if (!IsNull(arguments) && TypeOf(LastNamedChild(arguments)) == "string") {
      AddImport(context, LastNamedChild(arguments), uses);
    }
    return;
  }
  uses.push_back({ReferenceKind::kCall, method, {}});
}

/// A class or a module. A name in capitals that nothing is asked of is a plain constant.
void UseConstant(const NodeContext& context, std::vector<Use>& uses) {
  const bool asked = !IsNull(context.parent) && (TypeOf(context.parent) == "scope_resolution" ||
                                                 TypeOf(context.parent) == "call");
  const std::string_view name = TextOf(context.text, context.node);
  if (name.size() > 1 && IsAllCaps(name) && !asked) return;
  uses.push_back({ReferenceKind::kType, context.node, {}});
}

constexpr std::array kDefinitions = {
    DefinitionRule{"module", SymbolKind::kNamespace, kScope | kAnywhere, "name", "body", FindClass},
    DefinitionRule{"class", SymbolKind::kClass, kScope | kAnywhere, "name", "body", FindClass},
    DefinitionRule{"method", SymbolKind::kMethod, kScope | kAnywhere, "name", "body", FindMethod},
    DefinitionRule{"singleton_method", SymbolKind::kMethod, kScope | kAnywhere, "name", "body",
                   FindMethod},
    DefinitionRule{"alias", SymbolKind::kMethod, kPlain, "name", ""},
    DefinitionRule{"assignment", SymbolKind::kConstant, kScope, "left", "", FindAssigned},
    DefinitionRule{"call", SymbolKind::kField, kPlain, "", "", FindByCall},
};

constexpr std::array kReferences = {
    ReferenceRule{"call", ReferenceKind::kCall, {}, UseCall},
    ReferenceRule{"constant", ReferenceKind::kType, {}, UseConstant},
};

constexpr std::array<std::string_view, 1> kComments = {"comment"};
// `private def f`
constexpr std::array<std::string_view, 2> kWrappers = {"call", "argument_list"};
constexpr std::array<std::string_view, 2> kCode = {"method", "singleton_method"};
constexpr std::array<std::string_view, 16> kIgnoredNames = {"alias_method",
                                                            "attr_accessor",
                                                            "attr_reader",
                                                            "attr_writer",
                                                            "define_method",
                                                            "fail",
                                                            "lambda",
                                                            "private",
                                                            "proc",
                                                            "protected",
                                                            "public",
                                                            "puts",
                                                            "private_class_method",
                                                            "raise",
                                                            "super",
                                                            "loop"};

constexpr LanguageRules kRuby = {
    .separator = "::",
    .definitions = kDefinitions,
    .references = kReferences,
    .comments = kComments,
    .wrappers = kWrappers,
    .code = kCode,
    .ignored_names = kIgnoredNames,
};

}  // namespace

const LanguageRules& RubyRules() { return kRuby; }

}  // namespace coppice::indexer
