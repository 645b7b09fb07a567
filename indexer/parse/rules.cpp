#include "indexer/parse/rules.h"

#include <algorithm>
#include <array>

namespace coppice::indexer {
namespace {

bool IsNameStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' || c == '~' ||
         c == '@' || c == '#' || (static_cast<unsigned char>(c) & 0x80U) != 0;
}

/// Expressions whose value has no name of its own.
bool IsNameless(std::string_view type) {
  constexpr std::array<std::string_view, 10> kNameless = {
      "subscript",           "subscript_expression",
      "index_expression",    "arrow_function",
      "function_expression", "lambda",
      "lambda_expression",   "func_literal",
      "closure_expression",  "compound_literal_expression"};
  return std::find(kNameless.begin(), kNameless.end(), type) != kNameless.end();
}

/// The last named child that is no list of arguments.
TSNode LastNameLike(TSNode node) {
  for (std::uint32_t i = ts_node_named_child_count(node); i > 0; --i) {
    const TSNode child = ts_node_named_child(node, i - 1);
    const std::string_view type = TypeOf(child);
    if (!type.ends_with("arguments") && !type.ends_with("argument_list")) return child;
  }
  return TSNode{};
}

}  // namespace

std::string_view LastName(std::string_view text, TSNode node, TSNode* at) {
  constexpr int kMaxSteps = 16;
  constexpr std::array<std::string_view, 7> kFields = {"name",     "field", "property", "attribute",
                                                       "function", "type",  "macro"};
  for (int step = 0; step < kMaxSteps && !IsNull(node); ++step) {
    if (IsNameless(TypeOf(node))) return {};
    if (ts_node_named_child_count(node) == 0) {
      const std::string_view name = TextOf(text, node);
      if (name.empty() || !IsNameStart(name.front())) return {};
      if (at != nullptr) *at = node;
      return name;
    }
    TSNode next{};
    for (const std::string_view field : kFields) {
      next = FieldOf(node, field);
      if (!IsNull(next)) break;
    }
    node = IsNull(next) ? LastNameLike(node) : next;
  }
  return {};
}

store::ByteRange DocBehind(const NodeContext& context, std::string_view mark) {
  const TSNode comment = context.around->Sibling(1);
  const std::string_view text = context.text;
  if (IsNull(comment) || !TextOf(text, comment).starts_with(mark)) return {};
  const std::uint32_t end = EndOf(context.node);
  const std::string_view between = text.substr(end, BeginOf(comment) - end);
  const auto lines = std::count(between.begin(), between.end(), '\n');
  if (lines > 1 || between.find_first_not_of(" \t\r\n;,") != std::string_view::npos) return {};
  const store::ByteRange range{BeginOf(comment), EndOf(comment)};
  const TSNode next = context.around->Sibling(2);
  if (lines == 0 || IsNull(next)) return range;
  const std::string_view below = text.substr(range.end, BeginOf(next) - range.end);
  return std::count(below.begin(), below.end(), '\n') > 1 ? range : store::ByteRange{};
}

std::string_view Unquoted(std::string_view text) {
  if (text.size() < 2) return text;
  const char open = text.front();
  const char close = text.back();
  const bool quoted = (open == close && (open == '"' || open == '\'' || open == '`')) ||
                      (open == '<' && close == '>');
  return quoted ? text.substr(1, text.size() - 2) : text;
}

bool IsAllCaps(std::string_view name) {
  bool letter = false;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z') {
      letter = true;
    } else if (c != '_' && !(c >= '0' && c <= '9')) {
      return false;
    }
  }
  return letter;
}

}  // namespace coppice::indexer
