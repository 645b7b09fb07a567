#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "daemon/retrieval/index/postings.h"
#include "store/model.h"

namespace coppice::retrieval {

/// A piece of a chunk's text and the field it counts for.
struct FieldPiece {
  Field field;
  std::string_view text;
};

/// The length of the first sentence of a doc comment, comment marks included: up to a full stop,
/// question or exclamation mark before white space, or to an empty line.
std::size_t FirstSentenceBytes(std::string_view doc);

/// Cuts the text of `facts.chunks[chunk]` into fields: signatures and doc comments of the
/// definitions that touch it, the rest is body. The names of the chunk come as kSymbol: the path of
/// its own definition, and the names of those that begin in it.
///
/// Shape: pieces point into `body` and `facts`; `pieces` is overwritten.
/// Errors: none: ranges beyond the body are cut off.
void CutFields(const store::BlobFacts& facts, std::size_t chunk, std::string_view body,
               std::vector<FieldPiece>& pieces);

}  // namespace coppice::retrieval
