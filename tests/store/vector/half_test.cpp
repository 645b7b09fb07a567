#include "store/vector/half.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace coppice::store {
namespace {

TEST(HalfTest, EveryHalfComesBackFromItsFloat) {
  for (unsigned bits = 0; bits <= 0xFFFF; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    if ((bits & 0x7C00U) == 0x7C00U) continue;  // infinities and NaN
    EXPECT_EQ(HalfOf(FloatOf(half)), half) << bits;
  }
}

TEST(HalfTest, KnownValues) {
  EXPECT_EQ(HalfOf(1.0F), 0x3C00);
  EXPECT_EQ(HalfOf(-2.0F), 0xC000);
  EXPECT_EQ(HalfOf(65504.0F), 0x7BFF);
  EXPECT_EQ(HalfOf(1e9F), 0x7BFF) << "beyond the range: the largest";
  EXPECT_EQ(HalfOf(-std::numeric_limits<float>::infinity()), 0xFBFF);
  EXPECT_EQ(HalfOf(5.9604645e-08F), 0x0001);
  EXPECT_EQ(HalfOf(1e-12F), 0x0000);
  EXPECT_EQ(FloatOf(0x3555), 0.333251953125F);
}

TEST(HalfTest, RoundsToTheNearestAndHalfwayToEven) {
  EXPECT_EQ(HalfOf(1.0F + 1.0F / 2048), 0x3C00);
  EXPECT_EQ(HalfOf(1.0F + 3.0F / 2048), 0x3C02);
  EXPECT_EQ(HalfOf(1.0F + 1.1F / 2048), 0x3C01);
  for (float value = -3.0F; value < 3.0F; value += 0.00137F) {
    EXPECT_NEAR(FloatOf(HalfOf(value)), value, std::fabs(value) / 2048 + 1e-7);
  }
}

}  // namespace
}  // namespace coppice::store
