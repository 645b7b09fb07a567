#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace coppice::generation {

/// Notices a model that says the same again and again.
///
/// Shape: a loop is a piece of at most kLongestPeriod bytes that ends the text kRepeats times in a
/// row
///        and kLeastBytes long together. Lists, tables and ordinary code do not reach that.
class LoopGuard {
 public:
  static constexpr std::size_t kLongestPeriod = 400;
  static constexpr std::size_t kRepeats = 6;
  static constexpr std::size_t kLeastBytes = 240;

  /// True once the text loops.
  bool Add(std::string_view text);

 private:
  std::string tail_;
  std::size_t unlooked_ = 0;  // bytes since it was last looked at
};

}  // namespace coppice::generation
