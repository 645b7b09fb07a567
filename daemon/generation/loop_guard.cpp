#include "daemon/generation/loop_guard.h"

#include <algorithm>

namespace coppice::generation {
namespace {

constexpr std::size_t kLookEvery = 32;  // bytes

/// Whether the last `length` bytes repeat after `period`.
bool Repeats(std::string_view text, std::size_t period, std::size_t length) {
  const std::string_view end = text.substr(text.size() - length);
  return end.substr(period) == end.substr(0, length - period);
}

}  // namespace

bool LoopGuard::Add(std::string_view text) {
  constexpr std::size_t kKept = kLongestPeriod * kRepeats;
  tail_ += text;
  if (tail_.size() > 2 * kKept) tail_.erase(0, tail_.size() - kKept);
  unlooked_ += text.size();
  if (unlooked_ < kLookEvery) return false;
  unlooked_ = 0;
  for (std::size_t period = 1; period <= kLongestPeriod; ++period) {
    const std::size_t length = std::max(kLeastBytes, period * kRepeats);
    if (length > tail_.size()) break;
    if (Repeats(tail_, period, length)) return true;
  }
  return false;
}

}  // namespace coppice::generation
