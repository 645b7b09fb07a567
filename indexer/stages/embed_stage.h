#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "embed/embedder.h"

namespace coppice::indexer {

/// The vectors of some document texts, in order.
///
/// Shape:  float32 [n * dimensions], row-major. A text that the model answers with numbers that are
///         not finite gets zeros, is logged, and is found by its words alone: one text must not
///         keep a commit from being served.
/// Errors: those of the embedder otherwise.
Result<std::vector<float>> EmbedTexts(const embed::Embedder& embedder,
                                      std::span<const std::string_view> texts,
                                      const Deadline& deadline);

}  // namespace coppice::indexer
