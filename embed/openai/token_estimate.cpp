#include "embed/openai/token_estimate.h"

#include <cstddef>

namespace coppice::embed {
namespace {

enum class Kind : unsigned char { kLetter, kDigit, kSpace, kMark, kOther };

Kind KindOf(char c) {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return Kind::kLetter;
  if (c >= '0' && c <= '9') return Kind::kDigit;
  if (c == ' ' || c == '\t' || c == '\n' || c == '\r') return Kind::kSpace;
  return static_cast<unsigned char>(c) < 0x80 ? Kind::kMark : Kind::kOther;
}

/// Tokens of a run of letters and digits: words, parts of identifiers; random text when it is long.
std::size_t OfWord(std::size_t letters, std::size_t digits) {
  constexpr std::size_t kLongestName = 24;
  constexpr std::size_t kLettersPerToken = 4;
  if (letters + digits > kLongestName) return (letters * 3 / 4) + digits;
  return (letters + kLettersPerToken - 1) / kLettersPerToken + digits;
}

/// Tokens of a run of white space: one for each kind that follows another, and the last character
/// apart, which begins the next word where it is a space.
std::size_t OfSpace(std::string_view run) {
  std::size_t tokens = run.back() == ' ' ? 0 : 1;
  for (std::size_t i = 1; i < run.size(); ++i) {
    if (i == 1 || run[i - 1] != run[i - 2]) ++tokens;
  }
  return tokens;
}

}  // namespace

int EstimateTokens(std::string_view text) {
  std::size_t tokens = 0;
  for (std::size_t i = 0; i < text.size();) {
    const Kind kind = KindOf(text[i]);
    const std::size_t begin = i;
    std::size_t digits = 0;
    switch (kind) {
      case Kind::kLetter:
      case Kind::kDigit:
        for (; i < text.size(); ++i) {
          const Kind next = KindOf(text[i]);
          if (next != Kind::kLetter && next != Kind::kDigit) break;
          if (next == Kind::kDigit) ++digits;
        }
        tokens += OfWord(i - begin - digits, digits);
        break;
      case Kind::kSpace:
        while (i < text.size() && KindOf(text[i]) == Kind::kSpace) ++i;
        tokens += OfSpace(text.substr(begin, i - begin));
        break;
      case Kind::kMark:
      case Kind::kOther:  // of a character outside ASCII each byte may be one
        ++i;
        ++tokens;
        break;
    }
  }
  return static_cast<int>(tokens);
}

}  // namespace coppice::embed
