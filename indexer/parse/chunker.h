#pragma once

#include <string_view>
#include <vector>

#include "indexer/parse/outline.h"
#include "store/model.h"

namespace coppice::indexer {

/// Cuts a file along its outline.
///
/// Shape:  chunks tile the text: no gap, no overlap, every byte once, never inside a UTF-8
/// sequence.
///         A function with its documentation is one chunk up to kHardChunkBytes; a class, namespace
///         or section up to kSoftChunkBytes, else it is cut at its members. What is larger is cut
///         at the children of its node, what has none by lines. Neighbours too small to stand alone
///         are merged up to kSoftChunkBytes. A closing brace or a lone `#endif` goes to what stands
///         before. A chunk's definition is the innermost one that covers all of it but such
///         closers.
/// Limits: none above kHardChunkBytes.
std::vector<store::Chunk> CutChunks(std::string_view text, const OutlineNode& outline,
                                    const std::vector<store::Definition>& definitions);

}  // namespace coppice::indexer
