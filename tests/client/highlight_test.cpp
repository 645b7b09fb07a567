#include "client/highlight.h"

#include <gmock/gmock.h>

#include "base/language.h"
#include "client/highlight_language.h"

namespace coppice::client {
namespace {

/// One letter for each byte: k(eyword) s(tring) c(omment) n(umber) h(eading) . (plain).
std::string Map(std::string_view text, std::string_view language) {
  std::string map;
  for (const Syntax syntax : HighlightSyntax(text, language)) {
    map.push_back(".kscnh"[static_cast<std::size_t>(syntax)]);
  }
  return map;
}

TEST(HighlightSyntax, Cpp) {
  EXPECT_EQ(Map("return x; // done", "cpp"), "kkkkkk....ccccccc");
  EXPECT_EQ(Map("a /* b */ c", "cpp"), "..ccccccc..");
  EXPECT_EQ(Map("f(\"a\\\"b\", 'c')", "cpp"), "..ssssss..sss.");
  EXPECT_EQ(Map("int a = 1'000 + 0x1f;", "cpp"), "kkk.....nnnnn...nnnn.");
  EXPECT_EQ(Map("  # include <x>", "cpp"), "..kkkkkkkkk....");
  EXPECT_EQ(Map("R\"x(\")\" )x\" + 1", "cpp"), ".ssssssssss...n");
  EXPECT_EQ(Map("returned", "cpp"), "........");
}

TEST(HighlightSyntax, AnUnfinishedStringEndsWithItsLine) {
  EXPECT_EQ(Map("x = \"abc\nint", "cpp"), "....ssss.kkk");
}

TEST(HighlightSyntax, Python) {
  EXPECT_EQ(Map("def f(): # x", "python"), "kkk......ccc");
  EXPECT_EQ(Map("\"\"\"a\nb\"\"\" in", "python"), "sssssssss.kk");
  EXPECT_EQ(Map("f'a' 3.5", "python"), ".sss.nnn");
}

TEST(HighlightSyntax, Rust) {
  EXPECT_EQ(Map("fn f<'a>(c: &'a T) { 'x' }", "rust"), "kk...................sss..");
}

TEST(HighlightSyntax, Bash) {
  EXPECT_EQ(Map("echo ${#a} # b", "bash"), "...........ccc");
  EXPECT_EQ(Map("if x; then", "bash"), "kk....kkkk");
}

TEST(HighlightSyntax, KeywordsInAnyCase) {
  EXPECT_EQ(Map("SELECT a -- b", "sql"), "kkkkkk...cccc");
  EXPECT_EQ(Map("Begin x := 'a\\'; END", "pascal"), "kkkkk......ssss..kkk");
}

TEST(HighlightSyntax, TwoKindsOfLineComments) {
  EXPECT_EQ(Map("echo 1; # a", "php"), "kkkk.n..ccc");
  EXPECT_EQ(Map("echo 1; // a", "php"), "kkkk.n..cccc");
}

TEST(HighlightSyntax, ABlockCommentThatBeginsLikeALineComment) {
  EXPECT_EQ(Map("--[[ a\nb ]] do", "lua"), "ccccccccccc.kk");
  EXPECT_EQ(Map("-- a\ndo", "lua"), "cccc.kk");
}

TEST(HighlightSyntax, EveryLanguageHasColours) {
  for (const LanguageInfo& info : AllLanguages()) {
    if (info.language == Language::kUnknown) continue;
    if (info.name == "markdown") continue;  // headings and code, by rules of its own
    EXPECT_NE(FindLanguageSyntax(info.name), nullptr) << info.name;
  }
}

TEST(HighlightSyntax, Markdown) {
  EXPECT_EQ(Map("# T\na `b` c\n```\nx\n```\ny", "markdown"), "hhh...sss...sss.s.sss..");
}

TEST(HighlightSyntax, UnknownLanguagesStayPlain) {
  EXPECT_EQ(Map("int x", "cobol"), ".....");
  EXPECT_EQ(Map("", "cpp"), "");
}

TEST(HighlightSyntax, AnyPrefixOfAnythingIsWalkedOverOnce) {
  const std::string text = "R\"(a\\\"'`/*\"\"\"# 'b' 1'0.5 // \xff\xfe\n'''\n```\n#define X \"";
  for (const LanguageInfo& info : AllLanguages()) {
    const std::string_view language = info.name;
    for (std::size_t length = 0; length <= text.size(); ++length) {
      ASSERT_EQ(HighlightSyntax(std::string_view(text).substr(0, length), language).size(), length)
          << language;
    }
  }
}

std::string Marks(std::string_view query, std::string_view text) {
  std::string map;
  for (const std::uint16_t word : QueryWords(query).Find(text))
    map.push_back(word == 0 ? '.' : '*');
  return map;
}

TEST(QueryWords, FindPartsAndOtherForms) {
  EXPECT_EQ(Marks("retry job", "RetryJobs(max_retries)"), "*********.....*******.");
}

TEST(QueryWords, LeaveOutStopWordsAndFilters) {
  EXPECT_EQ(Marks("where is the repo:ferry lang:cpp flush", "is ferry cpp where Flush()"),
            "...................*****..");
  EXPECT_EQ(Marks("sym:Flush", "Flush"), "*****");
  EXPECT_TRUE(QueryWords("where is the").empty());
}

}  // namespace
}  // namespace coppice::client
