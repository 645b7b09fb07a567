#include <algorithm>
#include <array>
#include <string>

#include "indexer/parse/languages/finding.h"
#include "indexer/parse/rules.h"

// In Elixir's grammar everything is a call: `defmodule`, `def`, `@doc`. What it means is its name.
namespace coppice::indexer {
namespace {

using store::ReferenceKind;
using store::SymbolKind;

struct Definer {
  std::string_view word;
  SymbolKind kind;
};
constexpr auto kDefiners = std::to_array<Definer>({
    {"def", SymbolKind::kFunction},
    {"defp", SymbolKind::kFunction},
    {"defn", SymbolKind::kFunction},
    {"defnp", SymbolKind::kFunction},
    {"defdelegate", SymbolKind::kFunction},
    {"defmacro", SymbolKind::kMacro},
    {"defmacrop", SymbolKind::kMacro},
    {"defguard", SymbolKind::kMacro},
    {"defguardp", SymbolKind::kMacro},
});

constexpr auto kModules = std::to_array<Definer>({
    {"defmodule", SymbolKind::kNamespace},
    {"defprotocol", SymbolKind::kInterface},
    {"defimpl", SymbolKind::kClass},
});

constexpr auto kTypeAttributes = std::to_array<Definer>({
    {"type", SymbolKind::kType},
    {"typep", SymbolKind::kType},
    {"opaque", SymbolKind::kType},
    {"callback", SymbolKind::kFunction},
    {"macrocallback", SymbolKind::kMacro},
});

/// Attributes that say something about what follows them.
constexpr std::array<std::string_view, 7> kLeading = {"doc",   "typedoc",    "spec",    "impl",
                                                      "since", "deprecated", "dialyzer"};
/// Attributes with a meaning to the compiler: no constants of the module.
constexpr std::array<std::string_view, 15> kReserved = {
    "moduledoc",       "behaviour",         "derive",
    "enforce_keys",    "compile",           "on_load",
    "before_compile",  "after_compile",     "optional_callbacks",
    "on_definition",   "external_resource", "vsn",
    "fallback_to_any", "protocol",          "for"};

template <class Table>
bool Contains(const Table& table, std::string_view word) {
  return std::find(table.begin(), table.end(), word) != table.end();
}

template <class Table>
const Definer* FindDefiner(const Table& table, std::string_view word) {
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const Definer& definer) { return definer.word == word; });
  return found == table.end() ? nullptr : &*found;
}

/// "def" of `def name(…)`; empty where the target of the call is more than a name.
std::string_view WordOf(std::string_view text, TSNode call) {
  const TSNode target = FieldOf(call, "target");
  return IsNull(target) || TypeOf(target) != "identifier" ? std::string_view{}
                                                          : TextOf(text, target);
}

/// The call in `@name value`; null where the node is no attribute.
TSNode AttributeCall(std::string_view text, TSNode node) {
  if (IsNull(node) || TypeOf(node) != "unary_operator" || !TextOf(text, node).starts_with('@')) {
    return TSNode{};
  }
  const TSNode call = FieldOf(node, "operand");
  return IsNull(call) || TypeOf(call) != "call" ? TSNode{} : call;
}

TSNode Argument(TSNode call, std::uint32_t index) {
  const TSNode arguments = ChildOfType(call, "arguments");
  return IsNull(arguments) ? TSNode{} : ts_node_named_child(arguments, index);
}

/// The attributes directly before a definition belong to it.
void ExtendOverAttributes(const NodeContext& context, Found& found) {
  for (std::ptrdiff_t offset = -1;; --offset) {
    const TSNode before = context.around->Sibling(offset);
    const TSNode attribute = AttributeCall(context.text, before);
    if (IsNull(attribute) || !Contains(kLeading, WordOf(context.text, attribute))) return;
    found.begin = BeginOf(before);
    found.signed_begin = false;
  }
}

/// The head of `def head when guard`: a call, a plain name or an operator with its operands.
TSNode HeadName(std::string_view text, TSNode head) {
  if (!IsNull(head) && TypeOf(head) == "binary_operator") {
    const TSNode sign = FieldOf(head, "operator");
    if (IsNull(sign)) return TSNode{};
    if (TextOf(text, sign) != "when") return sign;
    head = FieldOf(head, "left");
  }
  if (!IsNull(head) && TypeOf(head) == "call") head = FieldOf(head, "target");
  return head;
}

/// Before `do … end` and before `, do: …`.
std::uint32_t EndOfHead(std::string_view text, TSNode call) {
  const TSNode block = ChildOfType(call, "do_block");
  if (!IsNull(block)) return BeginOf(block);
  const TSNode arguments = ChildOfType(call, "arguments");
  const TSNode last = IsNull(arguments) ? TSNode{} : LastNamedChild(arguments);
  if (!IsNull(last) && TypeOf(last) == "keywords" && TextOf(text, last).starts_with("do:")) {
    return BeginOf(last);
  }
  return 0;
}

