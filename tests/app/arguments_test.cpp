#include "daemon/app/arguments.h"

#include <gtest/gtest.h>

#include <array>

namespace coppice::app {
namespace {

template <std::size_t N>
ParsedArguments Parse(const std::array<const char*, N>& words) {
  return ParseArguments(static_cast<int>(words.size()), words.data());
}

TEST(Arguments, FlagsBecomeSettings) {
  const auto parsed = Parse(std::array{"coppiced", "--state-dir", "/s", "--listen", "ipc:///x",
                                       "--config", "/c.toml", "--foreground"});
  ASSERT_TRUE(parsed.arguments);
  EXPECT_EQ(parsed.arguments->action, Arguments::Action::kServe);
  EXPECT_EQ(parsed.arguments->config_file, "/c.toml");
  EXPECT_EQ(parsed.arguments->flags.at("state.directory"), "/s");
  EXPECT_EQ(parsed.arguments->flags.at("server.listen"), "ipc:///x");
}

TEST(Arguments, UsageErrorsAreExitCode64) {
  EXPECT_EQ(Parse(std::array{"coppiced", "--no-such"}).exit_code, 64);
  EXPECT_EQ(Parse(std::array{"coppiced", "--check-config", "--print-schema"}).exit_code, 64);
  EXPECT_EQ(Parse(std::array{"coppiced", "stray"}).exit_code, 64);
}

TEST(Arguments, HelpAndVersionEndWell) {
  for (const char* flag : {"--help", "--version"}) {
    const auto parsed = Parse(std::array{"coppiced", flag});
    EXPECT_FALSE(parsed.arguments);
    EXPECT_EQ(parsed.exit_code, 0);
  }
}

}  // namespace
}  // namespace coppice::app
