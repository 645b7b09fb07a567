#include "protocol/utf8.h"

#include <gtest/gtest.h>

namespace coppice::protocol {
namespace {

TEST(Utf8, AcceptsEveryLengthOfCharacter) {
  EXPECT_TRUE(IsUtf8(""));
  EXPECT_TRUE(IsUtf8("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x8C\xB3"));
  EXPECT_TRUE(IsUtf8("\xF4\x8F\xBF\xBF"));
}

TEST(Utf8, RefusesWhatTheStandardRefuses) {
  for (const char* bytes :
       {"\x80", "\xC0\xAF", "\xC1\xBF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xC3", "\xE2\x82", "\xF0\x9F\x8C", "\xFF"}) {
    EXPECT_FALSE(IsUtf8(bytes)) << bytes;
  }
}

TEST(Utf8, ReplacesOnlyWhatIsWrong) {
  EXPECT_EQ(ReplaceInvalidUtf8("a\xFF\xC3\xA9\xC3"), "a\xEF\xBF\xBD\xC3\xA9\xEF\xBF\xBD");
  EXPECT_TRUE(IsUtf8(ReplaceInvalidUtf8("\xF0\x9F\x8C\xED\xA0\x80")));
}

}  // namespace
}  // namespace coppice::protocol