/// `for: Shop.Item` of an implementation.
std::string ImplementedFor(std::string_view text, TSNode call) {
  const TSNode keywords = Argument(call, 1);
  if (IsNull(keywords)) return {};
  const TSNode pair = ChildOfType(keywords, "pair");
  const TSNode value = IsNull(pair) ? TSNode{} : FieldOf(pair, "value");
  if (IsNull(value) || !TextOf(text, pair).starts_with("for:")) return {};
  return "." + std::string(TextOf(text, value));
}

/// The keys of `defstruct [:owner, lines: []]`.
void FindKeys(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  std::vector<TSNode> open{ChildOfType(context.node, "arguments")};
  while (!open.empty()) {
    const TSNode node = open.back();
    open.pop_back();
    if (IsNull(node)) continue;
    if (TypeOf(node) == "pair" || TypeOf(node) == "atom") {
      const TSNode key = TypeOf(node) == "pair" ? FieldOf(node, "key") : node;
      if (IsNull(key)) continue;
      Found result = FoundAt(context, key, rule.kind);
      result.kind = SymbolKind::kField;
      std::erase_if(result.name, [](char c) { return c == ':' || c == ' ' || c == '\n'; });
      result.opens_scope = false;
      found.push_back(std::move(result));
      continue;
    }
    for (std::uint32_t i = ts_node_named_child_count(node); i > 0; --i) {
      open.push_back(ts_node_named_child(node, i - 1));
    }
  }
}

void FindCall(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const std::string_view word = WordOf(context.text, context.node);
  if (!word.starts_with("def")) return;
  if (word == "defstruct" || word == "defexception") {
    FindKeys(context, rule, found);
    return;
  }
  const Definer* definer = FindDefiner(kDefiners, word);
  const Definer* module = FindDefiner(kModules, word);
  if (definer == nullptr && module == nullptr) return;
  const TSNode head = Argument(context.node, 0);
  const TSNode name = module != nullptr ? head : HeadName(context.text, head);
  if (IsNull(name)) return;
  Found result = FoundAt(context, name, rule.kind);
  result.kind = module != nullptr ? module->kind : definer->kind;
  if (word == "defimpl") {
    result.name += ImplementedFor(context.text, context.node);
    result.name_begin = BeginOf(context.node);  // the protocol is used here, not defined
  }
  result.opens_scope = module != nullptr;
  result.signature_end = EndOfHead(context.text, context.node);
  ExtendOverAttributes(context, result);
  found.push_back(std::move(result));
}

/// `@type name :: …`, `@callback name(…) :: …`, `@limit 50`.
void FindAttribute(const NodeContext& context, const DefinitionRule& rule,
                   std::vector<Found>& found) {
  const TSNode call = AttributeCall(context.text, context.node);
  if (IsNull(call)) return;
  const std::string_view word = WordOf(context.text, call);
  if (word.empty() || Contains(kLeading, word) || Contains(kReserved, word)) return;
  if (const Definer* definer = FindDefiner(kTypeAttributes, word)) {
    TSNode head = Argument(call, 0);
    if (IsNull(head) || TypeOf(head) != "binary_operator") return;
    if (TextOf(context.text, FieldOf(head, "operator")) == "when") head = FieldOf(head, "left");
    TSNode name = FieldOf(head, "left");
    if (!IsNull(name) && TypeOf(name) == "call") name = FieldOf(name, "target");
    if (IsNull(name)) return;
    found.push_back(FoundAt(context, name, rule.kind));
    found.back().kind = definer->kind;
  } else {
    found.push_back(FoundAt(context, FieldOf(call, "target"), rule.kind));
    found.back().name.insert(0, "@");
  }
  ExtendOverAttributes(context, found.back());
}

store::ByteRange StringOf(std::string_view text, TSNode node, std::string_view word) {
  const TSNode attribute = AttributeCall(text, node);
  if (IsNull(attribute) || WordOf(text, attribute) != word) return {};
  const TSNode string = Argument(attribute, 0);
  if (IsNull(string) || (TypeOf(string) != "string" && TypeOf(string) != "sigil")) return {};
  return {BeginOf(string), EndOf(string)};
}

/// `@doc` and `@typedoc` before a definition, `@moduledoc` inside a module.
store::ByteRange Documentation(const NodeContext& context) {
  for (std::ptrdiff_t offset = -1;; --offset) {
    const TSNode before = context.around->Sibling(offset);
    const TSNode attribute = AttributeCall(context.text, before);
    if (IsNull(attribute) || !Contains(kLeading, WordOf(context.text, attribute))) break;
    for (const std::string_view word : {"doc", "typedoc"}) {
      const store::ByteRange doc = StringOf(context.text, before, word);
      if (!doc.empty()) return doc;
    }
  }
  const TSNode block = ChildOfType(context.node, "do_block");
  if (IsNull(block) || FindDefiner(kModules, WordOf(context.text, context.node)) == nullptr) {
    return {};
  }
  store::ByteRange doc;
  ForEachNamedChild(block, [&](TSNode child) {
    if (doc.empty()) doc = StringOf(context.text, child, "moduledoc");
  });
  return doc;
}

