#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace coppice::store {

/// Rows of codes are padded with zeros to a multiple of this.
inline constexpr std::size_t kCodeAlignment = 64;

/// For each row number in `rows`: the dot product of `query` and that row of `codes`, into `out`.
/// Shape: codes [row][width] int8, query [width] int16, width a multiple of kCodeAlignment, at most
///        65,536 (the sum of products of codes then fits 32 bits). The best instructions of this machine,
///        chosen at the first call.
void DotRows(const std::int8_t* codes, std::size_t width, std::span<const std::uint32_t> rows,
             const std::int16_t* query, std::int32_t* out);

/// The instruction set that DotRows uses here: "AVX2".
std::string_view KernelTarget();

}  // namespace coppice::store
