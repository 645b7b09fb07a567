#pragma once

#include <chrono>
#include <cstdint>

namespace coppice::embed {

/// How long to wait before the next attempt after `failures` >= 1 in a row: 250 ms doubled each
/// time up to 8 s, of which `random` (any 32 bits) leaves between one half and all, so that clients
/// that failed together do not come back together.
std::chrono::milliseconds Backoff(int failures, std::uint32_t random);

}  // namespace coppice::embed
