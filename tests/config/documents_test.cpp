#include <gtest/gtest.h>

#include "base/format.h"
#include "config/loader.h"
#include "config/option_table.h"
#include "tests/support/golden.h"

// The page and the example file against the option table.
namespace coppice::config {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTableBegin = "<!-- Written by tests/config: do not edit. -->\n";
constexpr std::string_view kTableEnd = "<!-- End of the table. -->\n";

std::string TypeOf(const Option& option) {
  if (std::holds_alternative<Getter<bool>>(option.member)) return "true or false";
  if (std::holds_alternative<Getter<std::int64_t>>(option.member)) {
    return fmt::format("number, {} to {}", option.min, option.max);
  }
  const bool list = std::holds_alternative<Getter<Texts>>(option.member);
  if (option.choices.empty()) return list ? "list of texts" : "text";
  std::string choices = list ? "list of `" : "`";
  for (const char c : option.choices) choices += c == ' ' ? std::string("`, `") : std::string(1, c);
  return choices + "`";
}

std::string OptionTable() {
  std::string table =
      "| option | type and range | default | on SIGHUP | meaning |\n|---|---|---|---|---|\n";
  std::vector<Option> options(AllOptions().begin(), AllOptions().end());
  for (Option& option : BackendOptions("NAME")) options.push_back(std::move(option));
  for (const Option& option : options) {
    table += fmt::format("| `{}` | {} | `{}` | {} | {} |\n", option.name, TypeOf(option),
                         ToToml(Settings{}, option),
                         option.reload ? "taken over" : "needs a restart", option.text);
  }
  return table;
}

std::string ExampleFile() {
  std::string out =
      "# The settings of coppiced, each at its default. A copy as /etc/coppice/coppice.toml may "
      "keep "
      "only what differs.\n"
      "# docs/configuration.md says what else there is: conf.d/, variables, flags, [ranking].\n";
  std::string section;
  for (const Option& option : AllOptions()) {
    const std::size_t dot = option.name.find('.');
    if (option.name.substr(0, dot) != section) {
      section = option.name.substr(0, dot);
      out += fmt::format("\n[{}]\n", section);
    }
    out += fmt::format("# {}\n{} = {}\n", option.text, option.name.substr(dot + 1),
                       ToToml(Settings{}, option));
  }
  out += "\n# What runs models, a section for each: docs/models.md.\n# [backend.NAME]\n";
  for (const Option& option : BackendOptions("NAME")) {
    out += fmt::format("# {}\n# {} = {}\n", option.text,
                       option.name.substr(option.name.rfind('.') + 1), ToToml(Settings{}, option));
  }
  return out;
}

TEST(ConfigurationPage, HasTheOptionTable) {
  const fs::path page = test::SourceDir() / "docs/configuration.md";
  const std::string text = test::ReadFile(page);
  const std::size_t begin = text.find(kTableBegin);
  const std::size_t end = text.find(kTableEnd);
  ASSERT_TRUE(begin < end && end != std::string::npos) << "the marks of the table are gone";
  test::CheckGolden(text.substr(0, begin + kTableBegin.size()) + OptionTable() + text.substr(end),
                    page);
}

TEST(ExampleFileTest, IsTheOptionTable) {
  test::CheckGolden(ExampleFile(), test::SourceDir() / "config/default/coppice.example.toml");
}

TEST(ExampleFileTest, SetsEveryOptionToItsDefault) {
  Sources sources;
  sources.file = test::SourceDir() / "config/default/coppice.example.toml";
  const auto loaded = Load(sources);
  ASSERT_TRUE(loaded) << loaded.error().ToString();
  for (const Option& option : AllOptions()) {
    EXPECT_TRUE(loaded->origins.contains(std::string(option.name))) << option.name;
    EXPECT_EQ(ToToml(loaded->settings, option), ToToml(Settings{}, option));
  }
}

}  // namespace
}  // namespace coppice::config
