#include "embed/openai/backoff.h"

#include <chrono>
#include <cstdint>

#include <gtest/gtest.h>

namespace coppice::embed {
namespace {

using std::chrono::milliseconds;

TEST(BackoffTest, DoublesUpToEightSeconds) {
  for (const auto& [failures, most] :
       {std::pair{1, 250}, {2, 500}, {3, 1000}, {6, 8000}, {7, 8000}, {1000000, 8000}}) {
    milliseconds shortest = milliseconds::max();
    milliseconds longest{0};
    for (std::uint32_t random = 0; random < 10000; ++random) {
      const milliseconds wait = Backoff(failures, random * 2654435761U);
      shortest = std::min(shortest, wait);
      longest = std::max(longest, wait);
    }
    EXPECT_GE(shortest, milliseconds(most / 2));
    EXPECT_LE(shortest, milliseconds(most / 2 + most / 50));
    EXPECT_LE(longest, milliseconds(most));
    EXPECT_GE(longest, milliseconds(most - most / 50));
  }
}

}  // namespace
}  // namespace coppice::embed
