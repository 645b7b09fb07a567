// Cuts training text with the cutter of the product, so that there is no second one to keep equal.
//
//   coppice_cut_words < in > out
//
// in:  records, each a length in bytes in decimal, a newline, and that many bytes of text.
// out: one line a record: the stems of its parts, separated by single spaces, in text order.

#include <cstddef>
#include <iostream>
#include <string>

#include "base/text/stem.h"

namespace {

constexpr std::size_t kMaxRecordBytes = std::size_t{1} << 30U;

}  // namespace

int main() {
  std::ios::sync_with_stdio(false);
  coppice::text::Stemmer stemmer;
  std::string text;
  std::string line;
  std::size_t length = 0;
  while (std::cin >> length) {
    if (std::cin.get() != '\n' || length > kMaxRecordBytes) {
      std::cerr << "coppice_cut_words: a record does not begin with its length\n";
      return 1;
    }
    text.resize(length);
    if (!std::cin.read(text.data(), static_cast<std::streamsize>(length))) {
      std::cerr << "coppice_cut_words: the last record is cut short\n";
      return 1;
    }
    line.clear();
    coppice::text::ForEachStem(text, stemmer, [&line](std::string_view stem) {
      if (!line.empty()) line += ' ';
      line += stem;
    });
    line += '\n';
    std::cout << line;
  }
  if (!std::cin.eof()) {
    std::cerr << "coppice_cut_words: a record does not begin with its length\n";
    return 1;
  }
  return std::cout.flush() ? 0 : 1;
}
