#include "base/deadline.h"

#include <gtest/gtest.h>

namespace coppice {
namespace {

using std::chrono::milliseconds;

TEST(Deadline, NeverIsFarAway) {
  const Deadline never = Deadline::Never();
  EXPECT_FALSE(never.expired());
  EXPECT_EQ(never.remaining(milliseconds(50)), milliseconds(50));
}

TEST(Deadline, APastOneHasNothingLeft) {
  const Deadline past(Deadline::Clock::now() - milliseconds(10));
  EXPECT_TRUE(past.expired());
  EXPECT_EQ(past.remaining(), milliseconds(0));
}

TEST(Deadline, AStopRequestExpiresIt) {
  std::stop_source source;
  const Deadline deadline = Deadline::After(std::chrono::hours(1), source.get_token());
  EXPECT_FALSE(deadline.expired());
  source.request_stop();
  EXPECT_TRUE(deadline.expired());
  EXPECT_TRUE(deadline.cancelled());
}

}  // namespace
}  // namespace coppice
