#include "store/vector/kernels.h"

// Compiled once for each instruction set; the macros below belong to Highway.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "store/vector/kernels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace coppice::store::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

void DotRowsHere(const std::int8_t* HWY_RESTRICT codes, std::size_t width, const std::uint32_t* HWY_RESTRICT rows,
                 std::size_t row_count, const std::int16_t* HWY_RESTRICT query, std::int32_t* HWY_RESTRICT out) {
  const hn::CappedTag<std::int16_t, kCodeAlignment> d16;
  const hn::Rebind<std::int8_t, decltype(d16)> d8;
  const hn::RepartitionToWide<decltype(d16)> d32;
  const std::size_t lanes = hn::Lanes(d16);
  for (std::size_t i = 0; i < row_count; ++i) {
    const std::int8_t* row = codes + static_cast<std::size_t>(rows[i]) * width;
    auto even = hn::Zero(d32);
    auto odd = hn::Zero(d32);
    for (std::size_t j = 0; j < width; j += lanes) {
      const auto code = hn::PromoteTo(d16, hn::LoadU(d8, row + j));
      even = hn::ReorderWidenMulAccumulate(d32, code, hn::LoadU(d16, query + j), even, odd);
    }
    out[i] = hn::GetLane(hn::SumOfLanes(d32, hn::Add(even, odd)));
  }
}

}  // namespace coppice::store::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace coppice::store {

HWY_EXPORT(DotRowsHere);

void DotRows(const std::int8_t* codes, std::size_t width, std::span<const std::uint32_t> rows,
             const std::int16_t* query, std::int32_t* out) {
  HWY_DYNAMIC_DISPATCH(DotRowsHere)(codes, width, rows.data(), rows.size(), query, out);
}

std::string_view KernelTarget() {
  const std::int64_t supported = hwy::SupportedTargets();
  return hwy::TargetName(supported & -supported);  // the lowest bit is the best one
}

}  // namespace coppice::store

#endif  // HWY_ONCE
