#pragma once

#include <cstdint>
#include <span>

#include "store/vector/hnsw/hnsw_links.h"

namespace coppice::store {

inline constexpr std::uint32_t kGoneRow = 0xFFFF'FFFF;

/// The same graph where row i has become now[i]; without those that are kGoneRow, and the links to
/// them. Rows that nothing has become are in it without links.
HnswLinks Renumbered(const HnswLinks& links_before, std::span<const std::uint32_t> now);

}  // namespace coppice::store
