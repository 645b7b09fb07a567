#include "embed/circuit_breaker.h"

#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coppice::embed {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class CircuitBreakerTest : public ::testing::Test {
 protected:
  CircuitBreakerTest() : breaker_("server", {3, seconds(1), seconds(4)}, [this] { return now_; }) {}

  void Fail() {
    ASSERT_TRUE(breaker_.Admit());
    breaker_.Failed(MakeError(ErrorCode::kUnavailable, "refused"));
  }
  void FailUntilOpen() {
    for (int i = 0; i < 3; ++i) Fail();
    ASSERT_EQ(breaker_.state(), BreakerState::kOpen);
  }

  CircuitBreaker::Clock::time_point now_{seconds(1000)};
  CircuitBreaker breaker_;
};

TEST_F(CircuitBreakerTest, OpensAfterFailuresInARow) {
  Fail();
  Fail();
  ASSERT_TRUE(breaker_.Admit());
  breaker_.Succeeded();
  Fail();
  Fail();
  EXPECT_EQ(breaker_.state(), BreakerState::kClosed);
  Fail();
  EXPECT_EQ(breaker_.state(), BreakerState::kOpen);
}

TEST_F(CircuitBreakerTest, WhileOpenItSaysWhyAndWhenToComeBack) {
  FailUntilOpen();
  now_ += milliseconds(400);
  const auto refused = breaker_.Admit();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(refused.error().retry_after_ms, 600);
  EXPECT_EQ(refused.error().message,
            "server is left alone after 3 failures in a row, the last: refused");
}

TEST_F(CircuitBreakerTest, OneTrialAtATimeDecides) {
  FailUntilOpen();
  now_ += seconds(1);
  ASSERT_TRUE(breaker_.Admit());
  EXPECT_EQ(breaker_.state(), BreakerState::kHalfOpen);
  EXPECT_FALSE(breaker_.Admit());
  breaker_.Succeeded();
  EXPECT_EQ(breaker_.state(), BreakerState::kClosed);
  EXPECT_EQ(breaker_.last_error(), "");
  EXPECT_TRUE(breaker_.Admit());
}

TEST_F(CircuitBreakerTest, ThePauseDoublesWithEachFailedTrialUpToTheLongest) {
  FailUntilOpen();
  for (const int pause : {1, 2, 4, 4}) {
    now_ += seconds(pause) - milliseconds(1);
    EXPECT_FALSE(breaker_.Admit()) << pause;
    now_ += milliseconds(1);
    Fail();
  }
  now_ += seconds(4);
  ASSERT_TRUE(breaker_.Admit());
  breaker_.Succeeded();
  FailUntilOpen();
  now_ += seconds(1);
  EXPECT_TRUE(breaker_.Admit()) << "after a success the pause is the first one again";
}

TEST_F(CircuitBreakerTest, AWithdrawnTrialLeavesRoomForAnother) {
  FailUntilOpen();
  now_ += seconds(1);
  ASSERT_TRUE(breaker_.Admit());
  breaker_.Withdrawn();
  EXPECT_EQ(breaker_.state(), BreakerState::kHalfOpen);
  EXPECT_TRUE(breaker_.Admit());
}

}  // namespace
}  // namespace coppice::embed
