#include <array>
#include <string>

#include "indexer/parse/languages/finding.h"
#include "indexer/parse/rules.h"

// SQL as PostgreSQL, MySQL, SQLite and others write it. Keywords may come in any case.
namespace coppice::indexer {
namespace {

using store::ReferenceKind;
using store::SymbolKind;

std::string PlainName(std::string_view name) { return std::string(Unquoted(name)); }

/// `lending.member` of an object reference: the schema qualifies the name.
void AddObject(const NodeContext& context, const DefinitionRule& rule, TSNode object,
               std::vector<Found>& found) {
  if (IsNull(object)) return;
  const TSNode schema = FieldOf(object, "schema");
  const TSNode named = FieldOf(object, "name");
  Found result = FoundAt(context, IsNull(named) ? object : named, rule.kind);
  result.name = PlainName(result.name);
  if (!IsNull(schema)) result.qualifier = PlainName(TextOf(context.text, schema));
  found.push_back(std::move(result));
}

/// What a statement creates; the signature ends before columns, a query or a body.
void FindCreated(const NodeContext& context, const DefinitionRule& rule,
                 std::vector<Found>& found) {
  AddObject(context, rule, ChildOfType(context.node, "object_reference"), found);
  if (found.empty()) return;
  if (!IsNull(ChildOfType(context.node, "enum_elements"))) found.back().kind = SymbolKind::kEnum;
  if (!IsNull(ChildOfType(context.node, "column_definitions"))) {
    found.back().kind = SymbolKind::kStruct;
  }
  for (const std::string_view part :
       {"column_definitions", "create_query", "function_body", "enum_elements"}) {
    const TSNode body = ChildOfType(context.node, part);
    if (!IsNull(body)) found.back().signature_end = BeginOf(body);
  }
}

void FindSchema(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode name = ChildOfType(context.node, "identifier");
  if (!IsNull(name)) AddObject(context, rule, name, found);
}

/// An index lies beside its table, in the table's schema.
void FindIndex(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode name = FieldOf(context.node, "column");
  if (IsNull(name)) return;
  AddObject(context, rule, name, found);
  const TSNode table = ChildOfType(context.node, "object_reference");
  if (IsNull(table) || IsNull(FieldOf(table, "schema"))) return;
  found.back().qualifier = PlainName(TextOf(context.text, FieldOf(table, "schema")));
}

/// A column of the table around it, or one that ALTER TABLE adds.
void FindColumn(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode name = FieldOf(context.node, "name");
  if (IsNull(name)) return;
  Found result = FoundAt(context, name, rule.kind);
  result.name = PlainName(result.name);
  if (!IsNull(context.parent) && TypeOf(context.parent) == "add_column") {
    const TSNode table = ChildOfType(context.around->Above(2), "object_reference");
    if (IsNull(table)) return;
    result.qualifier = TextOf(context.text, table);
  } else if (context.scope != SymbolKind::kStruct) {
    return;
  }
  found.push_back(std::move(result));
}

/// `'open'` of an enumeration.
void FindElements(const NodeContext& context, const DefinitionRule& rule,
                  std::vector<Found>& found) {
  ForEachNamedChild(context.node, [&](TSNode element) {
    if (TypeOf(element) != "literal") return;
    Found result = FoundAt(context, element, rule.kind);
    result.name = PlainName(result.name);
    found.push_back(std::move(result));
  });
}

/// A table, a view, a type; a function where it is called.
void UseObject(const NodeContext& context, std::vector<Use>& uses) {
  if (IsNull(context.parent)) return;
  const std::string_view parent = TypeOf(context.parent);
  if (parent == "field" || parent == "all_fields") return;  // the alias of `m.id`
  ReferenceKind kind = ReferenceKind::kType;
  if (parent == "invocation") {
    if (!ts_node_eq(ts_node_named_child(context.parent, 0), context.node)) return;
    kind = ReferenceKind::kCall;
  } else if (parent == "create_trigger") {
    const TSNode before = context.around->Sibling(-1);
    if (!IsNull(before) &&
        (TypeOf(before) == "keyword_function" || TypeOf(before) == "keyword_procedure")) {
      kind = ReferenceKind::kCall;
    }
  }
  const TSNode named = FieldOf(context.node, "name");
  if (IsNull(named)) return;
  uses.push_back({kind, named, PlainName(TextOf(context.text, named))});
}

constexpr std::array kDefinitions = {
    DefinitionRule{"create_schema", SymbolKind::kNamespace, kPlain, "", "", FindSchema},
    DefinitionRule{"create_table", SymbolKind::kStruct, kScope, "", "", FindCreated},
    DefinitionRule{"create_view", SymbolKind::kType, kPlain, "", "", FindCreated},
    DefinitionRule{"create_materialized_view", SymbolKind::kType, kPlain, "", "", FindCreated},
    DefinitionRule{"create_type", SymbolKind::kType, kScope, "", "", FindCreated},
    DefinitionRule{"create_function", SymbolKind::kFunction, kPlain, "", "", FindCreated},
    DefinitionRule{"create_trigger", SymbolKind::kFunction, kPlain, "", "", FindCreated},
    DefinitionRule{"create_sequence", SymbolKind::kVariable, kPlain, "", "", FindCreated},
    DefinitionRule{"create_index", SymbolKind::kVariable, kPlain, "", "", FindIndex},
    DefinitionRule{"column_definition", SymbolKind::kField, kPlain, "name", "", FindColumn},
    DefinitionRule{"enum_elements", SymbolKind::kConstant, kPlain, "", "", FindElements},
};

constexpr std::array kReferences = {
    ReferenceRule{"object_reference", ReferenceKind::kType, {}, UseObject},
};

constexpr std::array<std::string_view, 2> kComments = {"comment", "marginalia"};
constexpr std::array<std::string_view, 1> kCode = {"function_body"};
constexpr std::array<std::string_view, 16> kIgnoredNames = {
    "count", "sum",   "min",    "max", "avg",   "now",     "coalesce", "nullif",
    "lower", "upper", "length", "abs", "round", "extract", "greatest", "least"};

constexpr LanguageRules kSql = {
    .separator = ".",
    .definitions = kDefinitions,
    .references = kReferences,
    .comments = kComments,
    .code = kCode,
    .ignored_names = kIgnoredNames,
};

}  // namespace

const LanguageRules& SqlRules() { return kSql; }

}  // namespace coppice::indexer
