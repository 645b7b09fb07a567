#include "client/render/escape.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <span>

#include "base/format.h"

namespace coppice::client {
namespace {

struct CodePoints {
  std::uint32_t first;
  std::uint32_t last;
};

// Code points that change how other text is shown, or are not seen at all. Ascending.
// U+FE0E and U+FE0F, which choose between text and picture, are left alone.
constexpr std::array<CodePoints, 23> kUnsafe = {{
    {0x00, 0x1F},        // C0 controls
    {0x7F, 0x9F},        // DEL, C1 controls
    {0xAD, 0xAD},        // soft hyphen
    {0x34F, 0x34F},      // combining grapheme joiner
    {0x61C, 0x61C},      // Arabic letter mark
    {0x115F, 0x1160},    // Hangul fillers
    {0x17B4, 0x17B5},    // invisible Khmer vowels
    {0x180B, 0x180F},    // Mongolian selectors and vowel separator
    {0x200B, 0x200F},    // zero-width space, joiners, direction marks
    {0x2028, 0x202E},    // line and paragraph separators, embeddings and overrides
    {0x2060, 0x206F},    // word joiner, invisible operators, isolates, deprecated controls
    {0x3164, 0x3164},    // Hangul filler
    {0xFE00, 0xFE0D},    // variation selectors
    {0xFEFF, 0xFEFF},    // byte order mark
    {0xFFA0, 0xFFA0},    // half-width Hangul filler
    {0xFFF0, 0xFFFC},    // specials: annotation anchors, object replacement
    {0xFFFE, 0xFFFF},    // no characters
    {0x1BCA0, 0x1BCA3},  // shorthand format controls
    {0x1D173, 0x1D17A},  // musical format controls
    {0x1FFFE, 0x1FFFF},   {0xE0000, 0xE0FFF},  // tags, more variation selectors
    {0xF0000, 0xFFFFF},                        // private use
    {0x100000, 0x10FFFF},
}};

constexpr std::array<CodePoints, 8> kCombining = {{
    {0x300, 0x36F},
    {0x483, 0x489},
    {0x591, 0x5BD},
    {0x1AB0, 0x1AFF},
    {0x1DC0, 0x1DFF},
    {0x20D0, 0x20FF},
    {0xFE0E, 0xFE0F},
    {0xFE20, 0xFE2F},
}};

constexpr std::array<CodePoints, 12> kWide = {{
    {0x1100, 0x115E},
    {0x231A, 0x231B},
    {0x2E80, 0x303E},
    {0x3041, 0xA4CF},
    {0xA960, 0xA97C},
    {0xAC00, 0xD7A3},
    {0xF900, 0xFAFF},
    {0xFE30, 0xFE6F},
    {0xFF00, 0xFF60},
    {0xFFE0, 0xFFE6},
    {0x1F300, 0x1FAFF},
    {0x20000, 0x3FFFD},
}};

bool Contains(std::span<const CodePoints> ranges, std::uint32_t code_point) {
  const auto next =
      std::upper_bound(ranges.begin(), ranges.end(), code_point,
                       [](std::uint32_t value, const CodePoints& r) { return value < r.first; });
  return next != ranges.begin() && code_point <= std::prev(next)->last;
}

Glyph InvalidByte(unsigned char byte) {
  Glyph glyph;
  glyph.code_point = byte;
  glyph.valid = false;
  glyph.safe = false;
  return glyph;
}

struct Lead {
  std::size_t length = 0;
  std::uint32_t bits = 0;
  std::uint32_t smallest = 0;
};

Lead ReadLead(unsigned char byte) {
  if (byte >= 0xC2 && byte <= 0xDF) return {2, byte & 0x1FU, 0x80};
  if (byte >= 0xE0 && byte <= 0xEF) return {3, byte & 0x0FU, 0x800};
  if (byte >= 0xF0 && byte <= 0xF4) return {4, byte & 0x07U, 0x10000};
  return {};
}

template <class Replace>  // std::string(const Glyph&, std::string_view rest); "" = as it is
std::string Rewrite(std::string_view text, const Replace& replace) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Glyph glyph = ReadGlyph(text);
    const std::string other = replace(glyph, text);
    if (other.empty()) {
      out.append(text.substr(0, glyph.length_bytes));
    } else {
      out.append(other);
    }
    text.remove_prefix(glyph.length_bytes);
  }
  return out;
}

}  // namespace

