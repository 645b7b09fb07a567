#include "embed/openai/backoff.h"

#include <algorithm>

namespace coppice::embed {

std::chrono::milliseconds Backoff(int failures, std::uint32_t random) {
  constexpr std::int64_t kFirstMs = 250;
  constexpr int kMostDoublings = 5;  // 8 s
  const std::int64_t full = kFirstMs << std::clamp(failures - 1, 0, kMostDoublings);
  const std::int64_t half = full / 2;
  return std::chrono::milliseconds(half + static_cast<std::int64_t>(random) % (half + 1));
}

}  // namespace coppice::embed
