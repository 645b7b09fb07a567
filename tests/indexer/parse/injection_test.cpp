#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/format.h"
#include "indexer/parse/parser.h"
#include "tests/indexer/parse/facts_check.h"

// Parts of a file in another language: scripts and styles in HTML, code in Markdown.
namespace coppice::indexer {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// "name at first-last line" of each definition, after the check that all is in order.
std::vector<std::string> Defined(Language language, std::string_view text) {
  Parser parser;
  const store::BlobFacts facts = parser.Parse(language, text);
  EXPECT_EQ(test::FaultIn(text, facts), "");
  std::vector<std::string> lines;
  for (const store::Definition& definition : facts.definitions) {
    lines.push_back(
        fmt::format("{} {}-{}", definition.symbol, definition.lines.first, definition.lines.last));
  }
  return lines;
}

std::vector<std::string> Used(Language language, std::string_view text) {
  Parser parser;
  std::vector<std::string> lines;
  for (const store::Reference& use : parser.Parse(language, text).references) {
    lines.push_back(fmt::format("{} {}:{}", use.name, use.line, use.column));
  }
  return lines;
}

TEST(InjectionTest, AScriptDefinesAndUsesAtItsPlaceInTheFile) {
  constexpr std::string_view kPage =
      "<p>a</p>\n<script>function f() { g(); }\nf();</script>\n<script>\nlet x = 1;\n</script>\n";
  EXPECT_THAT(Defined(Language::kHtml, kPage), ElementsAre("f 2-2", "x 5-5"));
  EXPECT_THAT(Used(Language::kHtml, kPage), ElementsAre("g 2:24", "f 3:1"));
}

TEST(InjectionTest, TheTagNamesTheLanguage) {
  EXPECT_THAT(Defined(Language::kHtml, "<script type='text/x-template'>function f() {}</script>"),
              IsEmpty());
  EXPECT_THAT(Defined(Language::kVue, "<script lang=\"ts\">\ninterface A { b: C }\n</script>\n"),
              ElementsAre("A 2-2", "A.b 2-2"));
  EXPECT_THAT(Defined(Language::kVue, "<style lang=\"scss\">\n@mixin m { a: b }\n</style>\n"),
              ElementsAre("m 2-2"));
  EXPECT_THAT(Defined(Language::kSvelte, "<style>\n.m { a: b }\n</style>\n"),
              ElementsAre(".m 2-2"));
  EXPECT_THAT(Defined(Language::kVue, "<style lang=\"stylus\">\n.m { a: b }\n</style>\n"),
              IsEmpty());
}

TEST(InjectionTest, ALongScriptIsCutAtItsFunctions) {
  std::string page = "<html>\n<script>\n";
  for (const std::string_view name : {"first", "second", "third"}) {
    page += fmt::format("function {}() {{\n", name);
    for (int i = 0; i < 40; ++i) page += fmt::format("  log('line {} of {}');\n", i, name);
    page += "}\n";
  }
  page += "</script>\n</html>\n";
  Parser parser;
  const store::BlobFacts facts = parser.Parse(Language::kHtml, page);
  EXPECT_EQ(test::FaultIn(page, facts), "");
  std::vector<std::string> owners;
  for (const store::Chunk& chunk : facts.chunks) {
    if (chunk.definition < 0) continue;
    owners.push_back(facts.definitions[static_cast<std::size_t>(chunk.definition)].name);
  }
  EXPECT_THAT(owners, ElementsAre("first", "second", "third"));
}

TEST(InjectionTest, CodeInAFenceIsUseAndNoDefinition) {
  constexpr std::string_view kPage =
      "# Use\n\n```cpp\nint f() { return g(1); "
      "}\n```\n\n```{.python}\nh()\n```\n\n```\nno()\n```\n";
  EXPECT_THAT(Defined(Language::kMarkdown, kPage), ElementsAre("Use 1-13"));
  EXPECT_THAT(Used(Language::kMarkdown, kPage), ElementsAre("g 4:18", "h 8:1"));
}

TEST(InjectionTest, APartTooManyIsText) {
  std::string page;
  for (int i = 0; i < 5000; ++i) page += "```sh\nrun\n```\n";
  const auto used = Used(Language::kMarkdown, page);
  EXPECT_GE(used.size(), 1U);
  EXPECT_LT(used.size(), 5000U);
}

TEST(InjectionTest, WhatAPartWasLeavesNoTrace) {
  Parser one;
  one.Parse(Language::kHtml, "<script>f()</script>");
  Parser two;
  EXPECT_EQ(one.Parse(Language::kC, "int f(void);\n"), two.Parse(Language::kC, "int f(void);\n"));
}

}  // namespace
}  // namespace coppice::indexer
