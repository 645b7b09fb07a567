#include "base/bounded_queue.h"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace coppice {
namespace {

using std::chrono::milliseconds;

TEST(BoundedQueue, TakesInteractiveWorkFirst) {
  BoundedQueue<int> queue(4);
  ASSERT_TRUE(queue.TryPush(1, Lane::kBatch));
  ASSERT_TRUE(queue.TryPush(2, Lane::kInteractive));
  EXPECT_EQ(queue.Pop(Deadline::Never()), 2);
  EXPECT_EQ(queue.Pop(Deadline::Never()), 1);
}

TEST(BoundedQueue, RefusesWhatIsBeyondItsCapacity) {
  BoundedQueue<int> queue(2);
  EXPECT_TRUE(queue.TryPush(1));
  EXPECT_TRUE(queue.TryPush(2));
  EXPECT_FALSE(queue.TryPush(3));
  EXPECT_TRUE(queue.TryPush(3, Lane::kBatch)) << "each lane has its own capacity";
  EXPECT_FALSE(queue.Push(4, Deadline::After(milliseconds(5))));
}

TEST(BoundedQueue, GivesWhatIsInsideAfterClosing) {
  BoundedQueue<int> queue(2);
  ASSERT_TRUE(queue.TryPush(1));
  queue.Close();
  EXPECT_FALSE(queue.TryPush(2));
  EXPECT_EQ(queue.Pop(Deadline::Never()), 1);
  EXPECT_EQ(queue.Pop(Deadline::Never()), std::nullopt);
}

TEST(BoundedQueue, StopTokenEndsAWait) {
  BoundedQueue<int> queue(1);
  std::jthread waiter([&queue](std::stop_token stop) {
    EXPECT_EQ(queue.Pop(Deadline::Never(stop)), std::nullopt);
  });
  waiter.request_stop();
}

TEST(BoundedQueue, CarriesEverythingBetweenThreads) {
  constexpr int kItems = 2000;
  BoundedQueue<int> queue(8);
  std::vector<int> got;
  {
    std::jthread consumer([&] {
      while (auto item = queue.Pop(Deadline::Never())) got.push_back(*item);
    });
    for (int i = 0; i < kItems; ++i) ASSERT_TRUE(queue.Push(int(i), Deadline::Never()));
    queue.Close();
  }
  ASSERT_EQ(got.size(), static_cast<std::size_t>(kItems));
  for (int i = 0; i < kItems; ++i) ASSERT_EQ(got[static_cast<std::size_t>(i)], i);
}

}  // namespace
}  // namespace coppice
