#include "store/vector/flat_index.h"

#include <random>

#include <gtest/gtest.h>

#include "store/vector/kernels.h"

namespace coppice::store {
namespace {

TEST(KernelsTest, TheSameSumAsOneByOneForEveryWidth) {
  std::mt19937 random(1);
  std::uniform_int_distribution<int> code(-127, 127);
  for (std::size_t width = kCodeAlignment; width <= 8 * kCodeAlignment; width += kCodeAlignment) {
    constexpr std::size_t kRows = 37;
    std::vector<std::int8_t> codes(kRows * width);
    std::vector<std::int16_t> query(width);
    for (auto& c : codes) c = static_cast<std::int8_t>(code(random));
    for (auto& c : query) c = static_cast<std::int16_t>(code(random));
    const std::vector<std::uint32_t> rows = {36, 0, 7, 7, 20};
    std::vector<std::int32_t> sums(rows.size());
    DotRows(codes.data(), width, rows, query.data(), sums.data());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      std::int32_t expected = 0;
      for (std::size_t j = 0; j < width; ++j) expected += codes[rows[i] * width + j] * query[j];
      EXPECT_EQ(sums[i], expected) << "width " << width << " on " << KernelTarget();
    }
  }
}

TEST(KernelsTest, TheLargestSumsDoNotOverflow) {
  constexpr std::size_t kWidth = 4096;
  const std::vector<std::int8_t> codes(kWidth, -127);
  const std::vector<std::int16_t> query(kWidth, 127);
  std::int32_t sum = 0;
  const std::uint32_t row = 0;
  DotRows(codes.data(), kWidth, {&row, 1}, query.data(), &sum);
  EXPECT_EQ(sum, -127 * 127 * static_cast<int>(kWidth));
}

// What the contract suite cannot know: blocks of 65,536 rows.
TEST(FlatIndexTest, FindsTextsInEveryBlock) {
  FlatIndex index(4);
  std::vector<TextNo> texts;
  std::vector<float> vectors;
  TextFilter all;
  for (int i = 0; i < 150'000; ++i) {
    texts.emplace_back(i);
    all.Add(TextNo(i));
    const bool special = i % 65'536 == 65'535 || i == 65'536 || i == 149'999;
    for (const float value : {special ? 1.0F : 0.0F, special ? 0.0F : 1.0F, 0.0F, 0.0F})
      vectors.push_back(value);
  }
  ASSERT_TRUE(index.Append(texts, vectors));
  EXPECT_EQ(index.size(), 150'000U);
  const auto hits = index.Search(std::vector<float>{1, 0, 0, 0}, 4, all, Deadline::Never());
  ASSERT_TRUE(hits);
  std::vector<int> found;
  for (const VectorHit& hit : hits->hits) found.push_back(hit.text.value);
  EXPECT_EQ(found, (std::vector<int>{65'535, 65'536, 131'071, 149'999}));
}

}  // namespace
}  // namespace coppice::store
