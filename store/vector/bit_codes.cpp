#include "store/vector/bit_codes.h"

#include <algorithm>
#include <cmath>

#include "store/vector/kernels.h"

namespace coppice::store {

BitQuery::BitQuery(std::span<const float> values)
    : words(values.size() / 64), planes(words * kPlanes) {
  constexpr float kLevels = (1U << kPlanes) - 1;
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  lowest = *low;
  step = (*high - *low) / kLevels;
  for (std::size_t i = 0; i < values.size(); ++i) {
    sum += values[i];
    const auto level =
        step > 0 ? static_cast<unsigned>(std::lround((values[i] - lowest) / step)) : 0U;
    for (std::size_t p = 0; p < kPlanes; ++p) {
      planes[p * words + i / 64] |= static_cast<std::uint64_t>((level >> p) & 1U) << (i % 64);
    }
  }
}

BitCodes::BitCodes(std::span<const float> vectors, std::size_t width)
    : words_(width / 64), mean_(width), lengths_(vectors.size() / width) {
  const std::size_t rows = lengths_.size();
  for (std::size_t i = 0; i < rows * width; ++i) mean_[i % width] += vectors[i];
  for (float& value : mean_) value /= static_cast<float>(std::max<std::size_t>(rows, 1));
  bits_.resize((rows + kGroup - 1) / kGroup * kGroup * words_);
  for (std::size_t row = 0; row < rows; ++row) {
    float squares = 0;
    float absolute = 0;
    std::uint64_t* group = &bits_[row / kGroup * kGroup * words_];
    for (std::size_t i = 0; i < width; ++i) {
      const float rest = vectors[row * width + i] - mean_[i];
      squares += rest * rest;
      absolute += std::fabs(rest);
      const auto bit = static_cast<std::uint64_t>(rest > 0 ? 1U : 0U);
      group[i / 64 * kGroup + row % kGroup] |= bit << (i % 64);
    }
    lengths_[row] = absolute > 0 ? squares / absolute : 0;
  }
}

float BitCodes::MeanScore(std::span<const float> query) const {
  float sum = 0;
  for (std::size_t i = 0; i < mean_.size(); ++i) sum += mean_[i] * query[i];
  return sum;
}

// Σ s_i q_i with s_i = ±1 is twice the sum of q over the set bits less the sum of q.
void BitCodes::Estimate(const BitQuery& query, float mean_score, std::size_t first,
                        std::size_t count, float* out) const {
  const BitSumArguments arguments{
      &bits_[first * words_], words_,     count / kGroup, query.planes.data(), 2 * query.lowest,
      2 * query.step,         -query.sum, mean_score,     &lengths_[first]};
  EstimateBits(arguments, out);
}

}  // namespace coppice::store
