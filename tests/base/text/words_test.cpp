#include "base/text/words.h"

#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text/stem.h"

namespace coppice::text {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// "dbimpl_write/i db/p" : each word with the first letter of its kind.
std::vector<std::string> Cut(std::string_view text) {
  std::vector<std::string> words;
  ForEachWord(text, [&words](const Word& word) {
    static constexpr std::array<std::string_view, 3> kSuffix = {"", "/i", "/p"};
    words.push_back(std::string(word.text) +
                    std::string(kSuffix[static_cast<std::size_t>(word.kind)]));
  });
  return words;
}

std::vector<std::string> Parts(std::string_view text) {
  std::vector<std::string> parts;
  ForEachPart(text, [&parts](std::string_view part) { parts.emplace_back(part); });
  return parts;
}

TEST(WordsTest, ProseIsItsWords) {
  EXPECT_THAT(Cut("Where do we  open the log?"),
              ElementsAre("where", "do", "we", "open", "the", "log"));
}

TEST(WordsTest, IdentifiersComeWholeAndThenInParts) {
  EXPECT_THAT(Cut("maxSize"), ElementsAre("maxsize/i", "max/p", "size/p"));
  EXPECT_THAT(Cut("max_size"), ElementsAre("max_size/i", "max/p", "size/p"));
  EXPECT_THAT(Cut("MAX_SIZE"), ElementsAre("max_size/i", "max/p", "size/p"));
  EXPECT_THAT(Cut("HTTPServer"), ElementsAre("httpserver/i", "http/p", "server/p"));
  EXPECT_THAT(Cut("DBImpl::Write"), ElementsAre("dbimpl/i", "db/p", "impl/p", "write"));
  EXPECT_THAT(Cut("parseURL"), ElementsAre("parseurl/i", "parse/p", "url/p"));
}

TEST(WordsTest, UnderscoresAtTheEndsAreDropped) {
  EXPECT_THAT(Cut("__init__ member_ _"), ElementsAre("init", "member"));
  EXPECT_THAT(Cut("__max__size__"), ElementsAre("max__size/i", "max/p", "size/p"));
}

TEST(WordsTest, DigitsAreParts) {
  EXPECT_THAT(Cut("utf8"), ElementsAre("utf8/i", "utf/p", "8/p"));
  EXPECT_THAT(Cut("sha256Sum"), ElementsAre("sha256sum/i", "sha/p", "256/p", "sum/p"));
}

TEST(WordsTest, NumbersAreNotCut) {
  EXPECT_THAT(Cut("0x1F 10ms 1_000 3.14"), ElementsAre("0x1f", "10ms", "1_000", "3", "14"));
}

TEST(WordsTest, PunctuationSeparates) {
  EXPECT_THAT(Cut("a->b(c[0], \"d-e\");\r\n"), ElementsAre("a", "b", "c", "0", "d", "e"));
}

TEST(WordsTest, OffsetsPointIntoTheText) {
  const std::string text = "\xC3\x9C x.getURL2(";
  ForEachWord(text, [&text](const Word& word) {
    std::string source = text.substr(word.offset, word.length_bytes);
    for (char& c : source) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    if (word.offset == 0) source = "\xC3\xBC";
    EXPECT_EQ(source, word.text);
  });
  EXPECT_THAT(Cut(text), ElementsAre("\xC3\xBC", "x", "geturl2/i", "get/p", "url/p", "2/p"));
}

TEST(WordsTest, OtherAlphabetsAreLettersAndLowercased) {
  EXPECT_THAT(Cut("Größe \xC3\x89TAT"),
              ElementsAre("größe", "\xC3\xA9tat/i", "\xC3\xA9/p", "tat/p"));
  EXPECT_THAT(Cut("Привет ΛΟΓΟΣ"), ElementsAre("привет", "λογοσ"));
}

TEST(WordsTest, IdeographsAreOneWordEach) {
  EXPECT_THAT(Cut("读取文件 read"), ElementsAre("读", "取", "文", "件", "read"));
  EXPECT_THAT(Cut("x读y"), ElementsAre("x", "读", "y"));
}

TEST(WordsTest, TypographicPunctuationSeparates) {
  EXPECT_THAT(Cut("“quoted”—dash…end"), ElementsAre("quoted", "dash", "end"));
  EXPECT_THAT(Cut("\xEF\xBB\xBF"
                  "first\xC2\xA0second"),
              ElementsAre("first", "second"));
}

TEST(WordsTest, NulAndInvalidUtf8Separate) {
  EXPECT_THAT(Cut(std::string_view("a\0b", 3)), ElementsAre("a", "b"));
  EXPECT_THAT(Cut("a\xFF"
                  "b\xC3"),
              ElementsAre("a", "b"));  // stray byte, cut character
  EXPECT_THAT(Cut("a\xC0\xAF"
                  "b"),
              ElementsAre("a", "b"));  // overlong
  EXPECT_THAT(Cut("a\xED\xA0\x80"
                  "b"),
              ElementsAre("a", "b"));  // surrogate
  EXPECT_THAT(Cut("a\xF4\x90\x80\x80"
                  "b"),
              ElementsAre("a", "b"));  // above U+10FFFF
}

TEST(WordsTest, DataIsNoWord) {
  const std::string longest(kMaxRunBytes, 'a');
  EXPECT_THAT(Cut(longest), ElementsAre(longest));
  EXPECT_THAT(Cut("x " + longest + "a y"), ElementsAre("x", "y"));
  EXPECT_THAT(Cut("x " + longest + "_ü_more y"), ElementsAre("x", "y"));
}

TEST(WordsTest, TooManyPartsAreNotGiven) {
  std::string name = "a";
  for (std::size_t i = 1; i < kMaxParts; ++i) name += "_a";
  EXPECT_EQ(Cut(name).size(), 1 + kMaxParts);
  name += "_a";
  EXPECT_THAT(Cut(name), ElementsAre(name));
}

TEST(WordsTest, EmptyAndBlankTextHasNone) {
  EXPECT_THAT(Cut(""), IsEmpty());
  EXPECT_THAT(Cut(" \t\n.,;__"), IsEmpty());
}

TEST(WordsTest, PartsLeaveOutWholeIdentifiers) {
  EXPECT_THAT(Parts("readFile(path_name, n)"), ElementsAre("read", "file", "path", "name", "n"));
}

// Any bytes: words lie in the text, in order, and are within the limits.
TEST(WordsTest, SurvivesRandomBytes) {
  std::mt19937 random(7);
  const std::string_view alphabet("aB_9 \xC3\xA9\xE8\xAF\xBB\xF0\x9F\0", 14);
  for (int round = 0; round < 2000; ++round) {
    std::string text(random() % 300, ' ');
    for (char& c : text) {
      c = round % 2 == 0 ? static_cast<char>(random()) : alphabet[random() % alphabet.size()];
    }
    std::size_t last = 0;
    ForEachWord(text, [&](const Word& word) {
      ASSERT_FALSE(word.text.empty());
      ASSERT_EQ(word.text.size(), word.length_bytes);
      ASSERT_LE(word.length_bytes, kMaxRunBytes);
      ASSERT_LE(word.offset + word.length_bytes, text.size());
      ASSERT_GE(word.offset, last);
      last = word.offset;
    });
  }
}

TEST(StopWordsTest, KnowsWhatAQuestionIsBuiltFrom) {
  for (const auto* word : {"where", "how", "does", "the", "a", "yourself", "don", "t"}) {
    EXPECT_TRUE(IsStopWord(word)) << word;
  }
  for (const auto* word : {"", "index", "open", "zz", "Where", "file"}) {
    EXPECT_FALSE(IsStopWord(word)) << word;
  }
}

TEST(StemmerTest, FindsStems) {
  Stemmer stemmer;
  EXPECT_EQ(stemmer.Stem("connections"), "connect");
  EXPECT_EQ(stemmer.Stem("connected"), "connect");
  EXPECT_EQ(stemmer.Stem("connected"), "connect");
}

TEST(StemmerTest, LeavesShortAndForeignWordsAlone) {
  Stemmer stemmer;
  for (const std::string& word :
       std::vector<std::string>{"is", "8", "utf8s", "größen", "", std::string(40, 's')}) {
    EXPECT_EQ(stemmer.Stem(word), word);
  }
}

TEST(StemmerTest, StartsAnewWhenFull) {
  Stemmer stemmer;
  for (std::size_t i = 0; i <= Stemmer::kMaxRemembered; ++i) {
    std::string word = "w";
    for (std::size_t n = i; n > 0; n /= 20) word += static_cast<char>('a' + (n % 20));
    ASSERT_FALSE(stemmer.Stem(word).empty());
  }
  EXPECT_EQ(stemmer.Stem("indices"), "indic");
}

TEST(StemmerTest, StemsThePartsOfIdentifiers) {
  Stemmer stemmer;
  std::vector<std::string> stems;
  ForEachStem("openConnections", stemmer, [&](std::string_view stem) { stems.emplace_back(stem); });
  EXPECT_THAT(stems, ElementsAre("open", "connect"));
}

}  // namespace
}  // namespace coppice::text
