#include "base/compress.h"

#include <gtest/gtest.h>

namespace coppice {
namespace {

constexpr std::size_t kLimit = 1 << 20;

TEST(Compress, GivesBackAnyBytes) {
  for (const std::string& bytes :
       {std::string(), std::string("a\0b\xff", 4), std::string(100000, 'x')}) {
    const auto back = Decompress(Compress(bytes), kLimit);
    ASSERT_TRUE(back) << back.error().ToString();
    EXPECT_EQ(*back, bytes);
  }
}

TEST(Compress, EveryTruncationIsAnError) {
  const std::string frame = Compress("some text that is compressed into a frame");
  for (std::size_t size = 0; size < frame.size(); ++size) {
    EXPECT_FALSE(Decompress(frame.substr(0, size), kLimit)) << size;
  }
}

TEST(Compress, RefusesWhatExpandsBeyondTheLimit) {
  const auto result = Decompress(Compress(std::string(4096, 'x')), 4095);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kResourceExhausted);
}

TEST(Compress, GarbageIsCorrupt) {
  const auto result = Decompress("not a frame at all", kLimit);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace coppice
