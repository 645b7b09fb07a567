#include "client/terminal.h"

#include <unistd.h>

#include <gmock/gmock.h>

namespace coppice::client {
namespace {

TEST(DescribeDisplay, ATerminalHasColours) {
  const Display display =
      DescribeDisplay(true, 120, {{"TERM", "xterm"}, {"LANG", "de_DE.UTF-8"}}, false);
  EXPECT_TRUE(display.colour);
  EXPECT_TRUE(display.is_terminal);
  EXPECT_TRUE(display.unicode);
  EXPECT_EQ(display.width, 120);
}

TEST(DescribeDisplay, NoColoursWhereNotWanted) {
  EXPECT_FALSE(DescribeDisplay(false, 80, {{"TERM", "xterm"}}, false).colour);
  EXPECT_FALSE(DescribeDisplay(true, 80, {{"TERM", "xterm"}, {"NO_COLOR", "1"}}, false).colour);
  EXPECT_TRUE(DescribeDisplay(true, 80, {{"TERM", "xterm"}, {"NO_COLOR", ""}}, false).colour);
  EXPECT_FALSE(DescribeDisplay(true, 80, {{"TERM", "dumb"}}, false).colour);
  EXPECT_FALSE(DescribeDisplay(true, 80, {}, false).colour);
  EXPECT_FALSE(DescribeDisplay(true, 80, {{"TERM", "xterm"}}, true).colour);
}

TEST(DescribeDisplay, ADumbTerminalGetsNoProgressBar) {
  EXPECT_FALSE(DescribeDisplay(true, 80, {{"TERM", "dumb"}}, false).is_terminal);
}

TEST(DescribeDisplay, TheFirstLocaleVariableDecides) {
  EXPECT_FALSE(
      DescribeDisplay(true, 80, {{"LC_ALL", "C"}, {"LANG", "en_US.UTF-8"}}, false).unicode);
  EXPECT_TRUE(DescribeDisplay(true, 80, {{"LC_CTYPE", "C.utf8"}, {"LANG", "C"}}, false).unicode);
}

TEST(Terminal, SaysWhenDataCouldNotBeWritten) {
  std::FILE* full = std::fopen("/dev/full", "w");
  ASSERT_NE(full, nullptr);
  Terminal terminal(full, stderr, {}, false);
  terminal.WriteOut("x");
  EXPECT_FALSE(terminal.Flush());
  std::fclose(full);
}

TEST(Terminal, DataAndMessagesKeepTheirOrderInOneFile) {
  std::FILE* out = std::tmpfile();
  ASSERT_NE(out, nullptr);
  std::FILE* err = ::fdopen(::dup(::fileno(out)), "w");
  ASSERT_NE(err, nullptr);
  Terminal terminal(out, err, {}, false);
  const std::string answer(100'000, 'a');
  terminal.WriteOut(answer);
  terminal.WriteErr("1 hit\n");
  std::string together(answer.size() + 100, '\0');
  std::rewind(out);
  together.resize(std::fread(together.data(), 1, together.size(), out));
  EXPECT_TRUE(together == answer + "1 hit\n") << together.substr(together.find('1'), 20);
  std::fclose(err);
  std::fclose(out);
}

}  // namespace
}  // namespace coppice::client
