#include <array>
#include <string>

#include "indexer/parse/languages/finding.h"
#include "indexer/parse/languages/text/scss_mask.h"
#include "indexer/parse/rules.h"

// CSS and SCSS: one family of grammars.
namespace coppice::indexer {
namespace {

using store::ReferenceKind;
using store::SymbolKind;

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f'; }

/// Whether a selector names a class, an id or a placeholder, or adds to the name around it. What
/// stands in brackets (`[href=".x"]`, `:not(.x)`) does not count.
bool NamesSomething(std::string_view selector) {
  if (selector.size() > 1 && selector[0] == '&' && (selector[1] == '_' || selector[1] == '-')) {
    return true;
  }
  int depth = 0;
  for (const char c : selector) {
    if (c == '(' || c == '[') ++depth;
    if (c == ')' || c == ']') --depth;
    if (depth == 0 && (c == '.' || c == '#' || c == '%')) return true;
  }
  return false;
}

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

void EndBeforeBlock(const NodeContext& context, Found& found) {
  TSNode block = ChildOfType(context.node, "block");
  if (IsNull(block)) block = ChildOfType(context.node, "keyframe_block_list");
  if (!IsNull(block)) found.signature_end = BeginOf(block);
}

/// `.card, .card-wide { … }`: each selector by itself.
void FindRuleSet(const NodeContext& context, const DefinitionRule& rule,
                 std::vector<Found>& found) {
  const TSNode selectors = ChildOfType(context.node, "selectors");
  if (IsNull(selectors)) return;
  ForEachNamedChild(selectors, [&](TSNode selector) {
    Found result = FoundAt(context, selector, rule.kind);
    if (!NamesSomething(result.name)) return;
    result.name = OneLine(result.name);
    EndBeforeBlock(context, result);
    found.push_back(std::move(result));
  });
}

/// `--gap: 1rem` anywhere, `$gap: 1rem` at the top.
void FindVariable(const NodeContext& context, const DefinitionRule& rule,
                  std::vector<Found>& found) {
  const TSNode name = ChildOfType(context.node, "property_name");
  if (IsNull(name)) return;
  Found result = FoundAt(context, name, rule.kind);
  const bool top = !IsNull(context.parent) && TypeOf(context.parent) == "stylesheet";
  if (!result.name.starts_with("--") && !(top && result.name.starts_with('$'))) return;
  found.push_back(std::move(result));
}

void FindKeyframes(const NodeContext& context, const DefinitionRule& rule,
                   std::vector<Found>& found) {
  const TSNode name = ChildOfType(context.node, "keyframes_name");
  if (IsNull(name)) return;
  found.push_back(FoundAt(context, name, rule.kind));
  EndBeforeBlock(context, found.back());
}

/// `@property --gap { … }`
void FindAtRule(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode keyword = ChildOfType(context.node, "at_keyword");
  const TSNode name = ChildOfType(context.node, "keyword_query");
  if (IsNull(keyword) || IsNull(name)) return;
  if (TextOf(context.text, keyword) != "@property") return;
  found.push_back(FoundAt(context, name, rule.kind));
  EndBeforeBlock(context, found.back());
}

/// A function or a mixin.
void FindNamed(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode name = FieldOf(context.node, "name");
  if (IsNull(name)) return;
  found.push_back(FoundAt(context, name, rule.kind));
  EndBeforeBlock(context, found.back());
}

/// `var(--gap)` uses a variable; in SCSS any other call may be to a function of its own.
void UseVar(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode name = ChildOfType(context.node, "function_name");
  const TSNode arguments = ChildOfType(context.node, "arguments");
  if (IsNull(name) || IsNull(arguments) || TextOf(context.text, name) != "var") return;
  const TSNode variable = ts_node_named_child(arguments, 0);
  if (IsNull(variable)) return;
  uses.push_back({ReferenceKind::kType, variable, std::string(TextOf(context.text, variable))});
}

/// "div" of `math.div`.
std::string WithoutModule(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return std::string(dot == std::string_view::npos ? name : name.substr(dot + 1));
}

void UseCall(const NodeContext& context, std::vector<Use>& uses) {
  UseVar(context, uses);
  const TSNode name = ChildOfType(context.node, "function_name");
  if (!uses.empty() || IsNull(name)) return;
  uses.push_back({ReferenceKind::kCall, name, WithoutModule(TextOf(context.text, name))});
}

void UseMixin(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode name = ts_node_named_child(context.node, 0);
  if (IsNull(name)) return;
  uses.push_back({ReferenceKind::kCall, name, WithoutModule(TextOf(context.text, name))});
}

void UseVariable(const NodeContext& context, std::vector<Use>& uses) {
  if (IsNull(context.parent) || TypeOf(context.parent) == "parameter") return;
  uses.push_back(
      {ReferenceKind::kType, context.node, std::string(TextOf(context.text, context.node))});
}

void UseExtended(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode selector = ts_node_named_child(context.node, 0);
  if (IsNull(selector)) return;
  uses.push_back({ReferenceKind::kType, selector, OneLine(TextOf(context.text, selector))});
}

/// `@import "a"`, `@import url("a")`, `@use "a"`.
void UseImport(const NodeContext& context, std::vector<Use>& uses) {
  TSNode target = ts_node_named_child(context.node, 0);
  if (!IsNull(target) && TypeOf(target) == "call_expression") {
    target = ts_node_named_child(ChildOfType(target, "arguments"), 0);
  }
  if (IsNull(target)) return;
  uses.push_back(
      {ReferenceKind::kImport, target, std::string(Unquoted(TextOf(context.text, target)))});
}

constexpr std::array kCssDefinitions = {
    DefinitionRule{"rule_set", SymbolKind::kClass, kScope, "", "", FindRuleSet},
    DefinitionRule{"declaration", SymbolKind::kVariable, kPlain, "", "", FindVariable},
    DefinitionRule{"keyframes_statement", SymbolKind::kConstant, kPlain, "", "", FindKeyframes},
    DefinitionRule{"at_rule", SymbolKind::kVariable, kPlain, "", "", FindAtRule},
};

constexpr std::array kScssDefinitions = {
    kCssDefinitions[0],
    kCssDefinitions[1],
    kCssDefinitions[2],
    kCssDefinitions[3],
    DefinitionRule{"function_statement", SymbolKind::kFunction, kPlain, "name", "", FindNamed},
    DefinitionRule{"mixin_statement", SymbolKind::kMacro, kPlain, "name", "", FindNamed},
};

constexpr std::array kCssReferences = {
    ReferenceRule{"call_expression", ReferenceKind::kType, {}, UseVar},
    ReferenceRule{"import_statement", ReferenceKind::kImport, {}, UseImport},
};

constexpr std::array kScssReferences = {
    ReferenceRule{"call_expression", ReferenceKind::kCall, {}, UseCall},
    ReferenceRule{"include_statement", ReferenceKind::kCall, {}, UseMixin},
    ReferenceRule{"extend_statement", ReferenceKind::kType, {}, UseExtended},
    ReferenceRule{"variable", ReferenceKind::kType, {}, UseVariable},
    ReferenceRule{"import_statement", ReferenceKind::kImport, {}, UseImport},
    ReferenceRule{"use_statement", ReferenceKind::kImport, {}, UseImport},
    ReferenceRule{"forward_statement", ReferenceKind::kImport, {}, UseImport},
};

constexpr std::array<std::string_view, 2> kComments = {"comment", "js_comment"};
constexpr std::array<std::string_view, 2> kScssCode = {"function_statement", "mixin_statement"};
constexpr std::array<std::string_view, 26> kFunctions = {"attr",
                                                         "blur",
                                                         "calc",
                                                         "clamp",
                                                         "cubic-bezier",
                                                         "format",
                                                         "hsl",
                                                         "hsla",
                                                         "local",
                                                         "max",
                                                         "min",
                                                         "minmax",
                                                         "not",
                                                         "repeat",
                                                         "rgb",
                                                         "rgba",
                                                         "rotate",
                                                         "scale",
                                                         "translate",
                                                         "translateX",
                                                         "translateY",
                                                         "url",
                                                         "linear-gradient",
                                                         "radial-gradient",
                                                         "drop-shadow",
                                                         "fit-content"};

constexpr LanguageRules kCss = {
    .separator = " ",
    .definitions = kCssDefinitions,
    .references = kCssReferences,
    .comments = kComments,
};

constexpr LanguageRules kScss = {
    .separator = " ",
    .definitions = kScssDefinitions,
    .references = kScssReferences,
    .comments = kComments,
    .code = kScssCode,
    .ignored_names = kFunctions,
    .mask = MaskScss,
};

}  // namespace

const LanguageRules& CssRules() { return kCss; }
const LanguageRules& ScssRules() { return kScss; }

}  // namespace coppice::indexer
