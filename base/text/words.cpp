#include "base/text/words.h"

#include <algorithm>
#include <iterator>

namespace coppice::text {

namespace {

/// What a byte or a code point is to the cutter.
enum class Kind : std::uint8_t { kSeparator, kUnderscore, kLower, kUpper, kDigit, kIdeograph };

constexpr std::array<Kind, 128> MakeAsciiKinds() {
  std::array<Kind, 128> kinds{};
  for (std::size_t c = 'a'; c <= 'z'; ++c) kinds[c] = Kind::kLower;
  for (std::size_t c = 'A'; c <= 'Z'; ++c) kinds[c] = Kind::kUpper;
  for (std::size_t c = '0'; c <= '9'; ++c) kinds[c] = Kind::kDigit;
  kinds[static_cast<std::size_t>('_')] = Kind::kUnderscore;
  return kinds;
}
constexpr std::array<Kind, 128> kAsciiKinds = MakeAsciiKinds();

/// One character of the text: its kind and its bytes, lowercased.
struct Character {
  Kind kind = Kind::kSeparator;
  std::uint8_t length_bytes = 1;
  std::array<char, 4> lower{};

  std::string_view text() const { return {lower.data(), length_bytes}; }
};

struct CodePoints {
  std::uint32_t first;
  std::uint32_t last;
};

// Non-ASCII code points that separate, ascending.
constexpr std::array<CodePoints, 12> kSeparators = {{
    {0x80, 0xA9},  // controls, Latin-1 punctuation; U+00AA is a letter
    {0xAB, 0xB4},  // U+00B5 is a letter
    {0xB6, 0xB9},  // U+00BA is a letter
    {0xBB, 0xBF},
    {0xD7, 0xD7},      // multiplication sign
    {0xF7, 0xF7},      // division sign
    {0x2000, 0x2BFF},  // punctuation, currency, arrows, operators, boxes, symbols
    {0x2E00, 0x2E7F},  // more punctuation
    {0x3000, 0x3004},  // Chinese and Japanese punctuation
    {0x3008, 0x3030},
    {0xE000, 0xF8FF},  // private use
    {0xFE00,
     0xFF0F},  // variation selectors, forms, full-width punctuation, byte order mark is below
}};

constexpr std::array<CodePoints, 5> kIdeographs = {{
    {0x3041, 0x30FF},  // Hiragana, Katakana
    {0x3400, 0x4DBF},
    {0x4E00, 0x9FFF},
    {0xF900, 0xFAFF},
    {0x20000, 0x3FFFF},
}};

template <std::size_t kCount>
bool Contains(const std::array<CodePoints, kCount>& ranges, std::uint32_t code_point) {
  const auto next =
      std::upper_bound(ranges.begin(), ranges.end(), code_point,
                       [](std::uint32_t value, const CodePoints& r) { return value < r.first; });
  return next != ranges.begin() && code_point <= std::prev(next)->last;
}

/// The small letter of a capital whose UTF-8 form is as long; anything else unchanged.
std::uint32_t Lower(std::uint32_t c) {
  if (c >= 0xC0 && c <= 0xDE && c != 0xD7) return c + 0x20;     // Latin-1
  if (c >= 0x391 && c <= 0x3A9 && c != 0x3A2) return c + 0x20;  // Greek
  if (c >= 0x410 && c <= 0x42F) return c + 0x20;                // Cyrillic
  if (c >= 0x400 && c <= 0x40F) return c + 0x50;
  return c;
}

struct Decoded {
  std::uint32_t code_point = 0;
  std::uint8_t length_bytes = 0;  // 0: not valid UTF-8
};

Decoded DecodeUtf8(std::string_view bytes) {
  const auto lead = static_cast<unsigned char>(bytes.front());
  std::uint8_t length = 0;
  std::uint32_t code_point = 0;
  std::uint32_t smallest = 0;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2, code_point = lead & 0x1FU, smallest = 0x80;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3, code_point = lead & 0x0FU, smallest = 0x800;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4, code_point = lead & 0x07U, smallest = 0x10000;
  } else {
    return {};
  }
  if (bytes.size() < length) return {};
  for (std::uint8_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(bytes[i]);
    if ((next & 0xC0U) != 0x80U) return {};
    code_point = (code_point << 6U) | (next & 0x3FU);
  }
  const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  if (code_point < smallest || code_point > 0x10FFFF || surrogate) return {};
  return {code_point, length};
}

Character ReadWide(std::string_view rest) {
  const Decoded decoded = DecodeUtf8(rest);
  Character character;
  if (decoded.length_bytes == 0) return character;
  character.length_bytes = decoded.length_bytes;
  const bool separator = decoded.code_point == 0xFEFF || decoded.code_point >= 0xE0000 ||
                         (decoded.code_point >= 0x1F000 && decoded.code_point <= 0x1FAFF) ||
                         Contains(kSeparators, decoded.code_point);
  if (separator) return character;
  character.kind = Contains(kIdeographs, decoded.code_point) ? Kind::kIdeograph : Kind::kLower;
  std::copy_n(rest.begin(), decoded.length_bytes, character.lower.begin());
  const std::uint32_t lower = Lower(decoded.code_point);
  if (lower != decoded.code_point) {  // only two-byte forms
    character.lower[0] = static_cast<char>(0xC0U | (lower >> 6U));
    character.lower[1] = static_cast<char>(0x80U | (lower & 0x3FU));
  }
  return character;
}

Kind AsciiKind(char c) { return kAsciiKinds[static_cast<unsigned char>(c)]; }
bool IsAscii(char c) { return static_cast<unsigned char>(c) < 0x80; }

Character ReadCharacter(std::string_view text, std::size_t position) {
  const char byte = text[position];
  if (!IsAscii(byte)) return ReadWide(text.substr(position));
  Character character;
  character.kind = AsciiKind(byte);
  character.lower[0] = character.kind == Kind::kUpper ? static_cast<char>(byte + 32) : byte;
  return character;
}

bool JoinsRun(Kind kind) { return kind != Kind::kSeparator && kind != Kind::kIdeograph; }

}  // namespace

