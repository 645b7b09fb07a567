#include "base/text/sentence.h"

namespace coppice::text {
namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool IsWordByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace

std::size_t FirstSentenceBytes(std::string_view doc) {
  bool line_has_word = false;
  bool seen_word = false;
  for (std::size_t i = 0; i < doc.size(); ++i) {
    const char c = doc[i];
    if (IsWordByte(c)) line_has_word = seen_word = true;
    if (c == '\n') {
      if (seen_word && !line_has_word) return i;
      line_has_word = false;
    }
    const bool stop = c == '.' || c == '?' || c == '!';
    if (stop && seen_word && (i + 1 == doc.size() || IsBlank(doc[i + 1]))) return i + 1;
  }
  return doc.size();
}

}  // namespace coppice::text
