#include "daemon/retrieval/answer/snippet.h"

#include <algorithm>
#include <string>
#include <unordered_set>

#include "base/text/stem.h"
#include "base/text/words.h"

namespace coppice::retrieval {
namespace {

constexpr std::string_view kBlanks = " \t\r\n\f\v";

std::uint32_t CountNewlines(std::string_view text) {
  return static_cast<std::uint32_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

std::uint32_t CountLines(std::string_view body) {
  return CountNewlines(body) + (body.empty() || body.ends_with('\n') ? 0 : 1);
}

Snippet CutChunk(std::string_view body, store::ByteRange range, store::LineRange lines) {
  const std::size_t begin = std::min<std::size_t>(range.begin, body.size());
  const std::size_t end = std::clamp<std::size_t>(range.end, begin, body.size());
  std::string_view text = body.substr(begin, end - begin);
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {text, lines};
  const std::size_t newline = text.substr(0, first).rfind('\n');
  if (newline != std::string_view::npos) {
    lines.first += CountNewlines(text.substr(0, newline + 1));
    text.remove_prefix(newline + 1);
  }
  text = text.substr(0, text.find_last_not_of(kBlanks) + 1);
  lines.last = lines.first + CountNewlines(text);
  return {text, lines};
}

Snippet CutLines(std::string_view body, std::uint32_t first, std::uint32_t last) {
  std::size_t begin = 0;
  for (std::uint32_t line = 1; line < first; ++line) begin = body.find('\n', begin) + 1;
  std::size_t end = begin;
  for (std::uint32_t line = first; line <= last && end < body.size(); ++line) {
    const std::size_t newline = body.find('\n', end);
    end = newline == std::string_view::npos ? body.size() : newline + 1;
  }
  return {body.substr(begin, end - begin), {first, last}};
}

Snippet Shorten(Snippet snippet, std::size_t bytes) {
  if (snippet.text.size() <= bytes) return snippet;
  const std::size_t newline = snippet.text.substr(0, bytes).rfind('\n');
  if (newline == std::string_view::npos) return {{}, snippet.lines};
  snippet.text = snippet.text.substr(0, newline);
  snippet.lines.last = snippet.lines.first + CountNewlines(snippet.text);
  return snippet;
}

std::vector<std::string> WordsIn(std::string_view text, const std::vector<QueryWord>& words) {
  std::unordered_set<std::string> in_text;
  text::Stemmer stemmer;
  text::ForEachWord(text, [&](const text::Word& word) {
    in_text.emplace(word.text);
    in_text.emplace("\n" + std::string(stemmer.Stem(word.text)));
  });
  std::vector<std::string> found;
  for (const QueryWord& word : words) {
    if (in_text.contains(word.text) || in_text.contains("\n" + word.stem)) {
      found.push_back(word.text);
    }
  }
  return found;
}

}  // namespace coppice::retrieval
