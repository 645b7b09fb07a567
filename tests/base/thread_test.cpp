#include "base/thread.h"

#include <new>

#include <gtest/gtest.h>

#include "base/exit_code.h"
#include "base/log.h"

namespace coppice {
namespace {

TEST(NamedThreadTest, RunsUntilItIsAskedToStop) {
  bool stopped = false;
  {
    NamedThread thread("worker", [&](const std::stop_token& stop) {
      while (!stop.stop_requested()) std::this_thread::yield();
      stopped = true;
    });
  }
  EXPECT_TRUE(stopped);
}

TEST(NamedThreadDeathTest, AnExceptionThatEscapesIsLoggedAndEndsTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto fail = [] {
    OpenLog(LogLevel::kInfo);
    NamedThread thread("follow", [](const std::stop_token&) { throw std::bad_alloc(); });
    thread.Join();
  };
  EXPECT_EXIT(fail(), testing::ExitedWithCode(kExitBug),
              "thread_failed thread=follow error=.*alloc");
}

}  // namespace
}  // namespace coppice
