#include "store/vector/graph_index.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace coppice::store {
namespace {

constexpr int kDimensions = 64;

std::vector<float> UnitVectors(int count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> vectors(static_cast<std::size_t>(count) * kDimensions);
  for (float& value : vectors) value = normal(random);
  for (std::size_t i = 0; i < vectors.size(); i += kDimensions) {
    float sum = 0;
    for (std::size_t j = 0; j < kDimensions; ++j) sum += vectors[i + j] * vectors[i + j];
    for (std::size_t j = 0; j < kDimensions; ++j) vectors[i + j] /= std::sqrt(sum);
  }
  return vectors;
}

class GraphIndexTest : public ::testing::Test {
 protected:
  void Add(GraphIndex& index, int first, int count) {
    std::vector<TextNo> texts;
    for (int i = 0; i < count; ++i) texts.emplace_back(first + i);
    const auto vectors = std::span(vectors_).subspan(static_cast<std::size_t>(first) * kDimensions,
                                                     static_cast<std::size_t>(count) * kDimensions);
    ASSERT_TRUE(index.Append(texts, vectors));
    ASSERT_TRUE(index.WaitForGraph(Deadline::After(std::chrono::minutes(2))));
  }
  std::string PlanOf(const GraphIndex& index, std::size_t k, int allowed) {
    TextFilter filter;
    for (int i = 0; i < allowed; ++i) filter.Add(TextNo(i));
    const auto answer =
        index.Search(std::span(vectors_).first(kDimensions), k, filter, Deadline::Never());
    if (!answer || answer->hits.empty() || answer->hits[0].text != TextNo(0))
      return "text 0 not found";
    return answer->plan;
  }
  static GraphOptions Small() {
    GraphOptions options;
    options.least_rows = 2000;
    options.settle = {};
    options.rows_scanned_in_a_step = 1;
    return options;
  }

  std::vector<float> vectors_ = UnitVectors(4000, 3);
};

TEST_F(GraphIndexTest, FewTextsAreScanned) {
  GraphIndex index(kDimensions, Small());
  Add(index, 0, 1999);
  EXPECT_EQ(PlanOf(index, 10, 4000), "flat: 1999 of 1999 texts");
}

TEST_F(GraphIndexTest, ManyAreSearchedByAGraphAndItsTailIsScanned) {
  GraphIndex index(kDimensions, Small());
  Add(index, 0, 2000);
  Add(index, 2000, 200);
  EXPECT_EQ(PlanOf(index, 10, 4000), "hnsw: 2000 texts, 1024 candidates; flat: the 200 since");
}

TEST_F(GraphIndexTest, ALongTailMakesANewGraph) {
  GraphIndex index(kDimensions, Small());
  Add(index, 0, 2000);
  Add(index, 2000, 201);
  EXPECT_EQ(PlanOf(index, 10, 4000), "hnsw: 2201 texts, 1024 candidates; flat: the 0 since");
}

TEST_F(GraphIndexTest, WithoutMemoryForAGraphTextsAreScanned) {
  MemoryBudget memory(600'000);  // 2,000 rows take 416,000 bytes, building a graph twice that
  GraphIndex index(kDimensions, Small(), &memory);
  Add(index, 0, 2000);
  EXPECT_EQ(PlanOf(index, 10, 4000), "flat: 2000 of 2000 texts");
  EXPECT_LT(memory.Usage().at(0).bytes, 500'000U);
}

TEST_F(GraphIndexTest, AGraphIsTriedAgainWhenThereIsMoreToGain) {
  MemoryBudget memory(2'000'000);
  MemoryBudget::Share other = memory.Open("other");
  ASSERT_TRUE(other.Resize(1'200'000));
  GraphIndex index(kDimensions, Small(), &memory);
  Add(index, 0, 2000);
  ASSERT_TRUE(other.Resize(0));
  Add(index, 2000, 100);
  EXPECT_EQ(PlanOf(index, 10, 4000), "flat: 2100 of 2100 texts");
  Add(index, 2100, 200);
  EXPECT_EQ(PlanOf(index, 10, 4000), "hnsw: 2300 texts, 1024 candidates; flat: the 0 since");
  std::uint64_t held = 0;
  for (const auto& part : memory.Usage()) held += part.bytes;
  EXPECT_LT(held, 2300U * (208 + 160)) << "the copy of the vectors is given back";
}

TEST_F(GraphIndexTest, TextsBeyondTheBudgetAreRefused) {
  MemoryBudget memory(100'000);
  GraphIndex index(kDimensions, Small(), &memory);
  Add(index, 0, 400);
  std::vector<TextNo> texts;
  for (int i = 400; i < 800; ++i) texts.emplace_back(i);
  const auto refused = index.Append(texts, std::span(vectors_).first(400 * kDimensions));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(index.size(), 400U);
}

TEST_F(GraphIndexTest, WhereAFilterLeavesFewOrManyAreWantedTheyAreScanned) {
  GraphIndex index(kDimensions, Small());
  Add(index, 0, 4000);
  EXPECT_EQ(PlanOf(index, 10, 1000), "flat: 1000 of 4000 texts");
  EXPECT_EQ(PlanOf(index, 10, 1500), "hnsw: 4000 texts, 1024 candidates; flat: the 0 since");
  EXPECT_EQ(PlanOf(index, 1500, 4000), "flat: 4000 of 4000 texts");
}

TEST_F(GraphIndexTest, AnIndexThatIsBuildingEndsAtOnce) {
  GraphOptions options = Small();
  options.graph.build_candidates = 2000;
  std::vector<TextNo> texts;
  for (int i = 0; i < 4000; ++i) texts.emplace_back(i);
  GraphIndex index(kDimensions, options);
  ASSERT_TRUE(index.Append(texts, vectors_));
}

}  // namespace
}  // namespace coppice::store
