#include <array>
#include <string>

#include "indexer/parse/rules.h"

namespace coppice::indexer {
namespace {

using store::ReferenceKind;
using store::SymbolKind;

/// `impl Trait for Type`: what it holds belongs to the type.
void FindImpl(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode type = FieldOf(context.node, "type");
  if (IsNull(type)) return;
  TSNode at = type;
  const std::string_view name = LastName(context.text, type, &at);
  if (name.empty()) return;
  Found result;
  result.kind = rule.kind;
  result.name = name;
  result.name_begin = BeginOf(context.node);  // the type is used here, not defined
  found.push_back(std::move(result));
}

/// "std::io" of `std::io::{self, Read}`, and `std::io::Read` beside it.
void UsePath(const NodeContext& context, std::vector<Use>& uses) {
  constexpr std::size_t kMaxUses = 100;
  struct Open {
    TSNode node;
    std::string prefix;
  };
  const TSNode argument = FieldOf(context.node, "argument");
  if (IsNull(argument)) return;
  std::vector<Open> open{{argument, {}}};
  while (!open.empty() && uses.size() < kMaxUses) {
    const Open item = std::move(open.back());
    open.pop_back();
    const std::string_view type = TypeOf(item.node);
    const std::string lead = item.prefix.empty() ? std::string() : item.prefix + "::";
    if (type == "scoped_use_list" || type == "use_list") {
      const TSNode path = FieldOf(item.node, "path");
      const TSNode list = type == "use_list" ? item.node : FieldOf(item.node, "list");
      const std::string prefix =
          IsNull(path) ? item.prefix : lead + std::string(TextOf(context.text, path));
      if (IsNull(list)) continue;
      for (std::uint32_t i = ts_node_named_child_count(list); i > 0; --i) {
        open.push_back({ts_node_named_child(list, i - 1), prefix});
      }
    } else if (type == "use_as_clause") {
      open.push_back({FieldOf(item.node, "path"), item.prefix});
    } else if (type == "self") {
      uses.push_back({ReferenceKind::kImport, item.node, item.prefix});
    } else {
      uses.push_back(
          {ReferenceKind::kImport, item.node, lead + std::string(TextOf(context.text, item.node))});
    }
  }
}

constexpr std::array kDefinitions = {
    DefinitionRule{"function_item", SymbolKind::kFunction, kScope | kAnywhere},
    DefinitionRule{"function_signature_item", SymbolKind::kFunction},
    DefinitionRule{"struct_item", SymbolKind::kStruct, kScope | kAnywhere},
    DefinitionRule{"enum_item", SymbolKind::kEnum, kScope | kAnywhere},
    DefinitionRule{"union_item", SymbolKind::kUnion, kScope | kAnywhere},
    DefinitionRule{"trait_item", SymbolKind::kInterface, kScope | kAnywhere},
    DefinitionRule{"impl_item", SymbolKind::kClass, kScope | kAnywhere | kScopeOnly, "type", "body",
                   FindImpl},
    DefinitionRule{"mod_item", SymbolKind::kNamespace, kScope | kAnywhere | kNeedsBody},
    DefinitionRule{"const_item", SymbolKind::kConstant, kPlain, "name", "value"},
    DefinitionRule{"static_item", SymbolKind::kVariable, kPlain, "name", "value"},
    DefinitionRule{"type_item", SymbolKind::kType, kPlain, "name", ""},
    DefinitionRule{"macro_definition", SymbolKind::kMacro, kAnywhere, "name", ""},
    DefinitionRule{"enum_variant", SymbolKind::kConstant, kScope},
    DefinitionRule{"field_declaration", SymbolKind::kField, kPlain, "name", ""},
};

constexpr std::array kReferences = {
    ReferenceRule{"call_expression", ReferenceKind::kCall, "function"},
    ReferenceRule{"macro_invocation", ReferenceKind::kCall, "macro"},
    ReferenceRule{"type_identifier", ReferenceKind::kType},
    ReferenceRule{"use_declaration", ReferenceKind::kImport, {}, UsePath},
};

constexpr std::array<std::string_view, 2> kComments = {"line_comment", "block_comment"};
constexpr std::array<std::string_view, 1> kAttributes = {"attribute_item"};
constexpr std::array<std::string_view, 2> kCode = {"block", "closure_expression"};
constexpr std::array<std::string_view, 7> kIgnoredNames = {"Self",   "String", "Vec", "Option",
                                                           "Result", "Box",    "T"};

constexpr LanguageRules kRust = {
    .separator = "::",
    .definitions = kDefinitions,
    .references = kReferences,
    .comments = kComments,
    .attributes = kAttributes,
    .code = kCode,
    .ignored_names = kIgnoredNames,
};

}  // namespace

const LanguageRules& RustRules() { return kRust; }

}  // namespace coppice::indexer
