#pragma once

#include <cstddef>
#include <string_view>

namespace coppice::embed {

/// The first `bytes` bytes of `text`, less what would be a part of a UTF-8 character.
inline std::string_view TextPrefix(std::string_view text, std::size_t bytes) {
  if (bytes >= text.size()) return text;
  const auto continues = [text](std::size_t at) {
    return (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
  };
  std::size_t end = bytes;
  while (end > 0 && bytes - end < 3 && continues(end)) --end;
  return text.substr(0, continues(end) ? bytes : end);
}

}  // namespace coppice::embed
