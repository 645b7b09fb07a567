#include "daemon/generation/utf8_stream.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace coppice::generation {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// Bytes of the character that begins with `lead`; 0 where none does.
std::size_t LengthOf(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xC2) return 0;
  if (lead < 0xE0) return 2;
  if (lead < 0xF0) return 3;
  return lead < 0xF5 ? 4 : 0;
}

/// Whether `bytes` is a character or the beginning of one: no overlong form, no surrogate, nothing
/// beyond U+10FFFF.
bool MayBecomeOne(std::string_view bytes) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  if (LengthOf(byte(0)) < bytes.size()) return false;
  for (std::size_t i = 1; i < bytes.size(); ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return false;
  }
  if (bytes.size() < 2) return true;
  switch (byte(0)) {
    case 0xE0:
      return byte(1) >= 0xA0;
    case 0xED:
      return byte(1) < 0xA0;
    case 0xF0:
      return byte(1) >= 0x90;
    case 0xF4:
      return byte(1) < 0x90;
    default:
      return true;
  }
}

}  // namespace

std::string Utf8Stream::Feed(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    pending_ += c;
    // What cannot go on gives up its first byte at a time.
    while (!pending_.empty() && !MayBecomeOne(pending_)) {
      text += kReplacement;
      pending_.erase(0, 1);
    }
    if (!pending_.empty() && LengthOf(static_cast<unsigned char>(pending_[0])) == pending_.size()) {
      text += pending_;
      pending_.clear();
    }
  }
  return text;
}

std::string Utf8Stream::Finish() {
  std::string text;
  if (!pending_.empty()) text = kReplacement;
  pending_.clear();
  return text;
}

}  // namespace coppice::generation
