#include "daemon/generation/citations.h"

#include <algorithm>
#include <charconv>
#include <cstddef>

#include "base/format.h"

namespace coppice::generation {
namespace {

bool IsNameByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         (static_cast<unsigned char>(c) >= 0x80);
}

/// Takes a number off the front.
std::optional<std::uint32_t> TakeNumber(std::string_view& text) {
  std::uint32_t value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc() || end == text.data()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

bool Take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

void SkipBlanks(std::string_view& text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
}

/// ":12-20" after a number.
bool TakeLines(std::string_view& text, Citation& citation) {
  if (!Take(text, ':')) return true;
  SkipBlanks(text);
  Take(text, 'L');
  const auto first = TakeNumber(text);
  if (!first) return false;
  citation.lines = store::LineRange{*first, *first};
  if (!Take(text, '-')) return true;
  Take(text, 'L');
  const auto last = TakeNumber(text);
  if (!last) return false;
  citation.lines->last = *last;
  return true;
}

/// What stands between brackets; nothing where it is no list of citations.
std::vector<Citation> ParseInside(std::string_view inside) {
  std::vector<Citation> found;
  do {
    SkipBlanks(inside);
    const auto n = TakeNumber(inside);
    Citation citation;
    if (!n || !TakeLines(inside, citation)) return {};
    citation.n = *n;
    found.push_back(std::move(citation));
    SkipBlanks(inside);
  } while (Take(inside, ','));
  return inside.empty() ? found : std::vector<Citation>();
}

/// The part of a text before `end` that is the sentence which ends there.
std::string_view SentenceBefore(std::string_view text, std::size_t begin, std::size_t end) {
  std::string_view sentence = text.substr(begin, end - begin);
  bool in_code = false;
  std::size_t start = 0;
  for (std::size_t i = 0; i < sentence.size(); ++i) {
    if (sentence[i] == '`') in_code = !in_code;
    const bool stop =
        sentence[i] == '\n' || ((sentence[i] == '.' || sentence[i] == '!' || sentence[i] == '?') &&
                                i + 1 < sentence.size() && sentence[i + 1] == ' ');
    // What follows the stop must be more than the blank before a citation.
    if (stop && !in_code && sentence.find_first_not_of(" \n", i + 1) != std::string_view::npos) {
      start = i + 1;
    }
  }
  return sentence.substr(start);
}

bool HoldsName(std::string_view text, std::string_view name) {
  for (std::size_t at = text.find(name); at != std::string_view::npos;
       at = text.find(name, at + 1)) {
    const bool before = at > 0 && IsNameByte(text[at - 1]);
    const std::size_t end = at + name.size();
    const bool after = end < text.size() && IsNameByte(text[end]);
    if (!before && !after) return true;
  }
  return false;
}

std::string WhyNot(const Citation& citation, const std::vector<Source>& sources,
                   const ReadLines& read) {
  const auto source = std::find_if(sources.begin(), sources.end(),
                                   [&](const Source& s) { return s.n == citation.n; });
  if (source == sources.end()) return fmt::format("there is no source {}", citation.n);
  const store::LineRange lines = citation.lines.value_or(source->hit.lines);
  if (lines.first == 0 || lines.last < lines.first) return "these lines cannot be";
  if (lines.first < source->hit.lines.first || lines.last > source->hit.lines.last) {
    return fmt::format("source {} has lines {} to {}", citation.n, source->hit.lines.first,
                       source->hit.lines.last);
  }
  const auto text = read(*source, lines);
  if (!text) return text.error().message;
  for (const std::string& name : citation.identifiers) {
    if (!HoldsName(*text, name)) return fmt::format("{} does not stand there", name);
  }
  return "";
}

}  // namespace

std::vector<Citation> ParseCitations(std::string_view answer) {
  std::vector<Citation> citations;
  std::size_t sentence_from = 0;
  bool in_block = false;
  bool in_span = false;
  for (std::size_t i = 0; i < answer.size(); ++i) {
    if (answer.substr(i).starts_with("```")) {
      in_block = !in_block;
      i += 2;
      continue;
    }
    if (answer[i] == '`' && !in_block) in_span = !in_span;
    if (answer[i] == '\n') in_span = false;
    if (answer[i] != '[' || in_block || in_span) continue;
    const std::size_t close = answer.find(']', i);
    if (close == std::string_view::npos) break;
    std::vector<Citation> found = ParseInside(answer.substr(i + 1, close - i - 1));
    if (found.empty()) continue;
    const auto names = IdentifiersInCode(SentenceBefore(answer, sentence_from, i));
    for (Citation& citation : found) {
      citation.identifiers = names;
      citations.push_back(std::move(citation));
    }
    // "… `f` [1][2]": both are of one sentence.
    if (!answer.substr(close + 1).starts_with('[')) sentence_from = close + 1;
    i = close;
  }
  return citations;
}

void CheckCitations(const std::vector<Source>& sources, const ReadLines& read,
                    std::vector<Citation>& citations) {
  for (Citation& citation : citations) {
    citation.why = WhyNot(citation, sources, read);
    citation.verified = citation.why.empty();
  }
}

std::vector<std::string> IdentifiersInCode(std::string_view text) {
  std::vector<std::string> names;
  while (true) {
    const std::size_t open = text.find('`');
    if (open == std::string_view::npos) return names;
    text.remove_prefix(open);
    const std::size_t fence = std::min(text.find_first_not_of('`'), text.size());
    const std::size_t close = text.find(text.substr(0, fence), fence);
    if (close == std::string_view::npos) return names;
    const std::string_view code = text.substr(fence, close - fence);
    for (std::size_t i = 0; i < code.size();) {
      std::size_t end = i;
      while (end < code.size() && IsNameByte(code[end])) ++end;
      const std::string name(code.substr(i, end - i));
      const bool is_name = name.size() > 2 && (name[0] < '0' || name[0] > '9');
      if (is_name && std::find(names.begin(), names.end(), name) == names.end()) {
        names.push_back(name);
      }
      i = std::max(end, i + 1);
    }
    text.remove_prefix(close + fence);
  }
}

}  // namespace coppice::generation
