#include "daemon/retrieval/search/evidence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/format.h"
#include "daemon/retrieval/retriever.h"

namespace coppice::retrieval {
namespace {

using ::testing::DoubleEq;
using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

ClassWeights Weights() {
  ClassWeights weights;
  weights.lexical = 1;
  weights.vector = 0.6;
  weights.symbol = 0.5;
  return weights;
}

/// "search rank" of each finding.
std::vector<std::string> Findings(const Evidence& evidence, std::uint32_t chunk) {
  std::vector<std::string> out;
  const auto findings = FindingsOf(evidence, std::span(&chunk, 1));
  for (const Finding& finding : findings.front()) {
    out.push_back(fmt::format("{} {}", finding.search, finding.rank));
  }
  return out;
}

TEST(FuseChunks, NothingFoundIsNothing) {
  EXPECT_THAT(FuseChunks({}, Weights(), 2), ElementsAre(0, 0));
}

TEST(FuseChunks, EachSearchIsDividedByItsBest) {
  Evidence evidence;
  evidence.lexical.chunks = {2, 4, 0};
  evidence.lexical.best_chunk = 4;
  evidence.symbol.chunks = {{2, 6, "f"}, {0, 3, "g"}};
  evidence.symbol.best = 6;
  evidence.symbol.strength = 1;
  EXPECT_THAT(FuseChunks(evidence, Weights(), 3),
              ElementsAre(DoubleEq(0.5 + 0.25), DoubleEq(1), DoubleEq(0.5)));
}

TEST(FuseChunks, PlainWordsMakeLessOfADefinition) {
  Evidence evidence;
  evidence.symbol.chunks = {{0, 6, "f"}};
  evidence.symbol.best = 6;
  evidence.symbol.strength = 0.4;
  EXPECT_THAT(FuseChunks(evidence, Weights(), 1), ElementsAre(DoubleEq(0.5 * 0.4)));
}

TEST(FuseChunks, CosinesCountFromTheWorstOne) {
  Evidence evidence;
  evidence.vector.chunks = {{1, 0.9}, {0, 0.7}, {2, 0.5}};
  EXPECT_THAT(FuseChunks(evidence, Weights(), 3),
              ElementsAre(DoubleNear(0.3, 1e-9), DoubleNear(0.6, 1e-9), DoubleNear(0, 1e-9)));
}

TEST(FuseChunks, CosinesThatHardlyDifferCountLittle) {
  Evidence evidence;
  evidence.vector.chunks = {{0, 0.52}, {1, 0.5}};
  EXPECT_THAT(FuseChunks(evidence, Weights(), 2),
              ElementsAre(DoubleNear(0.6 * 0.02 / 0.3, 1e-9), DoubleNear(0, 1e-9)));
}

TEST(FuseChunks, OneTextAloneCountsInFull) {
  Evidence evidence;
  evidence.vector.chunks = {{0, 0.3}};
  EXPECT_THAT(FuseChunks(evidence, Weights(), 1), ElementsAre(DoubleNear(0.6, 1e-9)));
}

TEST(FindingsOf, RanksCountWhatIsBetter) {
  Evidence evidence;
  evidence.lexical.chunks = {2, 4, 2, 0};
  evidence.lexical.best_chunk = 4;
  evidence.vector.chunks = {{3, 0.9}, {0, 0.5}};
  evidence.symbol.chunks = {{0, 1, "f"}};
  EXPECT_THAT(Findings(evidence, 0), ElementsAre("lexical 2", "vector 2", "symbol 1"));
  EXPECT_THAT(Findings(evidence, 2), ElementsAre("lexical 2")) << "equal scores share a rank";
  EXPECT_THAT(Findings(evidence, 3), ElementsAre("vector 1"));
  EXPECT_THAT(Findings({}, 0), IsEmpty());
}

}  // namespace
}  // namespace coppice::retrieval
