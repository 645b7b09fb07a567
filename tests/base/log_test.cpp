#include "base/log.h"

#include <gtest/gtest.h>

namespace coppice {
namespace {

TEST(Log, LinesAreKeyValue) {
  EXPECT_EQ(FormatLogLine("job_done", {{"repo", "x"}, {"files", 12}, {"seconds", 1.5}}),
            "job_done repo=x files=12 seconds=1.5");
}

TEST(Log, AValueCannotForgeALineOrAKey) {
  EXPECT_EQ(FormatLogLine("e", {{"name", "a b"}, {"path", "x\nfake key=1"}, {"q", "say \"hi\""}}),
            R"(e name="a b" path="x\nfake key=1" q="say \"hi\"")");
  EXPECT_EQ(FormatLogLine("e", {{"v", "\x1b[31m"}}), R"(e v="\x1b[31m")");
  EXPECT_EQ(FormatLogLine("e", {{"v", ""}}), R"(e v="")");
}

TEST(Log, LevelsHaveNames) {
  LogLevel level = LogLevel::kInfo;
  EXPECT_TRUE(ParseLogLevel("warning", level));
  EXPECT_EQ(level, LogLevel::kWarning);
  EXPECT_FALSE(ParseLogLevel("loud", level));
}

}  // namespace
}  // namespace coppice
