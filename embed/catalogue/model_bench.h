#pragma once

#include <cstdint>
#include <functional>

#include "base/deadline.h"
#include "base/result.h"
#include "embed/embedder.h"

namespace coppice::embed {

struct BenchResult {
  int batch = 0;  // texts in one call
  std::uint64_t texts = 0;
  std::uint64_t bytes = 0;
  double seconds = 0;
  double query_p50_ms = 0;  // of one query alone
  double query_p99_ms = 0;

  [[nodiscard]] double texts_per_second() const { return static_cast<double>(texts) / seconds; }
  [[nodiscard]] double bytes_per_second() const { return static_cast<double>(bytes) / seconds; }
};

/// Embeds a fixed set of texts (code and its comments, 100 to 1,500 bytes each), over and over for
/// some three seconds, then queries one at a time.
///
/// Place:   a thread of the batch lane. Shape: the same texts for every model and machine.
/// Limits:  four to eight seconds with a fast model; a slow one is asked for one batch and twenty
///          queries at least.
/// Errors:  those of Embed; kCancelled, kDeadlineExceeded.
Result<BenchResult> BenchEmbedder(const Embedder& embedder,
                                  const std::function<void(std::uint64_t bytes)>& on_bytes,
                                  const Deadline& deadline);

}  // namespace coppice::embed
