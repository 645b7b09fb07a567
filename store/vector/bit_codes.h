#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace coppice::store {

/// A query against 1-bit codes: each of its values in four bits, the bits of one weight side by
/// side.
struct BitQuery {
  static constexpr std::size_t kPlanes = 4;

  explicit BitQuery(std::span<const float> values);

  std::size_t words;                  // of 64 bits, in a plane
  std::vector<std::uint64_t> planes;  // [plane][word]
  float lowest = 0;                   // value = lowest + step * bits
  float step = 0;
  float sum = 0;  // of all values
};

/// One bit for each value of some vectors: whether it lies above the mean of these vectors. With
/// the length of each vector from that mean this estimates dot products at an eighth of the bytes
/// of int8 codes.
///
/// Source: RaBitQ (Gao and Long, 2024), without the rotation: the values of an embedding are alike
/// as they are. Shape:  groups of eight vectors, word by word, so that eight sums are taken at
/// once. Immutable.
class BitCodes {
 public:
  static constexpr std::size_t kGroup = 8;

  /// `vectors` [row][width] floats, width a multiple of 64, zeros at the end of a row do no harm.
  BitCodes(std::span<const float> vectors, std::size_t width);

  [[nodiscard]] std::size_t size() const { return lengths_.size(); }
  /// The dot product of the query with the mean: a share that all estimates have.
  [[nodiscard]] float MeanScore(std::span<const float> query) const;
  /// Estimates for rows [first, first + count), both multiples of kGroup, into `out`.
  void Estimate(const BitQuery& query, float mean_score, std::size_t first, std::size_t count,
                float* out) const;

 private:
  std::size_t words_;
  std::vector<float> mean_;
  std::vector<std::uint64_t> bits_;  // [group][word][row of the group]
  std::vector<float> lengths_;  // |r|² / sum |r_i| of each row, r = its distance from the mean
};

}  // namespace coppice::store
