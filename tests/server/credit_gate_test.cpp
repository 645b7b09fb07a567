#include "daemon/server/credit_gate.h"

#include <gmock/gmock.h>

#include "base/thread.h"

namespace coppice::server {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

ErrorCode CodeOf(const Result<void>& taken) {
  EXPECT_FALSE(taken);
  return taken ? ErrorCode::kInternal : taken.error().code;
}

TEST(CreditGate, GivesWhatWasGranted) {
  CreditGate gate(1, 8, seconds(10), seconds(60));
  EXPECT_TRUE(gate.TryTake());
  EXPECT_FALSE(gate.TryTake());
  gate.Grant(2);
  EXPECT_TRUE(gate.Take(Deadline::Never()));
  EXPECT_TRUE(gate.TryTake());
  EXPECT_FALSE(gate.TryTake());
}

TEST(CreditGate, HoldsNoMoreThanItsMaximum) {
  CreditGate gate(1000, 2, seconds(10), seconds(60));
  gate.Grant(0xFFFFFFFFU);
  EXPECT_TRUE(gate.TryTake());
  EXPECT_TRUE(gate.TryTake());
  EXPECT_FALSE(gate.TryTake());
}

TEST(CreditGate, WaitsForAGrant) {
  CreditGate gate(0, 8, seconds(60), seconds(60));
  const NamedThread client("client", [&](const std::stop_token&) { gate.Grant(1); });
  EXPECT_TRUE(gate.Take(Deadline::After(seconds(60))));
}

TEST(CreditGate, AClientThatGrantsNothingLosesItsRequest) {
  CreditGate gate(0, 8, milliseconds(1), seconds(60));
  EXPECT_EQ(CodeOf(gate.Take(Deadline::Never())), ErrorCode::kResourceExhausted);
}

TEST(CreditGate, TheRequestsOwnEndComesFirst) {
  CreditGate gate(1, 8, seconds(60), seconds(60));
  EXPECT_EQ(CodeOf(gate.Take(Deadline::After(seconds(0)))), ErrorCode::kDeadlineExceeded);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(CodeOf(gate.Take(Deadline::Never(stop.get_token()))), ErrorCode::kCancelled);
  EXPECT_TRUE(gate.TryTake()) << "neither took the credit";
}

TEST(CreditGate, ClosingWakesWhoWaits) {
  CreditGate gate(0, 8, seconds(60), seconds(60));
  const NamedThread closer("closer", [&](const std::stop_token&) { gate.Close(); });
  EXPECT_EQ(CodeOf(gate.Take(Deadline::After(seconds(60)))), ErrorCode::kCancelled);
  gate.Grant(1);
  EXPECT_FALSE(gate.TryTake()) << "it stays closed";
}

}  // namespace
}  // namespace coppice::server
