#include "store/vector/flat_index.h"

#include <cmath>
#include <functional>
#include <random>
#include <set>
#include <vector>

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

/// More than kCoarseFrom rows: 1-bit codes choose.
class ManyRows : public ::testing::Test {
 protected:
  static constexpr int kWidth = 64;
  static constexpr int kRows = 60'000;

  void Fill(const std::function<float(int row, int column)>& value) {
    std::vector<TextNo> texts;
    for (int row = 0; row < kRows; ++row) {
      texts.emplace_back(row);
      double sum = 0;
      const std::size_t begin = vectors_.size();
      for (int column = 0; column < kWidth; ++column) {
        vectors_.push_back(value(row, column));
        sum += vectors_.back() * vectors_.back();
      }
      for (std::size_t i = begin; i < vectors_.size() && sum > 0; ++i) {
        vectors_[i] /= static_cast<float>(std::sqrt(sum));
      }
    }
    ASSERT_TRUE(index_.Append(texts, vectors_));
  }
  std::vector<int> Nearest(std::span<const float> query, std::size_t k, const TextFilter& filter) {
    const auto answer = index_.Search(query, k, filter, Deadline::Never());
    std::vector<int> texts;
    if (!answer) return texts;
    EXPECT_FALSE(answer->partial);
    for (const VectorHit& hit : answer->hits) texts.push_back(hit.text.value);
    return texts;
  }
  static TextFilter Every(int step) {
    TextFilter filter;
    for (int row = 0; row < kRows; row += step) filter.Add(TextNo(row));
    return filter;
  }

  FlatIndex index_{kWidth};
  std::vector<float> vectors_;
};

TEST_F(ManyRows, AllAlikeComeByTextNumber) {
  Fill([](int, int column) { return column == 3 ? 1.0F : 0.5F; });
  const auto found = Nearest(std::span(vectors_).first(kWidth), 100, Every(1));
  ASSERT_EQ(found.size(), 100U);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(found[static_cast<std::size_t>(i)], i);
}

TEST_F(ManyRows, TheFewUnlikeTheRestAreFound) {
  // All but every thousandth row are zero, or point away.
  Fill([](int row, int column) {
    if (row % 1000 == 7) return column == row / 1000 ? 1.0F : 0.1F;
    return row % 2 == 0 ? 0.0F : (column == 63 ? 1.0F : -0.1F);
  });
  for (const int wanted : {7, 5007, 59'007}) {
    const auto query =
        std::span(vectors_).subspan(static_cast<std::size_t>(wanted) * kWidth, kWidth);
    EXPECT_EQ(Nearest(query, 1, Every(1)), std::vector{wanted});
  }
  EXPECT_EQ(Nearest(std::span(vectors_).subspan(7 * kWidth, kWidth), 30'000, Every(1)).size(),
            30'000U)
      << "zero vectors are left out";
}

TEST_F(ManyRows, AsManyAsAreWanted) {
  std::mt19937 random(5);
  std::normal_distribution<float> normal;
  Fill([&](int, int) { return normal(random); });
  const auto query = std::span(vectors_).first(kWidth);
  for (const std::size_t k : {std::size_t{1}, std::size_t{3000}, std::size_t{59'999}}) {
    const auto found = Nearest(query, k, Every(1));
    EXPECT_EQ(found.size(), k);
    EXPECT_EQ(found.front(), 0);
    EXPECT_EQ(std::set(found.begin(), found.end()).size(), k) << "each once";
  }
}

TEST_F(ManyRows, ADeadlineEndsTheScan) {
  Fill([](int row, int column) { return static_cast<float>((row * 7 + column) % 13); });
  const auto answer = index_.Search(std::span(vectors_).first(kWidth), 10, Every(1),
                                    Deadline::After(std::chrono::milliseconds(-1)));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kDeadlineExceeded);
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
