#include "store/vector/kernels.h"

// Compiled once for each instruction set; the macros below belong to Highway.
#define HWY_WANT_AVX3_DL  // vectors of popcounts: 1-bit codes five times as fast
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "store/vector/kernels.cpp"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace coppice::store::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

constexpr std::size_t kAhead = 6;  // rows asked of memory before their turn

/// Rows lie anywhere: without this each waits for memory on its own.
template <class T>
HWY_INLINE void FetchRow(const T* row, std::size_t width) {
  constexpr std::size_t kLine = 64;
  for (std::size_t i = 0; i < width; i += kLine / sizeof(T)) hwy::Prefetch(row + i);
}

void DotRowsHere(const std::int8_t* HWY_RESTRICT codes, std::size_t width,
                 const std::uint32_t* HWY_RESTRICT rows, std::size_t row_count,
                 const std::int16_t* HWY_RESTRICT query, std::int32_t* HWY_RESTRICT out) {
  const hn::CappedTag<std::int16_t, kCodeAlignment> d16;
  const hn::Rebind<std::int8_t, decltype(d16)> d8;
  const hn::RepartitionToWide<decltype(d16)> d32;
  const std::size_t lanes = hn::Lanes(d16);
  for (std::size_t i = 0; i < row_count; ++i) {
    if (i + kAhead < row_count) {
      FetchRow(codes + static_cast<std::size_t>(rows[i + kAhead]) * width, width);
    }
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

std::string_view TargetHere() { return hwy::TargetName(HWY_TARGET); }

HWY_INLINE float DotHalf(const std::uint16_t* HWY_RESTRICT row, std::size_t width,
                         const float* HWY_RESTRICT query) {
  const hn::CappedTag<float, kCodeAlignment / 2> d32;
  const hn::Rebind<hwy::float16_t, decltype(d32)> d16;
  const hn::Rebind<std::uint16_t, decltype(d32)> bits;
  const std::size_t lanes = hn::Lanes(d32);
  auto first = hn::Zero(d32);
  auto second = hn::Zero(d32);
  for (std::size_t i = 0; i < width; i += 2 * lanes) {
    const auto low = hn::PromoteTo(d32, hn::BitCast(d16, hn::LoadU(bits, row + i)));
    const auto high = hn::PromoteTo(d32, hn::BitCast(d16, hn::LoadU(bits, row + i + lanes)));
    first = hn::MulAdd(low, hn::LoadU(d32, query + i), first);
    second = hn::MulAdd(high, hn::LoadU(d32, query + i + lanes), second);
  }
  return hn::GetLane(hn::SumOfLanes(d32, hn::Add(first, second)));
}

void DotHalvesHere(const std::uint16_t* const* HWY_RESTRICT rows, std::size_t row_count,
                   std::size_t width, const float* HWY_RESTRICT query, float* HWY_RESTRICT out) {
  for (std::size_t i = 0; i < row_count; ++i) {
    if (i + kAhead < row_count) FetchRow(rows[i + kAhead], width);
    out[i] = DotHalf(rows[i], width, query);
  }
}

/// As many rows of one group as a vector holds, from row `lane` of the group.
template <class D64>
HWY_INLINE void EstimateLanes(const BitSumArguments& a, std::size_t group, std::size_t lane,
                              D64 d64, float* out) {
  constexpr std::size_t kRows = 8;
  const hn::Rebind<std::uint32_t, D64> d32;
  const hn::Rebind<float, D64> df;
  auto set = hn::Zero(d64);
  auto levels = hn::Zero(d64);
  for (std::size_t w = 0; w < a.words; ++w) {
    const auto row = hn::LoadU(d64, a.bits + (group * a.words + w) * kRows + lane);
    const auto plane = [&](std::size_t p) {
      return hn::PopulationCount(hn::And(row, hn::Set(d64, a.planes[p * a.words + w])));
    };
    set = hn::Add(set, hn::PopulationCount(row));
    const auto low = hn::Add(plane(0), hn::ShiftLeft<1>(plane(1)));
    const auto high = hn::Add(plane(2), hn::ShiftLeft<1>(plane(3)));
    levels = hn::Add(levels, hn::Add(low, hn::ShiftLeft<2>(high)));
  }
  const auto narrow = [&](auto v) {
    return hn::ConvertTo(df,
                         hn::BitCast(hn::RebindToSigned<decltype(d32)>(), hn::TruncateTo(d32, v)));
  };
  auto sum = hn::MulAdd(hn::Set(df, a.per_bit), narrow(set), hn::Set(df, a.base));
  sum = hn::MulAdd(hn::Set(df, a.per_level), narrow(levels), sum);
  const std::size_t at = group * kRows + lane;
  hn::StoreU(hn::MulAdd(hn::LoadU(df, a.lengths + at), sum, hn::Set(df, a.offset)), df, out + at);
}

void EstimateBitsHere(const BitSumArguments& arguments, float* HWY_RESTRICT out) {
  const hn::CappedTag<std::uint64_t, 8> d64;
  const std::size_t lanes = hn::Lanes(d64);
  for (std::size_t group = 0; group < arguments.groups; ++group) {
    for (std::size_t lane = 0; lane < 8; lane += lanes)
      EstimateLanes(arguments, group, lane, d64, out);
  }
}

}  // namespace coppice::store::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace coppice::store {

HWY_EXPORT(DotRowsHere);
HWY_EXPORT(TargetHere);
HWY_EXPORT(DotHalvesHere);
HWY_EXPORT(EstimateBitsHere);

void DotRows(const std::int8_t* codes, std::size_t width, std::span<const std::uint32_t> rows,
             const std::int16_t* query, std::int32_t* out) {
  HWY_DYNAMIC_DISPATCH(DotRowsHere)(codes, width, rows.data(), rows.size(), query, out);
}

void DotHalves(std::span<const std::uint16_t* const> rows, std::size_t width, const float* query,
               float* out) {
  HWY_DYNAMIC_DISPATCH(DotHalvesHere)(rows.data(), rows.size(), width, query, out);
}

void EstimateBits(const BitSumArguments& arguments, float* out) {
  HWY_DYNAMIC_DISPATCH(EstimateBitsHere)(arguments, out);
}

std::string_view KernelTarget() { return HWY_DYNAMIC_DISPATCH(TargetHere)(); }

}  // namespace coppice::store

#endif  // HWY_ONCE
