#include "client/highlight.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "base/text/stem.h"
#include "base/text/words.h"
#include "client/highlight_language.h"

namespace coppice::client {
namespace {

bool IsWordByte(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool IsDigit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

/// Walks over a text and marks what it recognises.
class Lexer {
 public:
  Lexer(std::string_view text, const LanguageSyntax& language)
      : text_(text), language_(language), syntax_(text.size(), Syntax::kPlain) {}

  std::vector<Syntax> Run() && {
    while (at_ < text_.size()) {
      if (Comment() || Directive() || String() || Word()) continue;
      ++at_;
    }
    return std::move(syntax_);
  }

 private:
  [[nodiscard]] std::string_view rest() const { return text_.substr(at_); }
  [[nodiscard]] char before() const { return at_ == 0 ? '\n' : text_[at_ - 1]; }

  void MarkTo(std::size_t end, Syntax syntax) {
    end = std::min(end, text_.size());
    std::fill(syntax_.begin() + static_cast<std::ptrdiff_t>(at_),
              syntax_.begin() + static_cast<std::ptrdiff_t>(end), syntax);
    at_ = end;
  }

  bool Comment() {
    if (BlockComment()) return true;  // first: that of Lua begins like a line comment
    const bool allowed =
        !language_.comment_after_blank || std::isspace(static_cast<unsigned char>(before())) != 0;
    const auto begins = [&](std::string_view mark) {
      return !mark.empty() && rest().starts_with(mark);
    };
    if (!allowed) return false;
    if (!begins(language_.line_comment) && !begins(language_.other_line_comment)) return false;
    MarkTo(text_.find('\n', at_), Syntax::kComment);
    return true;
  }

  bool BlockComment() {
    const std::string_view open = language_.block_open;
    if (open.empty() || !rest().starts_with(open)) return false;
    const std::size_t close = text_.find(language_.block_close, at_ + open.size());
    MarkTo(close == std::string_view::npos ? close : close + language_.block_close.size(),
           Syntax::kComment);
    return true;
  }

  bool Directive() {
    if (!language_.directives || text_[at_] != '#' || !OnlyBlanksBefore()) return false;
    std::size_t end = at_ + 1;
    while (end < text_.size() && (text_[end] == ' ' || text_[end] == '\t')) ++end;
    while (end < text_.size() && IsWordByte(text_[end])) ++end;
    MarkTo(end, Syntax::kKeyword);
    return true;
  }

  [[nodiscard]] bool OnlyBlanksBefore() const {
    const std::size_t line = text_.rfind('\n', at_) + 1;  // 0 where there is none
    return text_.substr(line, at_ - line).find_first_not_of(" \t") == std::string_view::npos;
  }

  bool String() {
    const char quote = text_[at_];
    if (language_.quotes.find(quote) == std::string_view::npos) return false;
    if (quote == '\'' && language_.lifetimes && IsLifetime()) return false;
    const std::string triple(3, quote);
    if (language_.triple_quotes && rest().starts_with(triple)) {
      const std::size_t close = text_.find(triple, at_ + 3);
      MarkTo(close == std::string_view::npos ? close : close + 3, Syntax::kString);
      return true;
    }
    MarkTo(IsRaw() ? EndOfRawString() : EndOfString(quote), Syntax::kString);
    return true;
  }

  // R"x(...)x" of C++.
  [[nodiscard]] bool IsRaw() const {
    return language_.name == "cpp" && text_[at_] == '"' && before() == 'R';
  }
  [[nodiscard]] std::size_t EndOfRawString() const {
    const std::size_t open = text_.find('(', at_);
    if (open == std::string_view::npos) return EndOfString('"');
    const std::string closing = ")" + std::string(text_.substr(at_ + 1, open - at_ - 1)) + "\"";
    const std::size_t close = text_.find(closing, open);
    return close == std::string_view::npos ? close : close + closing.size();
  }

  [[nodiscard]] bool IsLifetime() const {
    const std::string_view next = text_.substr(at_ + 1, 2);
    return next.size() == 2 && IsWordByte(next[0]) && next[1] != '\'';
  }

  [[nodiscard]] std::size_t EndOfString(char quote) const {
    const bool many_lines = language_.multi_line_quotes.find(quote) != std::string_view::npos;
    for (std::size_t i = at_ + 1; i < text_.size(); ++i) {
      if (text_[i] == '\\' && language_.escapes) {
        ++i;
      } else if (text_[i] == quote) {
        return i + 1;
      } else if (text_[i] == '\n' && !many_lines) {
        return i;
      }
    }
    return text_.size();
  }

  bool Word() {
    if (!IsWordByte(text_[at_])) return false;
    const bool number = IsDigit(text_[at_]);
    std::size_t end = at_;
    while (end < text_.size() && (IsWordByte(text_[end]) || (number && ContinuesNumber(end))))
      ++end;
    const bool keyword = IsKeyword(text_.substr(at_, end - at_));
    MarkTo(end, number ? Syntax::kNumber : keyword ? Syntax::kKeyword : Syntax::kPlain);
    return true;
  }

  [[nodiscard]] bool IsKeyword(std::string_view word) const {
    if (!language_.any_case) return std::binary_search(keywords_.begin(), keywords_.end(), word);
    std::string small(word);
    for (char& c : small) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return std::binary_search(keywords_.begin(), keywords_.end(), small);
  }

  // A point or a separator between digits.
  [[nodiscard]] bool ContinuesNumber(std::size_t i) const {
    return (text_[i] == '.' || text_[i] == '\'') && i + 1 < text_.size() &&
           std::isxdigit(static_cast<unsigned char>(text_[i + 1])) != 0;
  }

  std::string_view text_;
  const LanguageSyntax& language_;
  const std::vector<std::string_view>& keywords_ = language_.SortedKeywords();
  std::vector<Syntax> syntax_;
  std::size_t at_ = 0;
};

/// Headings, fenced blocks and `code`.
std::vector<Syntax> HighlightMarkdown(std::string_view text) {
  std::vector<Syntax> syntax(text.size(), Syntax::kPlain);
  const auto mark = [&](std::size_t first, std::size_t last, Syntax kind) {
    std::fill(syntax.begin() + static_cast<std::ptrdiff_t>(first),
              syntax.begin() + static_cast<std::ptrdiff_t>(last), kind);
  };
  bool fenced = false;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    const std::string_view line = text.substr(start, end - start);
    const bool fence = line.starts_with("```") || line.starts_with("~~~");
    if (fence || fenced) {
      mark(start, end, Syntax::kString);
    } else if (line.starts_with('#')) {
      mark(start, end, Syntax::kHeading);
    } else {
      for (std::size_t open = line.find('`'); open != std::string_view::npos;) {
        const std::size_t close = line.find('`', open + 1);
        if (close == std::string_view::npos) break;
        mark(start + open, start + close + 1, Syntax::kString);
        open = line.find('`', close + 1);
      }
    }
    fenced = fence ? !fenced : fenced;
    start = end + 1;
  }
  return syntax;
}

/// The question without words that only narrow it.
std::string WithoutFilters(std::string_view query) {
  constexpr std::array<std::string_view, 5> kFilters = {"repo:", "ref:", "at:", "lang:", "path:"};
  std::string kept;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find_first_of(" \t\n"), query.size());
    const std::string_view word = query.substr(0, end);
    const bool filter = std::any_of(kFilters.begin(), kFilters.end(),
                                    [&](std::string_view f) { return word.starts_with(f); });
    if (!filter) kept.append(word.starts_with("sym:") ? word.substr(4) : word).push_back(' ');
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return kept;
}

}  // namespace

