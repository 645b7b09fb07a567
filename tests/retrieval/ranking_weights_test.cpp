#include "daemon/retrieval/ranking_weights.h"

#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

#include "config/loader.h"

namespace coppice::retrieval {
namespace {

std::map<std::string, double> Defaults() {
  RankingWeights weights;
  std::map<std::string, double> values;
  ForEachWeight(weights, [&](const WeightRow& row) { values[row.name] = *row.value; });
  return values;
}

// config/default/ranking.toml is what people read and copy: it must say what the program does.
TEST(RankingWeightsTest, FileAndStructAreEqual) {
  const char* source = std::getenv("COPPICE_SOURCE_DIR");
  ASSERT_NE(source, nullptr);
  config::Sources sources;
  sources.file = std::filesystem::path(source) / "config/default/ranking.toml";
  const auto loaded = config::Load(sources);
  ASSERT_TRUE(loaded) << loaded.error().ToString();
  EXPECT_EQ(loaded->settings.ranking, Defaults());
}

TEST(RankingWeightsTest, DefaultsLieInTheirRanges) {
  RankingWeights weights;
  EXPECT_TRUE(SetWeights(weights, Defaults()));
}

TEST(RankingWeightsTest, SetsByName) {
  RankingWeights weights;
  ASSERT_TRUE(SetWeights(weights, {{"question.vector", 0.25}, {"k1", 2}}));
  EXPECT_EQ(weights.question.vector, 0.25);
  EXPECT_EQ(weights.k1, 2);
}

TEST(RankingWeightsTest, UnknownNameGetsTheNearestOne) {
  RankingWeights weights;
  const auto set = SetWeights(weights, {{"question.vectr", 1}, {"k1", 2}});
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(set.error().remedy.find("question.vector"), std::string::npos);
  EXPECT_EQ(weights.k1, RankingWeights().k1) << "an error changes nothing";
}

TEST(RankingWeightsTest, ValueOutOfRangeIsRefused) {
  RankingWeights weights;
  EXPECT_FALSE(SetWeights(weights, {{"b_body", 1.5}}));
  EXPECT_FALSE(SetWeights(weights, {{"test", -1}}));
}

}  // namespace
}  // namespace coppice::retrieval