Glyph ReadGlyph(std::string_view rest) {
  const auto first = static_cast<unsigned char>(rest.front());
  Glyph glyph;
  glyph.code_point = first;
  if (first >= 0x80) {
    const Lead lead = ReadLead(first);
    if (lead.length == 0 || rest.size() < lead.length) return InvalidByte(first);
    std::uint32_t code_point = lead.bits;
    for (std::size_t i = 1; i < lead.length; ++i) {
      const auto next = static_cast<unsigned char>(rest[i]);
      if ((next & 0xC0U) != 0x80U) return InvalidByte(first);
      code_point = (code_point << 6U) | (next & 0x3FU);
    }
    const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
    if (code_point < lead.smallest || code_point > 0x10FFFF || surrogate) return InvalidByte(first);
    glyph.code_point = code_point;
    glyph.length_bytes = lead.length;
    if (Contains(kCombining, code_point)) glyph.columns = 0;
    if (Contains(kWide, code_point)) glyph.columns = 2;
  }
  glyph.safe = !Contains(kUnsafe, glyph.code_point);
  return glyph;
}

std::string EscapedGlyph(const Glyph& glyph, std::string_view rest) {
  switch (glyph.code_point) {
    case '\n':
      return "\\n";
    case '\t':
      return "\\t";
    case '\r':
      return "\\r";
    default:
      break;
  }
  if (!glyph.valid || glyph.length_bytes == 1) {
    return fmt::format("\\x{:02x}", static_cast<unsigned char>(rest.front()));
  }
  return fmt::format("\\u{{{:x}}}", glyph.code_point);
}

std::string EscapeText(std::string_view text) {
  return Rewrite(text, [](const Glyph& glyph, std::string_view rest) {
    return glyph.safe ? std::string() : EscapedGlyph(glyph, rest);
  });
}

std::string EscapeField(std::string_view text) {
  return Rewrite(text, [](const Glyph& glyph, std::string_view rest) {
    if (glyph.code_point == '\\') return std::string("\\\\");
    return glyph.safe ? std::string() : EscapedGlyph(glyph, rest);
  });
}

std::string EscapeInvalidUtf8(std::string_view text) {
  return Rewrite(text, [](const Glyph& glyph, std::string_view rest) {
    return glyph.valid ? std::string() : EscapedGlyph(glyph, rest);
  });
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const Glyph glyph = ReadGlyph(text);
    if (!glyph.valid) return false;
    text.remove_prefix(glyph.length_bytes);
  }
  return true;
}

std::size_t DisplayWidth(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const Glyph glyph = ReadGlyph(text);
    width += static_cast<std::size_t>(glyph.columns);
    text.remove_prefix(glyph.length_bytes);
  }
  return width;
}

std::string CutToWidth(std::string_view text, std::size_t width, std::string_view ellipsis) {
  if (DisplayWidth(text) <= width) return std::string(text);
  const std::size_t room = width - std::min(width, DisplayWidth(ellipsis));
  std::size_t used = 0;
  std::size_t end = 0;
  while (end < text.size()) {
    const Glyph glyph = ReadGlyph(text.substr(end));
    const auto columns = static_cast<std::size_t>(glyph.columns);
    if (used + columns > room) break;
    used += columns;
    end += glyph.length_bytes;
  }
  return std::string(text.substr(0, end)) + std::string(ellipsis);
}

}  // namespace coppice::client
