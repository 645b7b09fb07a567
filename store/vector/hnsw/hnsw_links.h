#pragma once

#include <cstdint>
#include <vector>

namespace coppice::store {

/// One layer of a graph: which rows it has, and to whom each is linked.
struct HnswLayer {
  std::vector<std::uint32_t> rows;   // ascending. The lowest layer names none: it has them all
  std::vector<std::uint32_t> ends;   // of each row, where its links end
  std::vector<std::uint32_t> links;  // rows
};

/// A graph over rows [0, n) of some CodeRows. A row without links is not in it.
struct HnswLinks {
  std::vector<HnswLayer> layers;  // the lowest first
  std::uint32_t entry = 0;        // a row of the highest

  [[nodiscard]] std::uint32_t size() const {
    return layers.empty() ? 0 : static_cast<std::uint32_t>(layers.front().ends.size());
  }
  [[nodiscard]] std::uint64_t MemoryBytes() const {
    std::uint64_t words = 0;
    for (const HnswLayer& layer : layers) {
      words += layer.rows.capacity() + layer.ends.capacity() + layer.links.capacity();
    }
    return words * sizeof(std::uint32_t);
  }
};

}  // namespace coppice::store
