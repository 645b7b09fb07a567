#include "indexer/parse/languages/native/cuda_mask.h"

#include <array>
#include <string_view>

namespace coppice::indexer {
namespace {

bool IsWord(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

void Blank(std::string& text, std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < end; ++i) {
    if (text[i] != '\n' && text[i] != '\r') text[i] = ' ';
  }
}

void BlankWord(std::string& text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    std::size_t end = at + word.size();
    if ((at > 0 && IsWord(text[at - 1])) || (end < text.size() && IsWord(text[end]))) continue;
    if (word == "__launch_bounds__") {  // and its arguments
      const std::size_t close = text.find_first_of(");{", end);
      if (close != std::string::npos && text[close] == ')') end = close + 1;
    }
    Blank(text, at, end);
  }
}

void BlankLaunches(std::string& text) {
  constexpr std::string_view kOpen = "<<<";
  constexpr std::string_view kClose = ">>>";
  for (std::size_t at = text.find(kOpen); at != std::string::npos; at = text.find(kOpen, at + 1)) {
    const std::size_t begin = at;
    std::size_t after = at + kOpen.size();
    if (after < text.size() && text[after] == '<') {  // the marks of a merge
      at = text.find_first_not_of('<', after);
      if (at == std::string::npos) return;
      continue;
    }
    const std::size_t close = text.find(kClose, after);
    if (close == std::string::npos || text.find_first_of(";{", after) < close) continue;
    after = close + kClose.size();
    const std::size_t next = text.find_first_not_of(" \t\r\n", after);
    if (next != std::string::npos && text[next] == '(') Blank(text, begin, after);
  }
}

}  // namespace

void MaskCuda(std::string& text) {
  constexpr std::array<std::string_view, 10> kWords = {
      "__global__",  "__device__",      "__host__",     "__shared__",        "__constant__",
      "__managed__", "__forceinline__", "__noinline__", "__launch_bounds__", "__restrict__"};
  if (text.find("__global__") == std::string::npos &&
      text.find("__device__") == std::string::npos && text.find("__host__") == std::string::npos &&
      text.find("<<<") == std::string::npos) {
    return;
  }
  for (const std::string_view word : kWords) BlankWord(text, word);
  BlankLaunches(text);
}

}  // namespace coppice::indexer
