#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "indexer/parse/grammar.h"
#include "indexer/parse/symbols.h"
#include "store/model.h"

namespace coppice::indexer {

/// A part of a file and the parts it can be cut into: what the chunker needs of a syntax tree.
///
/// Shape:  children tile the range of their parent; cuts stand at the start of a line unless a part
///         holds one enormous line. No children where the part is small enough or has no structure.
struct OutlineNode {
  store::ByteRange range;
  std::int32_t definition = -1;  // the one this part is, with its documentation
  std::vector<OutlineNode> children;
};

/// The tree of a part in another language, at its node in the tree of the file.
struct Layer {
  store::ByteRange range;  // of that node
  const Grammar* grammar = nullptr;
  TreePtr tree;
};

/// The outline of a whole file, down to parts of at most `enough_bytes` that are one definition or
/// none; namespaces are always taken apart. `text` is what was parsed; a part in another language
/// is cut along its own tree.
OutlineNode OutlineOfTree(std::string_view text, TSNode root, const Grammar& grammar,
                          std::span<const Layer> layers, const Symbols& symbols,
                          std::uint32_t enough_bytes);

/// The outline of a file whose definitions nest like the sections of a document; the tree gives the
/// cuts between them.
OutlineNode OutlineOfSections(std::string_view text, TSNode root,
                              const std::vector<store::Definition>& sections,
                              std::uint32_t enough_bytes);

}  // namespace coppice::indexer
