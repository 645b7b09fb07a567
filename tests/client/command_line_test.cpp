#include "client/command_line.h"

#include <regex>
#include <sstream>

#include <gmock/gmock.h>

namespace coppice::client {
namespace {

using testing::HasSubstr;

std::string Problem(const std::vector<std::string>& arguments) {
  const auto parsed = ParseCommandLine(arguments);
  return parsed ? "parsed" : parsed.error().message + " | " + parsed.error().remedy;
}

TEST(ParseCommandLine, GlobalFlagsStandBeforeOrAfterTheVerb) {
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"--json", "--connect", "/a", "--timeout", "2.5", "-q", "list"},
           {"list", "--json", "--connect", "/a", "--timeout", "2.5", "-q"}}) {
    const auto parsed = ParseCommandLine(arguments);
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(parsed->options.mode, OutputMode::kJson);
    EXPECT_EQ(parsed->options.connect, "/a");
    EXPECT_EQ(parsed->options.timeout_seconds, 2.5);
    EXPECT_TRUE(parsed->options.quiet);
    EXPECT_TRUE(parsed->body);
  }
}

TEST(ParseCommandLine, AQuestionMayHoldAnything) {
  EXPECT_EQ(Problem({"search", "list", "jobs"}), "parsed");
  EXPECT_EQ(Problem({"search", "a", "--lang", "cpp", "b", "--lang", "c"}), "parsed");
  EXPECT_EQ(Problem({"search", "--", "--json"}), "parsed");
}

TEST(ParseCommandLine, AddTakesARepositoryOrAList) {
  EXPECT_EQ(Problem({"add", ".", "--ref", "main", "--ref", "x"}), "parsed");
  EXPECT_EQ(Problem({"add", "--from", "-", "--wait"}), "parsed");
}

TEST(ParseCommandLine, SaysWhatIsWrong) {
  EXPECT_THAT(Problem({}), HasSubstr("no verb is given | give one of add, remove, list"));
  EXPECT_EQ(Problem({"serach", "x"}), "there is no verb 'serach' | did you mean `coppice search`?");
  EXPECT_EQ(Problem({"frobnicate"}), "there is no verb 'frobnicate' | see `coppice --help`");
  EXPECT_EQ(Problem({"search"}), "search: QUERY is required | see `coppice search --help`");
  EXPECT_EQ(Problem({"jobs", "retry"}),
            "jobs retry: ID is required | see `coppice jobs retry --help`");
  EXPECT_EQ(Problem({"add"}), "add: PATH|URL is required | see `coppice add --help`");
  EXPECT_THAT(Problem({"add", "--from", "list", "."}), HasSubstr("PATH|URL excludes --from"));
  EXPECT_THAT(Problem({"add", "--from", "list", "--ref", "x"}), HasSubstr("--ref excludes --from"));
  EXPECT_THAT(Problem({"search", "x", "--bogus"}), HasSubstr("--bogus"));
  EXPECT_THAT(Problem({"search", "x", "--limit", "0"}),
              HasSubstr("'0' is no whole number from 1 on"));
  EXPECT_THAT(Problem({"list", "--timeout", "-1"}), HasSubstr("no number of seconds above 0"));
  EXPECT_THAT(Problem({"files", "x", "--state", "odd"}),
              HasSubstr("'odd' is none of skipped, quarantined, failed"));
  EXPECT_THAT(Problem({"list", "--json", "--plain"}), HasSubstr("--json excludes --plain"));
}

TEST(Help, OpensWithExamplesAndFitsEightyColumns) {
  for (const VerbDescription& verb : DescribeCommandLine()) {
    std::vector<std::string> arguments;
    std::istringstream words(verb.name);
    for (std::string word; words >> word;) arguments.push_back(word);
    arguments.emplace_back("--help");
    const auto parsed = ParseCommandLine(arguments);
    ASSERT_TRUE(parsed) << verb.name;
    EXPECT_LT(parsed->text.find("\nExamples:\n  coppice "), parsed->text.find("Flags:"))
        << verb.name;
    for (const std::string& flag : verb.flags) EXPECT_THAT(parsed->text, HasSubstr(flag));
    std::istringstream lines(parsed->text);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80U) << line;
  }
}

TEST(Help, ExamplesParse) {
  // Each example is a command line of this program; quotes hold words together, a pipe ends it.
  const std::regex word(R"re("([^"]*)"|'([^']*)'|(\S+))re");
  std::size_t count = 0;
  for (const VerbDescription& verb : DescribeCommandLine()) {
    std::vector<std::string> path;
    std::istringstream words(verb.name);
    for (std::string part; words >> part;) path.push_back(part);
    path.emplace_back("--help");
    std::istringstream lines(ParseCommandLine(path)->text);
    for (std::string line; std::getline(lines, line);) {
      if (!line.starts_with("  coppice ")) continue;
      std::vector<std::string> arguments;
      const std::string command = line.substr(10, line.find(" | ") - 10);
      for (std::sregex_iterator it(command.begin(), command.end(), word), end; it != end; ++it) {
        arguments.push_back((*it)[1].str() + (*it)[2].str() + (*it)[3].str());
      }
      EXPECT_EQ(Problem(arguments), "parsed") << line;
      ++count;
    }
  }
  EXPECT_GT(count, 10U);
}

}  // namespace
}  // namespace coppice::client
