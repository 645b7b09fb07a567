#include <cstdlib>
#include <regex>
#include <set>

#include <gtest/gtest.h>

#include "base/process.h"
#include "tests/support/golden.h"

// The section of docs/cli.md about coppiced against what the program says of itself.
namespace coppice::app {
namespace {

std::set<std::string> Matches(const std::string& text, const std::regex& pattern) {
  std::set<std::string> found;
  for (std::sregex_iterator it(text.begin(), text.end(), pattern), end; it != end; ++it) {
    found.insert((*it)[1]);
  }
  return found;
}

TEST(CliPageTest, NamesTheFlagsOfTheDaemonAndNoOther) {
  const char* bin = std::getenv("COPPICE_BIN_DIR");  // NOLINT(concurrency-mt-unsafe)
  ASSERT_NE(bin, nullptr) << "run through ctest";
  Command command;
  command.argv = {std::string(bin) + "/coppiced", "--help"};
  const auto help = RunCommand(command, Deadline::After(std::chrono::seconds(30)));
  ASSERT_TRUE(help) << help.error().ToString();

  const std::string page = test::ReadFile(test::SourceDir() / "docs/cli.md");
  const std::size_t begin = page.find("\n## `coppiced`\n");
  ASSERT_NE(begin, std::string::npos);
  const std::string section = page.substr(begin, page.find("\n## ", begin + 1) - begin);
  EXPECT_EQ(Matches(section, std::regex("`(--[a-z-]+)")),
            Matches(help->out, std::regex("(--[a-z-]+)")));
}

}  // namespace
}  // namespace coppice::app
