#pragma once

#include <cstdint>

namespace coppice::store {

/// IEEE half precision of a float, round to nearest even. Beyond its range: its largest value.
std::uint16_t HalfOf(float value);
float FloatOf(std::uint16_t half);

}  // namespace coppice::store
