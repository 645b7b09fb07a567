#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "daemon/retrieval/index/bit_set.h"
#include "daemon/retrieval/index/segment.h"
#include "daemon/retrieval/index/space.h"

namespace coppice::retrieval {

/// Above this a segment is no longer merged with others.
inline constexpr std::uint32_t kMaxSegmentChunks = 400'000;

/// The segments of `space` with few enough of them and little garbage: the newest are merged as
/// long as the one before is at most four times as large, one with less than half of its chunks
/// alive is rewritten, one without any goes. So their number grows with the logarithm of the
/// chunks.
///
/// Shape:  `live` has a bit for each document of the space. Nothing where all stays as it is.
/// Limits: writes each chunk a logarithmic number of times over its life.
std::optional<std::vector<std::shared_ptr<const Segment>>> Compact(const Space& space,
                                                                   const BitSet& live);

}  // namespace coppice::retrieval
