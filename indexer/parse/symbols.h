#pragma once

#include <string_view>
#include <vector>

#include "indexer/parse/grammar.h"
#include "store/model.h"

namespace coppice::indexer {

/// What a syntax tree defines and uses.
struct Symbols {
  std::vector<store::Definition> definitions;  // by (range.begin, outer first)
  std::vector<store::Reference> references;    // by (line, column)
  /// For each definition its node with wrappers, without documentation: the chunker knows it by
  /// that.
  std::vector<store::ByteRange> nodes;
};

/// Reads definitions and references off a tree by the grammar's rules.
///
/// Shape:   `text` is the file, `parsed` the copy of the same length that the tree was made from;
///          ranges lie inside both.
/// Limits:  O(nodes); no recursion, so that depth costs memory only.
Symbols ExtractSymbols(std::string_view text, std::string_view parsed, TSNode root,
                       const Grammar& grammar);

/// Adds what another tree of the same file defines and uses, in order.
void MergeSymbols(Symbols& into, Symbols from);

}  // namespace coppice::indexer
