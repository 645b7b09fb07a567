#include "indexer/parse/languages/text/scss_mask.h"

#include <algorithm>

namespace coppice::indexer {
namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f'; }

/// A map, `$sizes: (small: 1, large: 2,)`, becomes a list, which the grammar knows. `open` is where
/// its parenthesis stands; returns where it ends.
std::size_t MaskMap(std::string_view text, std::size_t open, std::string& masked) {
  int depth = 0;
  std::size_t comma = std::string_view::npos;  // the last thing that was no blank, if it was one
  for (std::size_t at = open; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '"' || c == '\'') {
      at = std::min(text.find(c, at + 1), text.size());
    } else if (c == '(') {
      ++depth;
    } else if (c == ')') {
      if (comma != std::string_view::npos) masked[comma] = ' ';
      if (--depth == 0) return at;
    } else if (c == ':') {
      masked[at] = ',';
    } else if (c == ';' || c == '{') {
      return at;  // no map after all
    }
    if (!IsBlank(c)) comma = c == ',' ? at : std::string_view::npos;
  }
  return text.size();
}

void MaskMaps(std::string_view text, std::string& masked) {
  for (std::size_t at = text.find('$'); at != std::string_view::npos; at = text.find('$', at + 1)) {
    const std::size_t colon = text.find_first_of(":;(){},\n", at);
    if (colon == std::string_view::npos || text[colon] != ':') continue;
    const std::size_t open = text.find_first_not_of(" \t\r\n", colon + 1);
    if (open == std::string_view::npos || text[open] != '(') continue;
    at = MaskMap(text, open, masked);
    if (at >= text.size()) return;
  }
}

}  // namespace

std::string MaskScss(std::string_view text) {
  std::string masked(text);
  MaskMaps(text, masked);
  const auto blank = [&](std::size_t begin, std::size_t end) {
    for (; begin < end; ++begin) {
      if (masked[begin] != '\n') masked[begin] = ' ';
    }
  };
  for (const std::string_view flag : {"!default", "!global"}) {
    for (std::size_t at = text.find(flag); at != std::string_view::npos;
         at = text.find(flag, at + 1)) {
      blank(at, at + flag.size());
    }
  }
  for (const std::string_view word : {"@use", "@forward"}) {
    for (std::size_t at = text.find(word); at != std::string_view::npos;
         at = text.find(word, at + 1)) {
      const std::size_t open = text.find_first_of("\"';", at);
      if (open == std::string_view::npos || text[open] == ';') continue;
      const std::size_t close = text.find(text[open], open + 1);
      const std::size_t end = text.find(';', std::min(close, text.size()));
      if (end != std::string_view::npos) blank(close + 1, end);
    }
  }
  constexpr std::string_view kExtend = "@extend %";
  for (std::size_t at = text.find(kExtend); at != std::string_view::npos;
       at = text.find(kExtend, at + 1)) {
    masked[at + kExtend.size() - 1] = '.';
  }
  for (std::size_t at = text.find('\\'); at != std::string_view::npos;
       at = text.find('\\', at + 1)) {
    if (at == 0 || at + 1 >= text.size() || !IsBlank(text[at - 1])) continue;
    constexpr std::string_view kHex = "0123456789abcdefABCDEF";
    if (kHex.find(text[at + 1]) != std::string_view::npos) masked[at] = 'x';
  }
  return masked;
}

}  // namespace coppice::indexer
