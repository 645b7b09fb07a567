#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "indexer/parse/plain/line_index.h"
#include "store/model.h"

namespace coppice::indexer {

/// How large a chunk should be. About 1,600 bytes are 40 lines or 400 tokens: what fits a screen,
/// what small embedding models take whole, and the size of the larger functions. A definition that
/// is a little longer than that is still better found and read whole, so it may reach 3,000 bytes;
/// beyond, a chunk says too many things at once to be near any one question.
inline constexpr std::uint32_t kSoftChunkBytes = 1600;
inline constexpr std::uint32_t kHardChunkBytes = 3000;

/// The largest cut position <= `at` that lies inside no UTF-8 sequence; `at` itself where the bytes
/// around it are no UTF-8. Never goes below `floor`.
std::uint32_t Utf8Floor(std::string_view text, std::uint32_t at, std::uint32_t floor);

/// Cuts `range` of `text` into pieces of at most kHardChunkBytes that tile it: whole lines where
/// they fit, before a blank or unindented line where one is near, inside a line only if that line
/// alone is too long. Appends the end of each piece.
void CutLines(std::string_view text, store::ByteRange range, std::vector<std::uint32_t>& ends);

/// Chunks of a text that no grammar takes apart. An empty text has none.
std::vector<store::Chunk> LineChunks(std::string_view text);

/// The facts of such a text. With a reason, the grammar failed on it: status kFellBack, else
/// kLines.
store::BlobFacts LineFacts(Language language, std::string_view text, store::Reason reason);

}  // namespace coppice::indexer
