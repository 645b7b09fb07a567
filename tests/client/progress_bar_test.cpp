#include "client/progress_bar.h"

#include <gmock/gmock.h>

namespace coppice::client {
namespace {

using std::chrono::milliseconds;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

/// A bar over a string, with a clock that the test moves.
class ProgressBarTest : public testing::Test {
 protected:
  ProgressBar Make(bool terminal, int width = 80) {
    Display display;
    display.is_terminal = terminal;
    display.width = width;
    return ProgressBar(display,
                       {[this](std::string_view text) { out_ += text; }, [this] { return now_; }});
  }
  static protocol::Progress At(std::string phase, std::int64_t done, std::int64_t total,
                               std::string repo = "ferry") {
    return {std::move(repo), "refs/heads/main", std::move(phase), done, total};
  }
  std::string Take() { return std::exchange(out_, {}); }

  std::string out_;
  ProgressBar::Clock::time_point now_{std::chrono::hours(1)};
};

TEST_F(ProgressBarTest, DrawsOneLineOnATerminal) {
  ProgressBar bar = Make(true);
  bar.Update(At("parse", 0, 1200));
  EXPECT_EQ(Take(), "\rferry main  parse  ..............................    0 %  0/1,200\x1b[K");
  now_ += milliseconds(2000);
  bar.Update(At("parse", 300, 1200));
  const std::string line = Take();
  EXPECT_THAT(line, HasSubstr("  ######...................  "));
  EXPECT_THAT(line, HasSubstr(" 25 %  300/1,200  150/s, 6 s left"));
  EXPECT_THAT(line, Not(HasSubstr("\n")));
  bar.Clear();
  EXPECT_EQ(Take(), "\r\x1b[K");
  bar.Clear();
  EXPECT_EQ(Take(), "");
}

TEST_F(ProgressBarTest, IsNotDrawnMoreThanTenTimesASecond) {
  ProgressBar bar = Make(true);
  bar.Update(At("parse", 0, 10));
  Take();
  now_ += milliseconds(50);
  bar.Update(At("parse", 1, 10));
  EXPECT_EQ(Take(), "");
  now_ += milliseconds(60);
  bar.Update(At("parse", 2, 10));
  EXPECT_NE(Take(), "");
}

TEST_F(ProgressBarTest, StaysWithinTheTerminal) {
  for (const int width : {40, 60, 80, 200}) {
    ProgressBar bar = Make(true, width);
    bar.Update(At("embed", 123456, 9876543, std::string(30, 'x')));
    const std::string line = Take();
    EXPECT_LE(line.size() - std::string_view("\r\x1b[K").size(),
              static_cast<std::size_t>(width) - 1)
        << line;
    bar.Clear();
    Take();
  }
}

TEST_F(ProgressBarTest, LeavesTheTerminalCleanWhenItGoes) {
  {
    ProgressBar bar = Make(true);
    bar.Update(At("scan", 0, 0));
  }
  EXPECT_THAT(out_, EndsWith("\r\x1b[K"));
}

TEST_F(ProgressBarTest, WritesALineForEachPhaseElsewhere) {
  ProgressBar bar = Make(false);
  bar.Update(At("scan", 0, 0));
  bar.Update(At("parse", 0, 100));
  EXPECT_EQ(Take(), "ferry main: scan\nferry main: parse 0 of 100\n");
  now_ += milliseconds(4000);
  bar.Update(At("parse", 20, 100));
  EXPECT_EQ(Take(), "");
  now_ += milliseconds(1000);
  bar.Update(At("parse", 25, 100));
  EXPECT_EQ(Take(), "ferry main: parse 25 of 100 (5.0/s, 15 s left)\n");
  bar.Clear();
  EXPECT_EQ(Take(), "");
}

TEST_F(ProgressBarTest, CountsRepositoriesThatEnded) {
  ProgressBar bar = Make(false);
  bar.Update(At("parse", 0, 1, "a"));
  bar.Update(At("failed", 0, 0, "a"));
  bar.Update(At("done", 1, 1, "b"));
  EXPECT_THAT(out_, EndsWith("[2/2] b main: done 1 of 1\n"));
}

TEST_F(ProgressBarTest, EscapesNames) {
  ProgressBar bar = Make(true);
  bar.Update(At("parse", 0, 0, "x\x1b[2J"));
  EXPECT_THAT(Take(), HasSubstr("x\\x1b[2J"));
}

TEST(SpanText, ReadsWell) {
  EXPECT_EQ(SpanText(std::chrono::seconds(8)), "8 s");
  EXPECT_EQ(SpanText(std::chrono::seconds(200)), "3 min 20 s");
  EXPECT_EQ(SpanText(std::chrono::seconds(7500)), "2 h 5 min");
}

}  // namespace
}  // namespace coppice::client
