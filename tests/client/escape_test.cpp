#include "client/render/escape.h"

#include <gmock/gmock.h>

namespace coppice::client {
namespace {

TEST(EscapeText, LeavesOrdinaryTextAlone) {
  EXPECT_EQ(EscapeText("int main() { return 0; } \\n Grüße 漢字 ⚠️ é"),
            "int main() { return 0; } \\n Grüße 漢字 ⚠️ é");
}

TEST(EscapeText, ShowsWhatATerminalWouldObey) {
  EXPECT_EQ(EscapeText("a\x1b[31mb"), "a\\x1b[31mb");
  EXPECT_EQ(EscapeText("line\nnext\ttab\rback"), "line\\nnext\\ttab\\rback");
  EXPECT_EQ(EscapeText("\u009b2J"), "\\u{9b}2J");
  EXPECT_EQ(EscapeText(std::string_view("nul\0del\x7f", 8)), "nul\\x00del\\x7f");
}

TEST(EscapeText, ShowsWhatCannotBeSeen) {
  EXPECT_EQ(EscapeText("a\u202Eb\u2066c"), "a\\u{202e}b\\u{2066}c");
  EXPECT_EQ(EscapeText("ze\u200Bro\uFEFF"), "ze\\u{200b}ro\\u{feff}");
  EXPECT_EQ(EscapeText("tag\U000E0041"), "tag\\u{e0041}");
}

TEST(EscapeText, NothingUnsafeIsEverLeft) {
  // Every code point, and every byte on its own.
  for (std::uint32_t code_point = 0; code_point <= 0x10FFFF; ++code_point) {
    if (code_point >= 0xD800 && code_point <= 0xDFFF) continue;
    std::string text;
    if (code_point < 0x80) {
      text = {static_cast<char>(code_point)};
    } else if (code_point < 0x800) {
      text = {static_cast<char>(0xC0U | (code_point >> 6U)),
              static_cast<char>(0x80U | (code_point & 0x3FU))};
    } else if (code_point < 0x10000) {
      text = {static_cast<char>(0xE0U | (code_point >> 12U)),
              static_cast<char>(0x80U | ((code_point >> 6U) & 0x3FU)),
              static_cast<char>(0x80U | (code_point & 0x3FU))};
    } else {
      text = {static_cast<char>(0xF0U | (code_point >> 18U)),
              static_cast<char>(0x80U | ((code_point >> 12U) & 0x3FU)),
              static_cast<char>(0x80U | ((code_point >> 6U) & 0x3FU)),
              static_cast<char>(0x80U | (code_point & 0x3FU))};
    }
    const Glyph glyph = ReadGlyph(text);
    ASSERT_TRUE(glyph.valid) << code_point;
    ASSERT_EQ(glyph.code_point, code_point);
    ASSERT_EQ(glyph.length_bytes, text.size());
    const std::string escaped = EscapeText(text);
    for (std::string_view rest = escaped; !rest.empty();) {
      const Glyph shown = ReadGlyph(rest);
      ASSERT_TRUE(shown.safe) << code_point;
      rest.remove_prefix(shown.length_bytes);
    }
  }
  for (int byte = 0x80; byte <= 0xFF; ++byte) {
    const std::string text(1, static_cast<char>(byte));
    ASSERT_FALSE(IsUtf8(text)) << byte;
    ASSERT_EQ(EscapeText(text).size(), 4U) << byte;
  }
}

TEST(EscapeText, RefusesOverlongAndHalfCharacters) {
  EXPECT_EQ(EscapeText("\xC0\xAF"), "\\xc0\\xaf");
  EXPECT_EQ(EscapeText("\xE2\x82"), "\\xe2\\x82");
  EXPECT_EQ(EscapeText("\xED\xA0\x80"), "\\xed\\xa0\\x80");  // a surrogate
  EXPECT_EQ(EscapeText("\xF4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
}

TEST(EscapeField, CanBeUndone) { EXPECT_EQ(EscapeField("a\\tb\tc"), "a\\\\tb\\tc"); }

TEST(EscapeInvalidUtf8, KeepsControlCharacters) {
  EXPECT_EQ(EscapeInvalidUtf8("a\x1b\xff\n"), "a\x1b\\xff\n");
}

TEST(CutToWidth, CountsColumns) {
  EXPECT_EQ(DisplayWidth("漢字ab"), 6U);
  EXPECT_EQ(CutToWidth("漢字ab", 6, "…"), "漢字ab");
  EXPECT_EQ(CutToWidth("漢字ab", 5, "…"), "漢字…");
  EXPECT_EQ(CutToWidth("abcdef", 4, "..."), "a...");
}

}  // namespace
}  // namespace coppice::client
