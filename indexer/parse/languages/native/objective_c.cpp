#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "indexer/parse/languages/finding.h"
#include "indexer/parse/rules.h"

// Objective-C: what C has (c_family.cpp), and classes, protocols, properties and messages.
namespace coppice::indexer {
namespace {

using store::ReferenceKind;
using store::SymbolKind;

/// `@interface A : B <C>`: the head is all that stands before the first member. A category or an
/// extension of a class adds to what is defined elsewhere.
void FindClass(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode name = ChildOfType(context.node, "identifier");
  if (IsNull(name)) return;
  Found result = FoundAt(context, name, rule.kind);
  result.signature_end = EndOf(name);
  bool head = true;
  const std::uint32_t count = ts_node_child_count(context.node);
  for (std::uint32_t i = 0; i < count && head; ++i) {
    const TSNode child = ts_node_child(context.node, i);
    const std::string_view type = TypeOf(child);
    if (BeginOf(child) <= BeginOf(name)) continue;
    if (type == "(") result.defines = false;
    head = type == "(" || type == ")" || type == ":" || type == "identifier" ||
           type == "protocol_reference_list" || type.ends_with("_arguments");
    if (head) result.signature_end = EndOf(child);
  }
  found.push_back(std::move(result));
}

/// The selector: "initWithName:band:".
void FindMethod(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  Found result;
  result.kind = rule.kind;
  ForEachNamedChild(context.node, [&](TSNode child) {
    if (TypeOf(child) == "identifier") {
      if (result.name.empty()) result.name_begin = BeginOf(child);
      result.name += TextOf(context.text, child);
    } else if (TypeOf(child) == "method_parameter") {
      result.name += ':';
    }
  });
  EndBefore(result, ChildOfType(context.node, "compound_statement"));
  found.push_back(std::move(result));
}

/// The name of a property or an instance variable: `*name`, `(^done)(int)`.
void FindVariable(const NodeContext& context, const DefinitionRule& rule,
                  std::vector<Found>& found) {
  constexpr int kMaxSteps = 8;
  const TSNode declaration = ChildOfType(context.node, "struct_declaration");
  if (IsNull(declaration)) return;
  ForEachNamedChild(declaration, [&](TSNode declarator) {
    if (TypeOf(declarator) != "struct_declarator") return;
    TSNode at = declarator;
    for (int i = 0; i < kMaxSteps && !IsNull(at) && TypeOf(at) != "identifier"; ++i) {
      const TSNode inner = FieldOf(at, "declarator");
      at = IsNull(inner) ? ts_node_named_child(at, 0) : inner;
    }
    if (!IsNull(at) && TypeOf(at) == "identifier") {
      found.push_back(FoundAt(context, at, rule.kind));
    }
  });
}

const DefinitionRule& RuleOfC(std::string_view node) {
  const auto rules = CRules().definitions;
  return *std::find_if(rules.begin(), rules.end(),
                       [&](const DefinitionRule& rule) { return rule.node == node; });
}

/// `typedef void (^Done)(int);` names a block; the others are C's.
void FindTypedef(const NodeContext& context, const DefinitionRule& rule,
                 std::vector<Found>& found) {
  constexpr int kMaxSteps = 8;
  bool block = false;
  TSNode at = FieldOf(context.node, "declarator");
  for (int i = 0; i < kMaxSteps && !IsNull(at); ++i) {
    block = block || TypeOf(at) == "block_pointer_declarator";
    if (block && TypeOf(at) == "type_identifier") {
      found.push_back(FoundAt(context, at, SymbolKind::kType));
      found.back().opens_scope = false;
      return;
    }
    const TSNode inner = FieldOf(at, "declarator");
    at = IsNull(inner) ? ts_node_named_child(at, 0) : inner;
  }
  RuleOfC(rule.node).find(context, RuleOfC(rule.node), found);
}

/// `[a moveTo:b then:c]` calls `moveTo:then:`. A receiver in capitals is a class.
void UseMessage(const NodeContext& context, std::vector<Use>& uses) {
  Use use{ReferenceKind::kCall, TSNode{}, {}};
  const std::uint32_t count = ts_node_child_count(context.node);
  for (std::uint32_t i = 0; i < count; ++i) {
    const TSNode child = ts_node_child(context.node, i);
    const char* field = ts_node_field_name_for_child(context.node, i);
    if (field != nullptr && std::string_view(field) == "method" && ts_node_is_named(child)) {
      if (use.name.empty()) use.node = child;
      use.name += TextOf(context.text, child);
    } else if (TypeOf(child) == ":") {
      use.name += ':';
    }
  }
  if (!IsNull(use.node)) uses.push_back(std::move(use));
  const TSNode receiver = FieldOf(context.node, "receiver");
  if (IsNull(receiver) || TypeOf(receiver) != "identifier") return;
  const char first = TextOf(context.text, receiver).front();
  if (first >= 'A' && first <= 'Z') uses.push_back({ReferenceKind::kType, receiver, {}});
}

void UseProtocols(const NodeContext& context, std::vector<Use>& uses) {
  ForEachNamedChild(context.node, [&](TSNode child) {
    if (TypeOf(child) == "identifier") uses.push_back({ReferenceKind::kType, child, {}});
  });
}

void UseModule(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode first = FieldOf(context.node, "path");
  const TSNode last = LastNamedChild(context.node);
  if (IsNull(first) || IsNull(last)) return;
  const std::string_view path = context.text.substr(BeginOf(first), EndOf(last) - BeginOf(first));
  uses.push_back({ReferenceKind::kImport, first, std::string(path)});
}

/// `typedef NS_ENUM(NSInteger, Volume)` becomes `enum Volume`, which the grammar knows, without
/// moving the name.
void MaskEnums(std::string& text) {
  constexpr std::string_view kTypedef = "typedef";
  for (const std::string_view macro :
       {"NS_ENUM(", "NS_OPTIONS(", "NS_CLOSED_ENUM(", "NS_ERROR_ENUM("}) {
    for (std::size_t at = text.find(macro); at != std::string::npos;
         at = text.find(macro, at + 1)) {
      const std::size_t comma = text.find_first_of(",;{\n", at);
      const std::size_t close = text.find_first_of(");{\n", at);
      if (comma >= close || close == std::string::npos || text[comma] != ',' ||
          text[close] != ')') {
        continue;
      }
      const std::size_t before = text.find_last_not_of(" \t\n", at == 0 ? 0 : at - 1);
      if (before != std::string::npos && before + 1 >= kTypedef.size()) {
        const std::size_t word = before + 1 - kTypedef.size();
        if (text.compare(word, kTypedef.size(), kTypedef) == 0) {
          text.replace(word, kTypedef.size(), kTypedef.size(), ' ');
        }
      }
      text.replace(at, comma + 1 - at, comma + 1 - at, ' ');
      text.replace(at, 4, "enum");
      text[close] = ' ';
    }
  }
}

std::string Mask(std::string_view text) {
  std::string masked = CRules().mask(text);
  MaskEnums(masked);
  return masked;
}

constexpr std::array kDefinitions = {
    DefinitionRule{"class_interface", SymbolKind::kClass, kScope, "", "", FindClass},
    DefinitionRule{"class_implementation", SymbolKind::kClass, kScope, "", "", FindClass},
    DefinitionRule{"protocol_declaration", SymbolKind::kInterface, kScope, "", "", FindClass},
    DefinitionRule{"method_declaration", SymbolKind::kMethod, kPlain, "", "", FindMethod},
    DefinitionRule{"method_definition", SymbolKind::kMethod, kScope, "", "", FindMethod},
    DefinitionRule{"property_declaration", SymbolKind::kField, kPlain, "", "", FindVariable},
    DefinitionRule{"type_definition", SymbolKind::kType, kScope | kAnywhere, "declarator", "",
                   FindTypedef},
    DefinitionRule{"instance_variable", SymbolKind::kField, kPlain, "", "", FindVariable},
};

constexpr std::array kReferences = {
    ReferenceRule{"message_expression", ReferenceKind::kCall, {}, UseMessage},
    ReferenceRule{"class_interface", ReferenceKind::kType, "superclass"},
    ReferenceRule{"protocol_reference_list", ReferenceKind::kType, {}, UseProtocols},
    ReferenceRule{"module_import", ReferenceKind::kImport, {}, UseModule},
};

constexpr std::array<std::string_view, 4> kWrappers = {
    "type_definition", "declaration", "field_declaration", "implementation_definition"};
constexpr std::array<std::string_view, 4> kIgnoredNames = {"alloc", "init", "instancetype", "id"};

template <class Rule, class Own>
std::vector<Rule> WithThoseOfC(std::span<const Rule> of_c, const Own& own) {
  std::vector<Rule> rules(of_c.begin(), of_c.end());
  rules.insert(rules.end(), own.begin(), own.end());
  return rules;
}

}  // namespace

const LanguageRules& ObjectiveCRules() {
  static const std::vector<DefinitionRule> definitions =
      WithThoseOfC(CRules().definitions, kDefinitions);
  static const std::vector<ReferenceRule> references =
      WithThoseOfC(CRules().references, kReferences);
  static const LanguageRules rules = {
      .separator = ".",
      .definitions = definitions,
      .references = references,
      .comments = CRules().comments,
      .wrappers = kWrappers,
      .code = CRules().code,
      .ignored_names = kIgnoredNames,
      .mask = Mask,
  };
  return rules;
}

}  // namespace coppice::indexer