bool WordCutter::Next(Word& word) {
  if (next_part_ < part_count_) {
    word = MakeWord(parts_[next_part_++], WordKind::kPart);
    return true;
  }
  if (!ReadRun()) return false;
  CutParts();
  const Range whole{0, static_cast<std::uint16_t>(run_bytes_)};
  word = MakeWord(whole, part_count_ == 0 ? WordKind::kPlain : WordKind::kIdentifier);
  return true;
}

Word WordCutter::MakeWord(Range range, WordKind kind) const {
  const auto length = static_cast<std::size_t>(range.end - range.begin);
  return {std::string_view(run_.data() + range.begin, length), kind, run_offset_ + range.begin,
          length};
}

// Reads the next run into run_, trimmed of underscores. False at the end of the text.
bool WordCutter::ReadRun() {
  while (position_ < text_.size()) {
    const Character first = ReadCharacter(text_, position_);
    if (first.kind == Kind::kSeparator || first.kind == Kind::kUnderscore) {
      position_ += first.length_bytes;
      continue;
    }
    run_offset_ = position_;
    run_bytes_ = 0;
    const bool fits = first.kind == Kind::kIdeograph ? Append(first.text()) : AppendRun();
    if (!fits) {
      position_ = SkipRun(position_);
      continue;
    }
    while (run_[run_bytes_ - 1] == '_') --run_bytes_;
    return true;
  }
  return false;
}

// Appends the run that begins at position_. False if it does not fit.
bool WordCutter::AppendRun() {
  while (position_ < text_.size()) {
    const char byte = text_[position_];
    if (IsAscii(byte)) {  // nearly all of code
      const Kind kind = AsciiKind(byte);
      if (kind == Kind::kSeparator) return true;
      if (run_bytes_ == run_.size()) return false;
      run_[run_bytes_++] = kind == Kind::kUpper ? static_cast<char>(byte + 32) : byte;
      ++position_;
    } else {
      const Character character = ReadWide(text_.substr(position_));
      if (!JoinsRun(character.kind)) return true;
      if (!Append(character.text())) return false;
    }
  }
  return true;
}

bool WordCutter::Append(std::string_view lowered) {
  if (run_bytes_ + lowered.size() > run_.size()) return false;
  std::copy(lowered.begin(), lowered.end(), run_.begin() + run_bytes_);
  run_bytes_ += lowered.size();
  position_ += lowered.size();
  return true;
}

std::size_t WordCutter::SkipRun(std::size_t position) const {
  while (position < text_.size()) {
    const Character character = ReadCharacter(text_, position);
    if (!JoinsRun(character.kind)) break;
    position += character.length_bytes;
  }
  return position;
}

// Fills parts_ from the original letters of the run; none if the run is its own only part.
void WordCutter::CutParts() {
  part_count_ = 0;
  next_part_ = 0;
  const std::string_view source = text_.substr(run_offset_, run_bytes_);
  const auto kind_at = [&](std::size_t i) {
    if (i >= source.size()) return Kind::kSeparator;
    const auto byte = static_cast<unsigned char>(source[i]);
    return byte < 0x80 ? kAsciiKinds[byte] : Kind::kLower;
  };
  Kind previous = kind_at(0);
  if (previous == Kind::kDigit) return;
  std::size_t begin = 0;
  bool overflow = false;
  const auto close = [&](std::size_t end) {
    if (begin == end) return;
    if (part_count_ == parts_.size()) {
      overflow = true;
      return;
    }
    parts_[part_count_++] = {static_cast<std::uint16_t>(begin), static_cast<std::uint16_t>(end)};
  };
  for (std::size_t i = 1; i < source.size(); ++i) {
    const Kind kind = kind_at(i);
    const bool joined = kind == previous || (previous == Kind::kUpper && kind == Kind::kLower);
    const bool new_word =
        kind == Kind::kUpper && previous == Kind::kUpper && kind_at(i + 1) == Kind::kLower;
    if (kind == Kind::kUnderscore) {
      close(i);
      begin = i + 1;
    } else if ((!joined && previous != Kind::kUnderscore) || new_word) {
      close(i);
      begin = i;
    }
    previous = kind;
  }
  close(source.size());
  if (overflow || part_count_ == 1) part_count_ = 0;
}

}  // namespace coppice::text
