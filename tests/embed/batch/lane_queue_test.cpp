#include "embed/batch/lane_queue.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coppice::embed {
namespace {

using ::testing::ElementsAre;

class LaneQueueTest : public ::testing::Test {
 protected:
  void Push(const std::vector<std::size_t>& lengths, std::shared_ptr<EmbedCall> call = nullptr) {
    for (const std::size_t length : lengths) {
      queue_.Push({TokenIds(length, 1), call, rows_++}, LaneQueue::Clock::time_point{});
    }
  }
  std::vector<std::size_t> TakeLengths(int batch_tokens, int batch_texts = 100) {
    std::vector<std::size_t> lengths;
    for (const PendingText& text : queue_.Take({512, batch_tokens, batch_texts})) {
      lengths.push_back(text.tokens.size());
    }
    return lengths;
  }

  LaneQueue queue_{10000};
  std::size_t rows_ = 0;
};

TEST_F(LaneQueueTest, TheOldestGoesWithThoseOfLikeLength) {
  Push({10, 500, 11, 9, 300});
  EXPECT_THAT(TakeLengths(35), ElementsAre(9, 10, 11));
  EXPECT_THAT(TakeLengths(512), ElementsAre(500));
  EXPECT_THAT(TakeLengths(512), ElementsAre(300));
  EXPECT_TRUE(queue_.empty());
}

TEST_F(LaneQueueTest, ARunHoldsAtMostItsTokensAndTexts) {
  Push({100, 100, 100, 100});
  EXPECT_THAT(TakeLengths(250), ElementsAre(100, 100));
  EXPECT_THAT(TakeLengths(1000, 1), ElementsAre(100));
}

TEST_F(LaneQueueTest, ATextLongerThanTheRunGoesAlone) {
  Push({900, 1});
  EXPECT_THAT(TakeLengths(512), ElementsAre(900));
}

TEST_F(LaneQueueTest, ShorterOnesFillWhatLongerOnesCannot) {
  Push({100, 103, 40});
  EXPECT_THAT(TakeLengths(200), ElementsAre(40, 100));
}

TEST_F(LaneQueueTest, KnowsItsTokensAndItsRoom) {
  Push({10, 20});
  EXPECT_EQ(queue_.tokens(), 30);
  EXPECT_EQ(queue_.room(), 9998U);
  TakeLengths(512);
  EXPECT_EQ(queue_.tokens(), 0);
}

TEST_F(LaneQueueTest, ACallThatIsGivenUpLeaves) {
  const auto kept = std::make_shared<EmbedCall>();
  const auto dropped = std::make_shared<EmbedCall>();
  Push({1, 2}, kept);
  Push({1, 2, 3}, dropped);
  queue_.Drop(*dropped);
  EXPECT_EQ(queue_.tokens(), 3);
  EXPECT_THAT(TakeLengths(512), ElementsAre(1, 2));
}

// Lengths as chunks of code have them: mostly short, a long tail.
TEST_F(LaneQueueTest, EachTextGoesOnceAndLittleIsPadding) {
  std::mt19937 random(7);
  std::lognormal_distribution<double> length(4.5, 0.9);
  std::vector<std::size_t> lengths(4000);
  for (std::size_t& n : lengths)
    n = static_cast<std::size_t>(std::clamp(length(random), 1.0, 512.0));
  Push(lengths);
  std::vector<int> seen(lengths.size(), 0);
  std::size_t tokens = 0;
  std::size_t padded = 0;
  while (!queue_.empty()) {
    const std::vector<PendingText> batch = queue_.Take({512, 2048, 64});
    for (const PendingText& text : batch) {
      ++seen[text.row];
      tokens += text.tokens.size();
    }
    padded += batch.size() * batch.back().tokens.size();
  }
  EXPECT_THAT(seen, ::testing::Each(1));
  EXPECT_GE(static_cast<double>(tokens), 0.95 * static_cast<double>(padded));
}

}  // namespace
}  // namespace coppice::embed
