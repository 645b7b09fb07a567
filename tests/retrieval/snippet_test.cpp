#include "daemon/retrieval/answer/snippet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coppice::retrieval {
namespace {

const std::string_view kBody = "one\n\n  two\nthree\n\n";

TEST(SnippetTest, CountsALastLineWithoutNewline) {
  EXPECT_EQ(CountLines(""), 0U);
  EXPECT_EQ(CountLines("a"), 1U);
  EXPECT_EQ(CountLines("a\n"), 1U);
  EXPECT_EQ(CountLines("a\nb"), 2U);
}

TEST(SnippetTest, ChunksLoseTheirBlankLinesButNoIndent) {
  const Snippet snippet = CutChunk(kBody, {4, 18}, {2, 5});
  EXPECT_EQ(snippet.text, "  two\nthree");
  EXPECT_EQ(snippet.lines, (store::LineRange{3, 4}));
}

TEST(SnippetTest, BlankChunksAndRangesBeyondTheBodyAreHarmless) {
  EXPECT_EQ(CutChunk(kBody, {4, 5}, {2, 2}).text, "\n");
  EXPECT_EQ(CutChunk(kBody, {50, 60}, {9, 9}).text, "");
}

TEST(SnippetTest, LinesAreOneBasedAndInclusive) {
  EXPECT_EQ(CutLines(kBody, 1, 1).text, "one\n");
  EXPECT_EQ(CutLines(kBody, 3, 4).text, "  two\nthree\n");
  EXPECT_EQ(CutLines("a\nb", 2, 2).text, "b");
}

TEST(SnippetTest, ShorteningKeepsWholeLines) {
  const Snippet snippet = Shorten({"one\ntwo\nthree", {5, 7}}, 9);
  EXPECT_EQ(snippet.text, "one\ntwo");
  EXPECT_EQ(snippet.lines, (store::LineRange{5, 6}));
  EXPECT_EQ(Shorten({"one long line", {5, 5}}, 4).text, "");
}

TEST(SnippetTest, NamesTheWordsThatAreThere) {
  EXPECT_THAT(WordsIn("open the connections", {{"connected", "connect", 1}, {"close", "close", 1}}),
              ::testing::ElementsAre("connected"));
}

}  // namespace
}  // namespace coppice::retrieval
