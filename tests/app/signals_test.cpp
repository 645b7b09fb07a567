#include "daemon/app/signals.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

namespace coppice::app {
namespace {

constexpr std::chrono::seconds kLong{20};

TEST(SignalsTest, AreValuesAndStopIsARequestThatStands) {
  Signals signals;
  EXPECT_EQ(signals.Wait(std::chrono::milliseconds(0)), std::nullopt);
  kill(getpid(), SIGHUP);
  EXPECT_EQ(signals.Wait(kLong), SignalEvent::kReload);
  EXPECT_FALSE(signals.stop().stop_requested());
  kill(getpid(), SIGTERM);
  EXPECT_EQ(signals.Wait(kLong), SignalEvent::kStop);
  EXPECT_TRUE(signals.stop().stop_requested());
  EXPECT_EQ(signals.Wait(kLong), SignalEvent::kStop);
}

TEST(SignalsTest, ADeadlineOnItsTokenEndsWithSigint) {
  Signals signals;
  const Deadline deadline = Deadline::Never(signals.stop());
  EXPECT_FALSE(deadline.expired());
  kill(getpid(), SIGINT);
  EXPECT_EQ(signals.Wait(kLong), SignalEvent::kStop);
  EXPECT_TRUE(deadline.cancelled());
}

}  // namespace
}  // namespace coppice::app
