#include "client/session.h"

#include <cstdio>

#include <gmock/gmock.h>

#include "tests/client/fake_daemon.h"

namespace coppice::client {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class SessionTest : public testing::Test {
 protected:
  ~SessionTest() override { std::fclose(err_); }

  Session Make(GlobalOptions options) {
    return {std::move(options), environment_, terminal_, stop_.get_token()};
  }
  std::string Errors() {
    std::rewind(err_);
    std::string text(4096, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), err_));
    return text;
  }

  Environment environment_;
  std::FILE* err_ = std::tmpfile();
  Terminal terminal_{err_, err_, environment_, true};
  std::stop_source stop_;
};

TEST_F(SessionTest, WaitsHalfAMinuteUnlessToldOtherwise) {
  const Session session = Make({});
  EXPECT_LE(session.ShortDeadline().remaining(seconds(100)), seconds(30));
  EXPECT_GT(session.ShortDeadline().remaining(seconds(100)), seconds(20));
  EXPECT_EQ(session.LongDeadline().remaining(seconds(100)), seconds(100)) << "without an end";
}

TEST_F(SessionTest, TheTimeoutHoldsForBoth) {
  GlobalOptions options;
  options.timeout_seconds = 2.5;
  const Session session = Make(options);
  for (const Deadline& deadline : {session.ShortDeadline(), session.LongDeadline()}) {
    EXPECT_LE(deadline.remaining(seconds(100)), milliseconds(2500));
    EXPECT_FALSE(deadline.expired());
  }
}

TEST_F(SessionTest, AnInterruptEndsEachWait) {
  const Session session = Make({});
  EXPECT_FALSE(session.stopped());
  stop_.request_stop();
  EXPECT_TRUE(session.stopped());
  EXPECT_TRUE(session.ShortDeadline().cancelled());
  EXPECT_TRUE(session.LongDeadline().cancelled());
}

TEST_F(SessionTest, NotesAreForPeople) {
  GlobalOptions quiet;
  quiet.quiet = true;
  GlobalOptions json;
  json.mode = OutputMode::kJson;
  GlobalOptions verbose_json = json;
  verbose_json.verbose = true;
  Make({}).Note("one ");
  Make(quiet).Note("two ");
  Make(json).Note("three ");
  Make(verbose_json).Note("four");
  EXPECT_EQ(Errors(), "one four");
}

TEST_F(SessionTest, OneConnectionServesEveryCall) {
  FakeDaemon daemon;
  GlobalOptions options;
  options.connect = daemon.endpoint();
  Session session = Make(options);
  const auto first = session.Connect(session.ShortDeadline());
  const auto second = session.Connect(session.ShortDeadline());
  ASSERT_TRUE(first) << first.error().message;
  ASSERT_TRUE(second);
  EXPECT_EQ(*first, *second);
  EXPECT_FALSE(session.no_daemon());
}

TEST_F(SessionTest, SaysThatNoDaemonIsThere) {
  GlobalOptions options;
  options.connect = "/nonexistent/a.sock";
  Session session = Make(options);
  const auto client = session.Connect(session.ShortDeadline());
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().code, ErrorCode::kUnavailable);
  EXPECT_TRUE(session.no_daemon());
}

}  // namespace
}  // namespace coppice::client
