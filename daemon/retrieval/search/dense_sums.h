#pragma once

#include <cstdint>
#include <vector>

#include "daemon/retrieval/index/bit_set.h"

namespace coppice::retrieval {

/// Sums by dense number, of which few or many are used at a time.
///
/// Place:  beside one search; not shared.
/// Limits: eight bytes and a bit for each number; draining looks at every 64th number.
class DenseSums {
 public:
  explicit DenseSums(std::size_t size) : sums_(size, 0), used_(size) {}

  void Add(std::uint32_t number, double value) {
    used_.Add(number);
    sums_[number] += value;
  }
  /// How many numbers are used; a sum of 0 counts.
  [[nodiscard]] std::size_t Count() const { return used_.Count(); }
  /// Calls `visit(number, sum)` for those used, ascending, and forgets them.
  template <class Visit>
  void Drain(const Visit& visit) {
    used_.Drain([&](std::size_t number) {
      visit(static_cast<std::uint32_t>(number), sums_[number]);
      sums_[number] = 0;
    });
  }

 private:
  std::vector<double> sums_;
  BitSet used_;
};

}  // namespace coppice::retrieval