std::vector<Syntax> HighlightSyntax(std::string_view text, std::string_view language) {
  if (language == "markdown") return HighlightMarkdown(text);
  const LanguageSyntax* syntax = FindLanguageSyntax(language);
  if (syntax == nullptr) return std::vector<Syntax>(text.size(), Syntax::kPlain);
  return Lexer(text, *syntax).Run();
}

QueryWords::QueryWords(std::string_view query) {
  text::Stemmer stemmer;
  text::ForEachPart(WithoutFilters(query), [&](std::string_view part) {
    if (!text::IsStopWord(part)) stems_.emplace_back(stemmer.Stem(part));
  });
  std::sort(stems_.begin(), stems_.end());
  stems_.erase(std::unique(stems_.begin(), stems_.end()), stems_.end());
  constexpr std::size_t kMostWords = 1000;
  if (stems_.size() > kMostWords) stems_.resize(kMostWords);
}

std::vector<std::uint16_t> QueryWords::Find(std::string_view text) const {
  std::vector<std::uint16_t> found(text.size(), 0);
  if (stems_.empty()) return found;
  text::Stemmer stemmer;
  text::ForEachWord(text, [&](const text::Word& word) {
    if (word.kind == text::WordKind::kIdentifier) return;
    const std::string_view stem = stemmer.Stem(word.text);
    const auto at = std::lower_bound(stems_.begin(), stems_.end(), stem);
    if (at == stems_.end() || *at != stem) return;
    std::fill_n(found.begin() + static_cast<std::ptrdiff_t>(word.offset), word.length_bytes,
                static_cast<std::uint16_t>(at - stems_.begin() + 1));
  });
  return found;
}

}  // namespace coppice::client
