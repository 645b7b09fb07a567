#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "store/model.h"

namespace coppice::indexer {

/// Version of what a model is given for a chunk. Vectors are keyed by it; after a bump every ref is
/// queued when the daemon starts, and what another version made is parsed and embedded again.
///   1  symbol twice, signature, first doc sentence twice, rest of the doc, body
inline constexpr std::int16_t kTextTemplate = 1;

/// Longer inputs are cut: what a reader would need to know a chunk by stands at its front.
inline constexpr std::size_t kMaxInputBytes = 8192;

/// The exact text a model is given for `facts.chunks[chunk]` of `body`.
///
/// Shape: lines: symbol path, symbol path, signature, first doc sentence, the same again, rest of
///        the doc, the chunk's own text without what was said already. Without a definition the
///        chunk's text alone. Never the path: a renamed file costs nothing.
std::string EmbedInput(const store::BlobFacts& facts, std::size_t chunk, std::string_view body);

}  // namespace coppice::indexer
