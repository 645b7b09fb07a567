#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string_view>

#include <tree_sitter/api.h>

#include "store/model.h"

// Thin words over tree-sitter's C interface.
namespace coppice::indexer {

struct TreeDeleter {
  void operator()(TSTree* tree) const { ts_tree_delete(tree); }
};
using TreePtr = std::unique_ptr<TSTree, TreeDeleter>;

inline std::string_view TypeOf(TSNode node) { return ts_node_type(node); }
inline bool IsNull(TSNode node) { return ts_node_is_null(node); }
inline std::uint32_t BeginOf(TSNode node) { return ts_node_start_byte(node); }
inline std::uint32_t EndOf(TSNode node) { return ts_node_end_byte(node); }

/// The child in a field; a null node where there is none.
inline TSNode FieldOf(TSNode node, std::string_view field) {
  return ts_node_child_by_field_name(node, field.data(), static_cast<std::uint32_t>(field.size()));
}

/// The node's bytes. `text` is what was parsed, or something of the same length.
inline std::string_view TextOf(std::string_view text, TSNode node) {
  const std::size_t begin = std::min<std::size_t>(BeginOf(node), text.size());
  const std::size_t end = std::min<std::size_t>(EndOf(node), text.size());
  return text.substr(begin, end - begin);
}

/// The first child of that type, or a null node.
inline TSNode ChildOfType(TSNode node, std::string_view type) {
  const std::uint32_t count = ts_node_named_child_count(node);
  for (std::uint32_t i = 0; i < count; ++i) {
    const TSNode child = ts_node_named_child(node, i);
    if (TypeOf(child) == type) return child;
  }
  return TSNode{};
}

/// Calls `visit(TSNode)` for each named child; ts_node_named_child() in a loop takes quadratic
/// time.
template <class Visit>
void ForEachNamedChild(TSNode node, Visit visit) {
  TSTreeCursor cursor = ts_tree_cursor_new(node);
  if (ts_tree_cursor_goto_first_child(&cursor)) {
    do {
      const TSNode child = ts_tree_cursor_current_node(&cursor);
      if (ts_node_is_named(child)) visit(child);
    } while (ts_tree_cursor_goto_next_sibling(&cursor));
  }
  ts_tree_cursor_delete(&cursor);
}

inline TSNode LastNamedChild(TSNode node) {
  const std::uint32_t count = ts_node_named_child_count(node);
  return count == 0 ? TSNode{} : ts_node_named_child(node, count - 1);
}

}  // namespace coppice::indexer
