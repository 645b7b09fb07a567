#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include <gmock/gmock.h>

#include "base/exit_code.h"
#include "client/command_line.h"
#include "client/render/model_page.h"
#include "client/render/repository_page.h"
#include "client/render/search_page.h"
#include "tests/client/sample_messages.h"

// docs/cli.md against the program.
namespace coppice::client {
namespace {

/// docs/cli.md: a heading `### coppice VERB …` for each verb; the flags of a verb stand in its
/// section as `--flag`.
class CliPage {
 public:
  CliPage() {
    std::ifstream file(std::string(Get(ProcessEnvironment(), "COPPICE_SOURCE_DIR")) +
                       "/docs/cli.md");
    std::ostringstream text;
    text << file.rdbuf();
    text_ = text.str();
  }
  [[nodiscard]] const std::string& text() const { return text_; }

  /// Section by verb; the section "Global flags" under "".
  [[nodiscard]] std::map<std::string, std::string> Sections() const {
    std::map<std::string, std::string> sections;
    std::string* section = nullptr;
    std::istringstream lines(text_);
    const std::regex verb(R"(### `coppice ((?:[a-z]+)(?: [a-z]+)?).*)");
    for (std::string line; std::getline(lines, line);) {
      std::smatch match;
      if (line.starts_with("#")) section = nullptr;
      if (line == "## Global flags") section = &sections[""];
      if (std::regex_match(line, match, verb)) section = &sections[match[1]];
      if (section != nullptr) *section += line + "\n";
    }
    return sections;
  }

 private:
  std::string text_;
};

std::set<std::string> FlagsIn(const std::string& text) {
  std::set<std::string> flags;
  // In the first column of a table: | `-q`, `--quiet` | … |
  std::istringstream lines(text);
  const std::regex flag("`(--?[a-z][a-z0-9-]*)[^`]*`");
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| `-")) continue;
    const std::string cell = line.substr(0, line.find(" | "));
    for (std::sregex_iterator it(cell.begin(), cell.end(), flag), end; it != end; ++it) {
      flags.insert((*it)[1]);
    }
  }
  return flags;
}

TEST(CliPageTest, NamesEachVerbAndEachFlagAndNoOther) {
  const CliPage page;
  const std::map<std::string, std::string> sections = page.Sections();
  std::set<std::string> verbs;
  for (const VerbDescription& verb : DescribeCommandLine()) {
    verbs.insert(verb.name);
    ASSERT_TRUE(sections.contains(verb.name)) << "docs/cli.md has no section for " << verb.name;
    std::set<std::string> flags(verb.flags.begin(), verb.flags.end());
    if (!verb.name.empty()) {
      flags.erase("-h");
      flags.erase("--help");
    }
    EXPECT_EQ(FlagsIn(sections.at(verb.name)), flags) << "in the section of '" << verb.name << "'";
  }
  for (const auto& [name, section] : sections) {
    EXPECT_TRUE(verbs.contains(name)) << "docs/cli.md describes a verb that is not there: " << name;
  }
}

TEST(CliPageTest, HasTheTableOfExitCodes) {
  const CliPage page;
  for (const ExitCodeRow& row : ExitCodeTable()) {
    const std::regex line("\\| " + std::to_string(row.exit_code) + " \\|[^\n]*`" +
                          std::string(ErrorCodeName(row.code)) + "`");
    EXPECT_TRUE(std::regex_search(page.text(), line))
        << row.exit_code << " " << ErrorCodeName(row.code);
  }
}

/// The answers that docs/cli.md shows, as the program prints them into a pipe.
std::map<std::string, std::string> Examples() {
  const Display pipe{false, false, true, 80};
  protocol::RepoInfo repo = SampleRepo();
  repo.views.resize(1);
  protocol::StatusReply status = SampleStatus();
  status.version = "0.1.0";
  status.repos = {repo};
  status.jobs = {0, 0, 0};
  protocol::FilesPart skipped = SampleFiles();
  skipped.files = {skipped.files[1]};
  const std::string job = "0b0f7c52-9a1e-4a58-8c7b-3a3f1f6b2d10";
  return {{"add . --wait", AddPage({repo, {job}, ""}, pipe)},
          {"status", StatusPage(status, pipe)},
          {"model list", ModelListPage(SampleModels(), pipe)},
          {"files ferry --state skipped", FilesLines(skipped, pipe)},
          {"search \"where is a failed job retried\"",
           SearchPage(SampleSearch(), pipe, false) + SearchNote(SampleSearch())}};
}

TEST(CliPageTest, ShowsWhatTheProgramPrints) {
  const CliPage page;
  std::size_t shown = 0;
  const std::regex command("    \\$ coppice ([^\n]+)\n");
  const std::string& text = page.text();
  for (std::sregex_iterator it(text.begin(), text.end(), command), end; it != end; ++it, ++shown) {
    const auto examples = Examples();
    const auto example = examples.find((*it)[1]);
    ASSERT_NE(example, examples.end()) << "no known answer to: coppice " << (*it)[1];
    std::string block;
    std::istringstream lines(example->second);
    for (std::string line; std::getline(lines, line);) {
      block += line.empty() ? "\n" : "    " + line + "\n";
    }
    const auto begin = static_cast<std::size_t>(it->position() + it->length());
    EXPECT_EQ(text.substr(begin, block.size()), block) << "coppice " << (*it)[1];
  }
  EXPECT_EQ(shown, Examples().size());
}

}  // namespace
}  // namespace coppice::client
