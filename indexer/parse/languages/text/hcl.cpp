#include <array>
#include <string>

#include "indexer/parse/languages/finding.h"
#include "indexer/parse/rules.h"

// HCL, first of all Terraform's: a block is named as an expression refers to it.
namespace coppice::indexer {
namespace {

using store::ReferenceKind;
using store::SymbolKind;

/// The block types of Terraform with one label, and what stands before the label in a reference.
struct BlockType {
  std::string_view type;
  std::string_view prefix;
  SymbolKind kind;
};
constexpr auto kBlockTypes = std::to_array<BlockType>({
    {"variable", "var", SymbolKind::kVariable},
    {"output", "output", SymbolKind::kVariable},
    {"module", "module", SymbolKind::kClass},
    {"provider", "provider", SymbolKind::kClass},
    {"check", "check", SymbolKind::kFunction},
    {"function", "function", SymbolKind::kFunction},
});

std::string_view TypeOfBlock(std::string_view text, TSNode block) {
  const TSNode type = ts_node_named_child(block, 0);
  return IsNull(type) || TypeOf(type) != "identifier" ? std::string_view{} : TextOf(text, type);
}

/// A block at the top of a file with a label: `resource "aws_instance" "bastion"`.
void FindBlock(const NodeContext& context, const DefinitionRule& rule, std::vector<Found>& found) {
  const TSNode outer = context.around->Above(2);
  if (IsNull(outer) || TypeOf(outer) != "config_file") return;
  const std::string_view type = TypeOfBlock(context.text, context.node);
  std::string qualifier(type == "resource" ? std::string_view{} : type);
  TSNode label{};
  const auto qualify = [&](std::string_view part) {
    if (!qualifier.empty()) qualifier += '.';
    qualifier += part;
  };
  ForEachNamedChild(context.node, [&](TSNode child) {
    if (TypeOf(child) != "string_lit") return;
    if (!IsNull(label)) qualify(Unquoted(TextOf(context.text, label)));
    label = child;
  });
  if (IsNull(label)) return;
  Found result = FoundAt(context, label, rule.kind);
  result.name = Unquoted(TextOf(context.text, label));
  for (const BlockType& known : kBlockTypes) {
    if (known.type != type) continue;
    result.kind = known.kind;
    qualifier = known.prefix;
  }
  result.qualifier = std::move(qualifier);
  const TSNode start = ChildOfType(context.node, "block_start");
  if (!IsNull(start)) result.signature_end = BeginOf(start);
  found.push_back(std::move(result));
}

/// What a `locals` block holds, and the plain settings of a file of values.
void FindAttribute(const NodeContext& context, const DefinitionRule& rule,
                   std::vector<Found>& found) {
  const TSNode block = context.around->Above(2);
  if (IsNull(block)) return;
  const bool top = TypeOf(block) == "config_file";
  const bool local = TypeOf(block) == "block" && TypeOfBlock(context.text, block) == "locals";
  const TSNode name = ts_node_named_child(context.node, 0);
  if ((!top && !local) || IsNull(name)) return;
  Found result = FoundAt(context, name, rule.kind);
  if (local) result.qualifier = "local";
  found.push_back(std::move(result));
}

/// `var.region`, `local.tags`, `module.vpc.id`, `data.aws_ami.debian`, `aws_instance.bastion.id`.
void UseObject(const NodeContext& context, std::vector<Use>& uses) {
  const std::string_view head = TextOf(context.text, context.node);
  TSNode step = context.around->Sibling(1);
  for (const std::string_view own : {"each", "count", "self", "path", "terraform"}) {
    if (head == own) return;
  }
  if (head == "data" && !IsNull(step)) step = context.around->Sibling(2);
  if (IsNull(step) || TypeOf(step) != "get_attr") return;
  const TSNode name = ts_node_named_child(step, 0);
  if (IsNull(name)) return;
  uses.push_back({ReferenceKind::kType, name, std::string(TextOf(context.text, name))});
}

void UseFunction(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode name = ts_node_named_child(context.node, 0);
  if (IsNull(name)) return;
  uses.push_back({ReferenceKind::kCall, name, std::string(TextOf(context.text, name))});
}

/// `source = "./modules/vpc"` of a module.
void UseSource(const NodeContext& context, std::vector<Use>& uses) {
  const TSNode name = ts_node_named_child(context.node, 0);
  const TSNode value = ts_node_named_child(context.node, 1);
  if (IsNull(name) || IsNull(value) || TextOf(context.text, name) != "source") return;
  const TSNode block = context.around->Above(2);
  if (IsNull(block) || TypeOfBlock(context.text, block) != "module") return;
  uses.push_back(
      {ReferenceKind::kImport, value, std::string(Unquoted(TextOf(context.text, value)))});
}

constexpr std::array kDefinitions = {
    DefinitionRule{"block", SymbolKind::kClass, kPlain, "", "", FindBlock},
    DefinitionRule{"attribute", SymbolKind::kConstant, kPlain, "", "", FindAttribute},
};

constexpr std::array kReferences = {
    ReferenceRule{"variable_expr", ReferenceKind::kType, {}, UseObject},
    ReferenceRule{"function_call", ReferenceKind::kCall, {}, UseFunction},
    ReferenceRule{"attribute", ReferenceKind::kImport, {}, UseSource},
};

constexpr std::array<std::string_view, 1> kComments = {"comment"};

constexpr LanguageRules kHcl = {
    .separator = ".",
    .definitions = kDefinitions,
    .references = kReferences,
    .comments = kComments,
};

}  // namespace

const LanguageRules& HclRules() { return kHcl; }

}  // namespace coppice::indexer
