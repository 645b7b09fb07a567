#include "client/render/code.h"

#include <algorithm>
#include <optional>

#include "base/format.h"
#include "client/render/escape.h"

namespace coppice::client {
namespace {

constexpr std::size_t kTabWidth = 4;
constexpr std::size_t kIndent = 2;

Look LookOf(Syntax syntax) {
  switch (syntax) {
    case Syntax::kPlain:
      return Look::kPlain;
    case Syntax::kKeyword:
      return Look::kKeyword;
    case Syntax::kString:
      return Look::kString;
    case Syntax::kComment:
      return Look::kComment;
    case Syntax::kNumber:
      return Look::kNumber;
    case Syntax::kHeading:
      return Look::kBold;
  }
  return Look::kPlain;
}

std::string_view LastName(std::string_view symbol) {
  const std::size_t separator = symbol.find_last_of(":./#");
  return separator == std::string_view::npos ? symbol : symbol.substr(separator + 1);
}

/// Collects pieces of one line until its columns are used up.
class LineBuilder {
 public:
  LineBuilder(const Paint& paint, std::size_t room) : paint_(paint), room_(room) {}

  /// False when there is no room for it.
  bool Add(std::string_view piece, std::size_t columns, Look look, bool marked) {
    if (room_ != 0 && used_ + columns > room_) return false;
    std::string sequence = paint_.Begin(look, marked);
    if (sequence != sequence_) {
      if (!sequence_.empty()) out_ += paint_.End();
      out_ += sequence;
      sequence_ = std::move(sequence);
    }
    out_ += piece;
    used_ += columns;
    return true;
  }

  [[nodiscard]] std::size_t used() const { return used_; }
  std::string Take() && {
    if (!sequence_.empty()) out_ += paint_.End();
    return std::move(out_);
  }

 private:
  const Paint& paint_;
  std::size_t room_;
  std::size_t used_ = 0;
  std::string sequence_;
  std::string out_;
};

}  // namespace

CodeLines::CodeLines(const CodeText& code, const QueryWords& words, const Paint& paint,
                     std::size_t width)
    : code_(code),
      paint_(paint),
      width_(width),
      syntax_(HighlightSyntax(code.text, code.language)),
      matches_(words.Find(code.text)),
      word_count_(words.size()) {
  for (std::size_t begin = 0; begin < code_.text.size();) {
    const std::size_t newline = std::min(code_.text.find('\n', begin), code_.text.size());
    std::size_t end = newline;
    if (end > begin && code_.text[end - 1] == '\r') --end;
    lines_.push_back({begin, end});
    begin = newline + 1;
  }
  while (lines_.size() > 1 && lines_.back().begin == lines_.back().end) lines_.pop_back();
  gutter_ = fmt::format("{}", code_.first_line + lines_.size()).size();
}

std::string CodeLines::Body(const Range& line, std::size_t room) const {
  LineBuilder builder(paint_, room);
  for (std::size_t at = line.begin; at < line.end;) {
    const std::string_view rest = code_.text.substr(at, line.end - at);
    const Glyph glyph = ReadGlyph(rest);
    const Look look = LookOf(syntax_[at]);
    const bool marked = matches_[at] != 0;
    bool fits = true;
    if (glyph.code_point == '\t') {
      const std::size_t blanks = kTabWidth - builder.used() % kTabWidth;
      fits = builder.Add(std::string(blanks, ' '), blanks, look, false);
    } else if (!glyph.safe) {
      const std::string escaped = EscapedGlyph(glyph, rest);
      fits = builder.Add(escaped, escaped.size(), Look::kWarning, false);
    } else {
      fits = builder.Add(rest.substr(0, glyph.length_bytes),
                         static_cast<std::size_t>(glyph.columns), look, marked);
    }
    if (!fits) return std::move(builder).Take() + paint_(Look::kDim, paint_.ellipsis());
    at += glyph.length_bytes;
  }
  return std::move(builder).Take();
}

std::string CodeLines::Line(std::size_t index) const {
  const std::string number =
      fmt::format("{:>{}} {}", code_.first_line + index, kIndent + gutter_, paint_.bar());
  const std::size_t taken = kIndent + gutter_ + 3 + DisplayWidth(paint_.ellipsis());
  const std::size_t room = width_ == 0 ? 0 : std::max<std::size_t>(width_, taken + 1) - taken;
  const std::string body = Body(lines_[index], room);
  return paint_(Look::kDim, number) + (body.empty() ? "" : " ") + body + "\n";
}

std::string CodeLines::All() const {
  std::string out;
  for (std::size_t i = 0; i < lines_.size(); ++i) out += Line(i);
  return out;
}

std::string CodeLines::Gap() const {
  return paint_(Look::kDim, fmt::format("{:>{}} {}", "", kIndent + gutter_, paint_.gap())) + "\n";
}

std::size_t CodeLines::HeadLine() const {
  const std::string_view name = LastName(code_.symbol);
  if (name.empty()) return 0;
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    const Range& line = lines_[i];
    const std::size_t at = code_.text.substr(0, line.end).find(name, line.begin);
    if (at != std::string_view::npos && syntax_[at] != Syntax::kComment) return i;
  }
  return 0;
}

std::size_t CodeLines::BestWindow(std::size_t height) const {
  // A word counts once in a window, and the less, the more lines have it.
  std::vector<std::vector<std::uint16_t>> words(lines_.size());
  std::vector<std::size_t> line_counts(word_count_ + 1, 0);
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    std::vector<std::uint16_t>& found = words[i];
    for (std::size_t at = lines_[i].begin; at < lines_[i].end; ++at) {
      if (matches_[at] != 0) found.push_back(matches_[at]);
    }
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    for (const std::uint16_t word : found) ++line_counts[word];
  }
  std::size_t best = 0;
  double best_score = 0;
  for (std::size_t first = 0; first + height <= lines_.size(); ++first) {
    std::vector<bool> seen(word_count_ + 1, false);
    double score = 0;
    std::size_t first_match = height;
    std::size_t last_match = 0;
    for (std::size_t i = 0; i < height; ++i) {
      for (const std::uint16_t word : words[first + i]) {
        const double weight = 1.0 / static_cast<double>(line_counts[word]);
        score += seen[word] ? 0.1 * weight : weight;
        seen[word] = true;
        first_match = std::min(first_match, i);
        last_match = i;
      }
    }
    // Of equal windows, the one whose matches stand nearest to its middle.
    if (score > 0) {
      const auto middle = static_cast<double>(first_match + last_match) / 2;
      const double off = middle - static_cast<double>(height - 1) / 2;
      score -= 1e-3 * off * off / static_cast<double>(height * height);
    }
    if (score > best_score) {
      best = first;
      best_score = score;
    }
  }
  return best;
}

std::string CodeLines::Snippet(std::size_t height) const {
  if (lines_.size() <= height + 1) return All();  // leaving one line out would save nothing
  std::size_t first = BestWindow(height);
  const std::size_t head = HeadLine();
  std::string out;
  // The head takes the place of the window's first two lines.
  if (head < first && height > 4) {
    height -= 2;
    first += 1;
    out += Line(head);
    // A mark takes as much room as the one line it would stand for.
    if (first == head + 2) out += Line(head + 1);
    if (first > head + 2) out += Gap();
  }
  for (std::size_t i = first; i < first + height; ++i) out += Line(i);
  const std::size_t left = lines_.size() - first - height;
  if (left == 1) out += Line(lines_.size() - 1);
  if (left > 1) out += Gap();
  return out;
}

}  // namespace coppice::client
