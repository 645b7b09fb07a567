#include <algorithm>
#include <array>
#include <string>

#include "indexer/parse/languages/finding.h"
#include "indexer/parse/rules.h"

namespace coppice::indexer {
namespace {

using store::ReferenceKind;
using store::SymbolKind;

bool IsA(TSNode node, std::string_view type) { return !IsNull(node) && TypeOf(node) == type; }

template <std::size_t kSize>
bool Has(const std::array<std::string_view, kSize>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// "R6Class" of `R6::R6Class(…)`; empty for what is no call.
std::string_view Called(const NodeContext& context, TSNode call) {
  if (!IsA(call, "call")) return {};
  const TSNode function = FieldOf(call, "function");
  return IsNull(function) ? std::string_view() : LastName(context.text, function);
}

/// The value of the n-th argument of a call; commas are nodes too.
TSNode Argument(TSNode call, std::uint32_t index) {
  const TSNode arguments = FieldOf(call, "arguments");
  TSNode value{};
  if (IsNull(arguments)) return value;
  std::uint32_t seen = 0;
  ForEachNamedChild(arguments, [&](TSNode child) {
    if (TypeOf(child) == "argument" && seen++ == index) value = FieldOf(child, "value");
  });
  return value;
}

Found FoundQuoted(const NodeContext& context, TSNode name, SymbolKind kind) {
  Found found = FoundAt(context, name, kind);
  found.name = Unquoted(found.name);
  return found;
}

/// `f <- function(…) …`, `A <- R6Class(…)`, `n <- 3`, `3 -> n`.
void FindAssigned(const NodeContext& context, const DefinitionRule& rule,
                  std::vector<Found>& found) {
  constexpr std::array<std::string_view, 3> kLeft = {"<-", "=", "<<-"};
  constexpr std::array<std::string_view, 2> kRight = {"->", "->>"};
  constexpr std::array<std::string_view, 4> kClasses = {"R6Class", "setRefClass", "setClass",
                                                        "new_class"};
  const TSNode word = FieldOf(context.node, "operator");
  if (IsNull(word)) return;
  const bool right = Has(kRight, TypeOf(word));
  if (!right && !Has(kLeft, TypeOf(word))) return;
  const TSNode name = FieldOf(context.node, right ? "rhs" : "lhs");
  const TSNode value = FieldOf(context.node, right ? "lhs" : "rhs");
  if (!IsA(name, "identifier") && !IsA(name, "string")) return;
  Found result = FoundQuoted(context, name, rule.kind);
  result.opens_scope = false;
  if (IsA(value, "function_definition")) {
    result.kind = SymbolKind::kFunction;
    result.opens_scope = true;
    EndBefore(result, FieldOf(value, "body"));
  } else if (context.in_code) {
    return;
  } else if (Has(kClasses, Called(context, value))) {
    result.kind = SymbolKind::kClass;
    result.opens_scope = true;
    result.signature_end = EndOf(FieldOf(value, "function"));
  } else {
    if (IsAllCaps(result.name)) result.kind = SymbolKind::kConstant;
    constexpr std::uint32_t kLongBytes = 80;
    if (!IsNull(value) && EndOf(value) - BeginOf(value) > kLongBytes) {
      result.signature_end = EndOf(name);
    }
  }
  found.push_back(std::move(result));
}

/// `setClass("A", …)`, `setGeneric("f", …)`, `setMethod("f", "A", …)`.
void FindByCall(const NodeContext& context, const DefinitionRule&, std::vector<Found>& found) {
  if (context.in_code || IsA(context.parent, "binary_operator")) return;
  const std::string_view called = Called(context, context.node);
  const TSNode name = Argument(context.node, 0);
  if (!IsA(name, "string")) return;
  Found result = FoundQuoted(context, name, SymbolKind::kClass);
  result.signature_end = EndOf(name);
  std::uint32_t function_at = 1;
  if (called == "setGeneric") {
    result.kind = SymbolKind::kFunction;
  } else if (called == "setMethod") {
    result.kind = SymbolKind::kMethod;
    function_at = 2;
    TSNode type = Argument(context.node, 1);
    if (Called(context, type) == "signature") type = Argument(type, 0);
    if (IsA(type, "string")) result.qualifier = Unquoted(TextOf(context.text, type));
  } else if (called != "setClass" && called != "setRefClass") {
    return;
  }
  const TSNode function = Argument(context.node, function_at);
  if (IsA(function, "function_definition")) EndBefore(result, FieldOf(function, "body"));
  found.push_back(std::move(result));
}

/// The members of a class: `list(name = NULL, f = function() …)`.
void FindMember(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  constexpr std::array<std::string_view, 3> kLists = {"list", "c", "representation"};
  if (context.in_code || context.scope != SymbolKind::kClass || IsNull(context.parent)) return;
  const TSNode name = FieldOf(context.node, "name");
  const TSNode value = FieldOf(context.node, "value");
  if (IsNull(name) || !Has(kLists, Called(context, ts_node_parent(context.parent)))) return;
  Found result = FoundQuoted(context, name, rule.kind);
  if (IsA(value, "function_definition")) {
    EndBefore(result, FieldOf(value, "body"));
  } else {
    result.kind = SymbolKind::kField;
    result.opens_scope = false;
    EndBeforeLong(result, value);
  }
  found.push_back(std::move(result));
}

/// A call; `library(a)` and `source("a.R")` import.
void UseCall(const NodeContext& context, std::vector<Use>& uses) {
  constexpr std::array<std::string_view, 5> kImports = {"library", "require", "requireNamespace",
                                                        "loadNamespace", "source"};
  const TSNode function = FieldOf(context.node, "function");
  if (IsNull(function)) return;
  if (Has(kImports, Called(context, context.node))) {
    AddImport(context, Argument(context.node, 0), uses);
    return;
  }
  uses.push_back({ReferenceKind::kCall, function, {}});
}

/// `inherit = Base`, `contains = "Base"`
void UseBase(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode name = FieldOf(context.node, "name");
  const TSNode value = FieldOf(context.node, "value");
  if (IsNull(name) || IsNull(value)) return;
  const std::string_view word = TextOf(context.text, name);
  if (word != "inherit" && word != "contains") return;
  if (TypeOf(value) == "call") return;
  uses.push_back({ReferenceKind::kType, value, std::string(Unquoted(TextOf(context.text, value)))});
}

constexpr std::array kDefinitions = {
    DefinitionRule{"binary_operator", SymbolKind::kVariable, kScope | kAnywhere, "", "",
                   FindAssigned},
    DefinitionRule{"call", SymbolKind::kClass, kScope | kAnywhere, "", "", FindByCall},
    DefinitionRule{"argument", SymbolKind::kMethod, kScope | kAnywhere, "", "", FindMember},
};

constexpr std::array kReferences = {
    ReferenceRule{"call", ReferenceKind::kCall, {}, UseCall},
    ReferenceRule{"argument", ReferenceKind::kType, {}, UseBase},
};

constexpr std::array<std::string_view, 1> kComments = {"comment"};
constexpr std::array<std::string_view, 1> kCode = {"function_definition"};
constexpr std::array<std::string_view, 10> kIgnoredNames = {
    "c",     "cat",    "function", "invisible",      "list",
    "paste", "paste0", "print",    "representation", "return"};

constexpr LanguageRules kR = {
    .separator = "$",
    .definitions = kDefinitions,
    .references = kReferences,
    .comments = kComments,
    .code = kCode,
    .ignored_names = kIgnoredNames,
};

}  // namespace

const LanguageRules& RRules() { return kR; }

}  // namespace coppice::indexer
