#include "daemon/generation/extract.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/format.h"

namespace coppice::generation {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Source SourceOf(std::uint32_t n, const std::string& text) {
  Source source;
  source.n = n;
  source.hit.path = fmt::format("f{}.c", n);
  source.hit.symbol = "Flush";
  source.hit.text = text;
  source.hit.lines = {5,
                      5 + static_cast<std::uint32_t>(std::count(text.begin(), text.end(), '\n'))};
  return source;
}

TEST(Extract, QuotesTheBestWithTheirPlaces) {
  const std::string text = ComposeExtract({SourceOf(1, "void Flush() {\n  Write();\n}")});
  EXPECT_EQ(text, "f1.c, Flush [1:5-7]\n```\nvoid Flush() {\n  Write();\n}\n```\n\n");
}

TEST(Extract, NamesTheRest) {
  std::vector<Source> sources;
  for (std::uint32_t n = 1; n <= 5; ++n) sources.push_back(SourceOf(n, "x"));
  EXPECT_THAT(ComposeExtract(sources), HasSubstr("See also f4.c [4], f5.c [5].\n"));
}

TEST(Extract, ItsOwnCitationsAreRead) {
  std::string lines;
  for (int i = 0; i < 40; ++i) lines += fmt::format("line {}\n", i);
  const auto citations = ParseCitations(ComposeExtract({SourceOf(1, lines)}));
  ASSERT_EQ(citations.size(), 1U);
  EXPECT_EQ(citations[0].lines, (store::LineRange{5, 16}));
}

TEST(Extract, AFenceInTheSourceDoesNotEndTheQuote) {
  EXPECT_THAT(ComposeExtract({SourceOf(1, "```\n[1:999]\n```")}),
              HasSubstr("````\n```\n[1:999]\n```\n````"));
}

}  // namespace
}  // namespace coppice::generation
