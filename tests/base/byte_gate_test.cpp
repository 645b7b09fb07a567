#include "base/byte_gate.h"

#include <gtest/gtest.h>

#include "base/thread.h"

namespace coppice {
namespace {

TEST(ByteGate, LetsThroughUntilItIsFull) {
  ByteGate gate;
  EXPECT_TRUE(gate.WaitForAtMost(0, Deadline::Never()));
  gate.Add(11);
  EXPECT_FALSE(gate.WaitForAtMost(10, Deadline::After(std::chrono::milliseconds(1))));
  EXPECT_TRUE(gate.WaitForAtMost(11, Deadline::Never()));
}

TEST(ByteGate, WhatIsDoneLetsTheMakerGoOn) {
  ByteGate gate;
  gate.Add(20);
  NamedThread other("other", [&](const std::stop_token&) {
    gate.Remove(5);
    gate.Remove(10);
  });
  EXPECT_TRUE(gate.WaitForAtMost(5, Deadline::Never()));
  other.Join();
}

}  // namespace
}  // namespace coppice
