#include "indexer/parse/plain/line_chunker.h"

#include <string>

#include <gtest/gtest.h>

#include "tests/indexer/parse/facts_check.h"

namespace coppice::indexer {
namespace {

std::string Fault(const std::string& text) {
  return test::FaultIn(text, LineFacts(Language::kUnknown, text, store::Reason::kNone));
}

TEST(LineChunkerTest, AnEmptyTextHasNoChunk) { EXPECT_TRUE(LineChunks("").empty()); }

TEST(LineChunkerTest, ASmallTextIsOneChunk) {
  const auto chunks = LineChunks("one\ntwo");
  ASSERT_EQ(chunks.size(), 1U);
  EXPECT_EQ(chunks[0].range, (store::ByteRange{0, 7}));
  EXPECT_EQ(chunks[0].lines, (store::LineRange{1, 2}));
}

TEST(LineChunkerTest, CutsBetweenParagraphsWhereItCan) {
  std::string text;
  for (int i = 0; i < 25; ++i) text += std::string(40, 'a') + "\n";
  text += "\n";
  const std::size_t paragraph = text.size();
  for (int i = 0; i < 25; ++i) text += std::string(40, 'b') + "\n";
  const auto chunks = LineChunks(text);
  ASSERT_EQ(chunks.size(), 2U);
  EXPECT_EQ(chunks[1].range.begin, paragraph);
  EXPECT_EQ(Fault(text), "");
}

TEST(LineChunkerTest, OneEnormousLineIsCutInside) {
  const std::string text = std::string(10'000, 'x') + "\nend\n";
  EXPECT_GE(LineChunks(text).size(), 4U);
  EXPECT_EQ(Fault(text), "");
}

TEST(LineChunkerTest, NeverInsideACharacter) {
  for (std::size_t shift = 0; shift < 4; ++shift) {
    std::string text(shift, 'x');
    for (int i = 0; i < 2'000; ++i) text += "\xF0\x9F\x8C\xB3";  // four bytes each, no blank
    EXPECT_EQ(Fault(text), "") << shift;
  }
}

TEST(LineChunkerTest, InvalidUtf8IsCutAnywhere) {
  EXPECT_EQ(Fault(std::string(9'000, '\x80')), "");
  EXPECT_EQ(Fault(std::string(9'000, '\xC3')), "");
}

TEST(LineChunkerTest, Utf8FloorStaysOutOfCharacters) {
  const std::string text =
      "a\xE6\x97\xA5"
      "b";
  EXPECT_EQ(Utf8Floor(text, 0, 0), 0U);
  EXPECT_EQ(Utf8Floor(text, 1, 0), 1U);
  EXPECT_EQ(Utf8Floor(text, 2, 0), 1U);
  EXPECT_EQ(Utf8Floor(text, 3, 0), 1U);
  EXPECT_EQ(Utf8Floor(text, 4, 0), 4U);
  EXPECT_EQ(Utf8Floor("a\x97\xA5", 2, 0), 2U);  // no lead byte: no character
}

TEST(LineChunkerTest, AReasonMakesItAFallback) {
  EXPECT_EQ(LineFacts(Language::kCpp, "x", store::Reason::kNone).status,
            store::ParseStatus::kLines);
  const auto facts = LineFacts(Language::kCpp, "x", store::Reason::kParserCrashed);
  EXPECT_EQ(facts.status, store::ParseStatus::kFellBack);
  EXPECT_EQ(facts.reason, store::Reason::kParserCrashed);
  EXPECT_EQ(facts.grammar, Language::kCpp);
}

}  // namespace
}  // namespace coppice::indexer
