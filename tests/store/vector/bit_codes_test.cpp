#include "store/vector/bit_codes.h"

#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace coppice::store {
namespace {

// Against the same sums taken one by one.
TEST(BitCodesTest, EstimatesAreWhatTheirFormulaSays) {
  for (const std::size_t width : {64U, 192U, 384U}) {
    constexpr std::size_t kRows = 800;
    std::mt19937 random(7);
    std::normal_distribution<float> normal(0.2F, 1.0F);
    std::vector<float> vectors(kRows * width);
    for (float& value : vectors) value = normal(random);
    std::vector<float> query(width);
    for (float& value : query) value = normal(random);
    const BitCodes codes(vectors, width);
    const BitQuery bits(query);
    std::vector<float> estimates(kRows);
    codes.Estimate(bits, codes.MeanScore(query), 0, kRows, estimates.data());
    std::vector<float> mean(width);
    for (std::size_t i = 0; i < vectors.size(); ++i) mean[i % width] += vectors[i] / kRows;
    double error = 0;
    double spread = 0;
    for (std::size_t row = 0; row < kRows; ++row) {
      double exact = 0;
      double squares = 0;
      double absolute = 0;
      double signs = 0;
      double mean_score = 0;
      for (std::size_t i = 0; i < width; ++i) {
        const double rest = double{vectors[row * width + i]} - double{mean[i]};
        const double rounded =
            bits.lowest + bits.step * std::round((query[i] - bits.lowest) / bits.step);
        exact += double{vectors[row * width + i]} * double{query[i]};
        squares += rest * rest;
        absolute += std::fabs(rest);
        signs += rest > 0 ? 2 * rounded : 0;
        mean_score += double{mean[i]} * double{query[i]};
      }
      EXPECT_NEAR(estimates[row], mean_score + squares / absolute * (signs - double{bits.sum}),
                  1e-2)
          << width;
      error += (exact - double{estimates[row]}) * (exact - double{estimates[row]});
      spread += (exact - mean_score) * (exact - mean_score);
    }
    EXPECT_LT(error, 0.75 * spread) << "an estimate says more than the mean does";
  }
}

TEST(BitCodesTest, EqualVectorsAreTheirMean) {
  std::vector<float> vectors(64 * 8, 0.125F);
  const BitCodes codes(vectors, 64);
  std::vector<float> query(64, 0.0F);
  query[3] = 1;
  std::vector<float> estimates(8);
  codes.Estimate(BitQuery(query), codes.MeanScore(query), 0, 8, estimates.data());
  for (const float estimate : estimates) EXPECT_FLOAT_EQ(estimate, 0.125F);
}

}  // namespace
}  // namespace coppice::store
