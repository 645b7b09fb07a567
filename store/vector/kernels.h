#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

// The inner loops of vector search, each compiled for several instruction sets; the best of this
// machine is chosen at the first call.
namespace coppice::store {

/// Rows of codes are padded with zeros to a multiple of this.
inline constexpr std::size_t kCodeAlignment = 64;

/// For each row number in `rows`: the dot product of `query` and that row of `codes`, into `out`.
/// Shape: codes [row][width] int8, query [width] int16, width a multiple of kCodeAlignment, at most
///        65,536 (the sum of products of codes then fits 32 bits).
void DotRows(const std::int8_t* codes, std::size_t width, std::span<const std::uint32_t> rows,
             const std::int16_t* query, std::int32_t* out);

/// For each of `rows`, which point at IEEE half precision values [width]: the dot product with
/// `query` [width], into `out`. Width is a multiple of kCodeAlignment.
void DotHalves(std::span<const std::uint16_t* const> rows, std::size_t width, const float* query,
               float* out);

/// What EstimateBits reads; see BitCodes for what it means.
struct BitSumArguments {
  const std::uint64_t* bits;  // [group][word][8 rows]
  std::size_t words;          // in a row
  std::size_t groups;
  const std::uint64_t* planes;  // [4][word]
  float per_bit;                // what each set bit of the row counts,
  float per_level;              // what it counts for each of the query's levels there,
  float base;                   // and what every row has
  float offset;                 // out = offset + length * (all of that)
  const float* lengths;         // [row]
};
void EstimateBits(const BitSumArguments& arguments, float* out);

/// The instruction set in use here: "AVX2".
std::string_view KernelTarget();

}  // namespace coppice::store