/// Whether a call is the head of a definition, or stands in an attribute such as `@spec`.
bool IsHeadOrAttribute(const NodeContext& context, bool& attribute) {
  constexpr std::size_t kMaxSteps = 10;
  TSNode below = context.node;
  bool first = true;  // so far always the head
  for (std::size_t step = 1; step <= kMaxSteps; ++step) {
    const TSNode above = context.around->Above(step);
    if (IsNull(above)) return false;
    const std::string_view type = TypeOf(above);
    if (type == "do_block" || type == "source" || type == "stab_clause") return false;
    if (type == "unary_operator") {
      attribute = !IsNull(AttributeCall(context.text, above));
      return attribute;
    }
    if (type == "call" && first && FindDefiner(kDefiners, WordOf(context.text, above)) != nullptr) {
      return true;
    }
    first = first && (type == "arguments" || type == "binary_operator") &&
            ts_node_eq(ts_node_named_child(above, 0), below);
    below = above;
  }
  return false;
}

/// `alias Shop.{Item, Price}` imports two.
void UseModules(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode module = Argument(context.node, 0);
  if (IsNull(module)) return;
  if (TypeOf(module) != "dot" || IsNull(FieldOf(module, "right")) ||
      TypeOf(FieldOf(module, "right")) != "tuple") {
    uses.push_back({ReferenceKind::kImport, module, std::string(TextOf(context.text, module))});
    return;
  }
  const std::string prefix(TextOf(context.text, FieldOf(module, "left")));
  ForEachNamedChild(FieldOf(module, "right"), [&](TSNode name) {
    uses.push_back(
        {ReferenceKind::kImport, name, prefix + "." + std::string(TextOf(context.text, name))});
  });
}

void UseCall(const NodeContext& context, std::vector<Use>& uses) {
  const std::string_view word = WordOf(context.text, context.node);
  if (word == "use" || word == "alias" || word == "import" || word == "require") {
    UseModules(context, uses);
    return;
  }
  if (word.starts_with("def") &&
      (FindDefiner(kDefiners, word) != nullptr || FindDefiner(kModules, word) != nullptr)) {
    return;
  }
  TSNode name = FieldOf(context.node, "target");
  if (!IsNull(name) && TypeOf(name) == "dot") name = FieldOf(name, "right");
  if (IsNull(name) || TypeOf(name) != "identifier") return;
  if (IsNull(ChildOfType(context.node, "arguments")) && word.empty()) return;  // item.weight
  bool attribute = false;
  if (!IsHeadOrAttribute(context, attribute)) {
    uses.push_back({ReferenceKind::kCall, name, std::string(TextOf(context.text, name))});
  } else if (attribute && !IsNull(FieldOf(context.node, "target")) &&
             TypeOf(FieldOf(context.node, "target")) == "dot") {
    const TSNode module = FieldOf(FieldOf(context.node, "target"), "left");
    uses.push_back({ReferenceKind::kType, module, std::string(TextOf(context.text, module))});
  }
}

/// `%Shop.Cart{}` uses a structure, `defimpl Protocol` a protocol.
void UseStruct(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode name = ts_node_named_child(context.node, 0);
  if (IsNull(name) || TypeOf(name) != "alias") return;
  uses.push_back({ReferenceKind::kType, name, std::string(TextOf(context.text, name))});
}

void UseProtocol(const NodeContext& context, std::vector<Use>& uses) {
  if (WordOf(context.text, context.node) != "defimpl") return;
  const TSNode name = Argument(context.node, 0);
  if (IsNull(name)) return;
  uses.push_back({ReferenceKind::kType, name, std::string(TextOf(context.text, name))});
}

constexpr std::array kDefinitions = {
    DefinitionRule{"call", SymbolKind::kFunction, kScope, "", "", FindCall},
    DefinitionRule{"unary_operator", SymbolKind::kConstant, kPlain, "", "", FindAttribute},
};

constexpr std::array kReferences = {
    ReferenceRule{"call", ReferenceKind::kCall, {}, UseCall},
    ReferenceRule{"call", ReferenceKind::kType, {}, UseProtocol},
    ReferenceRule{"struct", ReferenceKind::kType, {}, UseStruct},
};

constexpr std::array<std::string_view, 1> kComments = {"comment"};
constexpr std::array<std::string_view, 18> kIgnoredNames = {
    "if",  "unless", "case",  "cond",  "with",    "for",       "fn",           "quote",  "unquote",
    "try", "raise",  "throw", "super", "receive", "defstruct", "defexception", "is_nil", "length"};

constexpr LanguageRules kElixir = {
    .separator = ".",
    .definitions = kDefinitions,
    .references = kReferences,
    .comments = kComments,
    .ignored_names = kIgnoredNames,
    .inner_doc = Documentation,
};

}  // namespace

const LanguageRules& ElixirRules() { return kElixir; }

}  // namespace coppice::indexer
