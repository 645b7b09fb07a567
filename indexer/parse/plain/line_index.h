#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "store/model.h"

namespace coppice::indexer {

/// Where the lines of a text begin. A line ends with '\n'; a lone '\r' ends none.
class LineIndex {
 public:
  explicit LineIndex(std::string_view text)
      : size_(static_cast<std::uint32_t>(text.size())), starts_{0} {
    for (std::size_t at = text.find('\n'); at != std::string_view::npos;
         at = text.find('\n', at + 1)) {
      if (at + 1 < text.size()) starts_.push_back(static_cast<std::uint32_t>(at + 1));
    }
  }

  /// 1-based line that holds `offset`.
  [[nodiscard]] std::uint32_t LineOf(std::uint32_t offset) const {
    const auto next = std::upper_bound(starts_.begin(), starts_.end(), offset);
    return static_cast<std::uint32_t>(next - starts_.begin());
  }
  /// First byte of the line that holds `offset`.
  [[nodiscard]] std::uint32_t StartOf(std::uint32_t offset) const {
    return starts_[LineOf(offset) - 1];
  }
  /// First byte after the line that holds `offset`, its newline included.
  [[nodiscard]] std::uint32_t EndOf(std::uint32_t offset) const {
    const std::uint32_t line = LineOf(offset);
    return line < starts_.size() ? starts_[line] : size_;
  }
  [[nodiscard]] store::LineRange LinesOf(store::ByteRange range) const {
    return {LineOf(range.begin), LineOf(range.empty() ? range.begin : range.end - 1)};
  }

 private:
  std::uint32_t size_;
  std::vector<std::uint32_t> starts_;
};

}  // namespace coppice::indexer
