#include "indexer/parse/languages/native/macro_mask.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "indexer/parse/rules.h"

namespace coppice::indexer {
namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

struct Token {
  std::uint32_t begin;
  std::uint32_t end;
  char kind;  // 'a' a word, '0' a number or literal, '#' end of a directive, else itself
  std::size_t match = kNone;  // of a parenthesis: the other one
};

bool IsWordStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         (static_cast<unsigned char>(c) & 0x80U) != 0;
}
bool IsWord(char c) { return IsWordStart(c) || (c >= '0' && c <= '9'); }

/// Cuts text into tokens. Comments give none, a preprocessor directive one of kind '#'.
class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  std::vector<Token> Run() {
    bool line_start = true;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\n') {
        line_start = true;
        ++at_;
      } else if (c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v' || c == '\\') {
        ++at_;
      } else if (text_.substr(at_, 2) == "//") {
        SkipLine();
      } else if (text_.substr(at_, 2) == "/*") {
        at_ = std::min(text_.find("*/", at_ + 2), text_.size() - 2) + 2;
      } else if (c == '#' && line_start) {
        const std::size_t begin = at_;
        SkipLine();
        Add('#', begin);
      } else {
        line_start = false;
        ReadToken(c);
      }
    }
    MatchParentheses();
    return std::move(tokens_);
  }

 private:
  void Add(char kind, std::size_t begin) {
    tokens_.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(at_), kind});
  }

  /// To the end of the line; a backslash carries it on.
  void SkipLine() {
    while (at_ < text_.size() && text_[at_] != '\n') {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
        ++at_;
        if (text_[at_] == '\r' && at_ + 1 < text_.size()) ++at_;
      }
      ++at_;
    }
  }

  void ReadToken(char c) {
    const std::size_t begin = at_;
    if (IsWordStart(c)) {
      while (at_ < text_.size() && IsWord(text_[at_])) ++at_;
      if (at_ < text_.size() && text_[at_] == '"' && text_[at_ - 1] == 'R') {
        SkipRawString();
        Add('0', begin);
        return;
      }
      Add('a', begin);
    } else if (c >= '0' && c <= '9') {
      while (at_ < text_.size() &&
             (IsWord(text_[at_]) || text_[at_] == '.' || text_[at_] == '\'')) {
        ++at_;
      }
      Add('0', begin);
    } else if (c == '"' || c == '\'') {
      SkipQuoted(c);
      Add('0', begin);
    } else {
      ++at_;
      Add(c, begin);
    }
  }

  void SkipQuoted(char quote) {
    ++at_;
    while (at_ < text_.size() && text_[at_] != quote && text_[at_] != '\n') {
      at_ += text_[at_] == '\\' ? std::size_t{2} : std::size_t{1};
    }
    at_ = std::min(at_ + 1, text_.size());
  }

  void SkipRawString() {
    const std::size_t open = text_.find('(', at_);
    if (open == std::string_view::npos || open - at_ > 18) {
      SkipQuoted('"');
      return;
    }
    const std::string close = ")" + std::string(text_.substr(at_ + 1, open - at_ - 1)) + "\"";
    const std::size_t end = text_.find(close, open);
    at_ = end == std::string_view::npos ? text_.size() : end + close.size();
  }

  void MatchParentheses() {
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      const char kind = tokens_[i].kind;
      if (kind == '(') open.push_back(i);
      // An unbalanced brace ends whatever was open: the damage stays inside one body.
      if (kind == '{' || kind == '}' || kind == ';') open.clear();
      if (kind == ')' && !open.empty()) {
        tokens_[i].match = open.back();
        tokens_[open.back()].match = i;
        open.pop_back();
      }
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Token> tokens_;
};

template <std::size_t N>
bool IsOneOf(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// Keywords that begin or go on with a declaration.
bool IsDeclarationWord(std::string_view word) {
  constexpr std::array<std::string_view, 29> kWords = {
      "static", "inline",   "const",     "constexpr", "virtual", "extern", "void",  "int",
      "char",   "bool",     "unsigned",  "signed",    "long",    "short",  "float", "double",
      "auto",   "template", "typedef",   "explicit",  "class",   "struct", "enum",  "union",
      "friend", "volatile", "namespace", "using",     "size_t"};
  return IsOneOf(word, kWords);
}

bool IsTypeWord(std::string_view word) {
  constexpr std::array<std::string_view, 13> kWords = {
      "void",  "int",   "char",   "bool", "unsigned", "signed", "long",
      "short", "float", "double", "auto", "size_t",   "const"};
  return IsOneOf(word, kWords);
}

bool IsStatementWord(std::string_view word) {
  constexpr std::array<std::string_view, 29> kWords = {
      "return",   "if",       "else",    "for",    "while",        "do",       "switch",   "case",
      "goto",     "default",  "break",   "sizeof", "continue",     "throw",    "new",      "delete",
      "public",   "using",    "try",     "catch",  "operator",     "noexcept", "override", "final",
      "requires", "decltype", "alignas", "asm",    "__attribute__"};
  return IsOneOf(word, kWords);
}

/// Names of annotations behind a variable or a function.
bool IsAnnotation(std::string_view word) {
  constexpr std::array<std::string_view, 15> kParts = {
      "GUARDED", "REQUIRES", "EXCLUDES", "ACQUIRE", "RELEASE", "LOCK",       "THREAD", "ATTRIBUTE",
      "ANNOTAT", "UNUSED",   "NONNULL",  "FORMAT",  "PRINTF",  "DEPRECATED", "WARN"};
  return std::any_of(kParts.begin(), kParts.end(), [&](std::string_view part) {
    return word.find(part) != std::string_view::npos;
  });
}

class Masker {
 public:
  explicit Masker(std::string_view text)
      : text_(text), masked_(text), tokens_(Lexer(text).Run()), gone_(tokens_.size(), false) {}

  std::string Run() {
    for (std::size_t i = 0; i < tokens_.size(); ++i) UnwrapPrototype(i);
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (tokens_[i].kind != 'a' || gone_[i]) continue;
      const std::size_t next = AfterArguments(i);
      if (IsTagMacro(i, next) || (IsName(i) && IsStray(i, next)) ||
          (LooksLikeMacro(i) && IsMacro(i, next))) {
        Blank(i, next);
      }
    }
    return std::move(masked_);
  }

 private:
  std::string_view Word(std::size_t i) const {
    if (i >= tokens_.size()) return {};
    return text_.substr(tokens_[i].begin, tokens_[i].end - tokens_[i].begin);
  }
  char Kind(std::size_t i) const { return i < tokens_.size() ? tokens_[i].kind : '\0'; }
  bool IsName(std::size_t i) const {
    return Kind(i) == 'a' && !IsStatementWord(Word(i)) && !IsDeclarationWord(Word(i));
  }

  /// The token after the word at `i` and its arguments, if it has any.
  std::size_t AfterArguments(std::size_t i) const {
    if (Kind(i + 1) == '(' && tokens_[i + 1].match != kNone) return tokens_[i + 1].match + 1;
    return i + 1;
  }

  /// `int f OF((int a));`: the macro and the outer parentheses go.
  void UnwrapPrototype(std::size_t i) {
    if (Kind(i) != 'a' || i == 0 || !IsName(i - 1) || Kind(i + 1) != '(' || Kind(i + 2) != '(') {
      return;
    }
    const std::size_t close = tokens_[i + 1].match;
    if (close == kNone || tokens_[i + 2].match != close - 1 || Kind(close + 1) != ';') return;
    Blank(i, i + 2);
    Blank(close, close + 1);
  }

  /// `at`, or the next token that is not blanked.
  std::size_t Visible(std::size_t at) const {
    while (at < tokens_.size() && gone_[at]) ++at;
    return at;
  }

  /// The token before `i` that is not blanked; kNone at the start.
  std::size_t Before(std::size_t i) const {
    while (i > 0) {
      --i;
      if (!gone_[i]) return i;
    }
    return kNone;
  }

  bool LooksLikeMacro(std::size_t i) const {
    const std::string_view word = Word(i);
    return word.size() >= 3 && IsAllCaps(word) && word != "NULL";
  }

  bool NewLineBetween(std::size_t a, std::size_t b) const {
    return text_.substr(tokens_[a].end, tokens_[b].begin - tokens_[a].end).find('\n') !=
           std::string_view::npos;
  }

  /// `class EXPORT Name {`: two words before the body can only be a macro and the name.
  bool IsTagMacro(std::size_t i, std::size_t next) const {
    const std::size_t before = Before(i);
    if (before == kNone) return false;
    const std::string_view lead = Word(before);
    if (lead != "class" && lead != "struct" && lead != "union" && lead != "enum") return false;
    if (Word(i) == "class" || Word(i) == "alignas" || Word(i) == "__attribute__") return false;
    std::size_t name = next;
    if (Kind(name) != 'a' || Word(name) == "final" || Word(name) == "override") return false;
    while (Kind(name + 1) == ':' && Kind(name + 2) == ':' && Kind(name + 3) == 'a') name += 3;
    const std::size_t after = name + 1;
    if (Kind(after) == '{' || Word(after) == "final") return true;
    if (Kind(after) == ':' && Kind(after + 1) != ':') return true;
    return Kind(after) == ';' && lead == "class" && LooksLikeMacro(i);
  }

  bool AtStart(std::size_t before) const {
    const char kind = before == kNone ? ';' : Kind(before);
    return kind == ';' || kind == '{' || kind == '}' || kind == '#' || kind == ':';
  }

  /// Whether a type made of keywords stands at `at`, behind any `const`.
  bool KeywordTypeAt(std::size_t at, bool declaration) const {
    while (Word(at) == "const" || Word(at) == "volatile") ++at;
    if (Kind(at) != 'a') return false;
    return declaration ? IsDeclarationWord(Word(at)) && Word(at) != "size_t"
                       : IsTypeWord(Word(at)) || Word(at) == "struct" || Word(at) == "enum" ||
                             Word(at) == "union";
  }

  /// A word that can be nothing but a macro, in whatever letters it is written.
  bool IsStray(std::size_t i, std::size_t next) const {
    const std::size_t before = Before(i);
    const bool arguments = next != i + 1;
    if (AtStart(before)) {
      // `pure_function bool f(`, `malloc_like never_null void* f(`
      std::size_t at = next;
      while (IsName(at) && at < next + 3) ++at;
      if (KeywordTypeAt(at, true)) return true;
      // `warn_unused Foo* f(`
      if (arguments || !IsName(next)) return false;
      at = next + 1;
      while (Kind(at) == '*' || Kind(at) == '&') ++at;
      return IsName(at) && !LooksLikeMacro(at) && Kind(Visible(at + 1)) == '(';
    }
    // `f(unused int a, unused const char* b)`
    if (Kind(before) == '(' || Kind(before) == ',') return !arguments && KeywordTypeAt(next, false);
    // `int* restrict_ a,`
    if (Kind(before) == '*' && !arguments && IsName(next)) {
      const char after = Kind(next + 1);
      return after == ',' || after == ')' || after == ';' || after == '=' || after == '[';
    }
    // `void printf_like(3, 4) f(`
    return arguments && (Kind(before) == '*' || IsTypeWord(Word(before))) && IsName(next) &&
           !LooksLikeMacro(next) && Kind(Visible(next + 1)) == '(';
  }

  bool IsMacro(std::size_t i, std::size_t next) const {
    const std::size_t before = Before(i);
    if (AtStart(before)) return IsLeadingMacro(i, next);
    if (IsCallingConvention(before, i, next)) return true;
    return IsTrailingMacro(before, i, next);
  }

  /// `BEGIN_DECLS`, `DEFINE_TYPE(a, b)` on a line of its own.
  bool IsLeadingMacro(std::size_t i, std::size_t next) const {
    if (next >= tokens_.size() || Kind(next) != 'a') return false;
    const std::string_view after = Word(next);
    if (after == "public" || after == "private" || after == "protected") return true;
    const bool arguments = next != i + 1;
    return arguments && IsName(next) && NewLineBetween(next - 1, next);
  }

  /// `int CALL f(`, `Foo* API f(`.
  bool IsCallingConvention(std::size_t before, std::size_t i, std::size_t next) const {
    if (next != i + 1 || !IsName(next)) return false;
    std::size_t name = next;
    while (Kind(name + 1) == ':' && Kind(name + 2) == ':' && Kind(name + 3) == 'a') name += 3;
    if (Kind(Visible(name + 1)) != '(') return false;
    if (Kind(before) == '*') return before > 0 && Kind(before - 1) == 'a';
    if (Kind(before) != 'a' || Word(before) == "const") return false;
    return IsTypeWord(Word(before)) || IsName(before);
  }

  /// `void f() NOEXCEPT;`, `int n GUARDED_BY(mutex);`.
  bool IsTrailingMacro(std::size_t before, std::size_t i, std::size_t next) const {
    const char after = Kind(next);
    const bool ends = after == ';' || after == '{' || after == '=' ||
                      (after == ':' && Kind(next + 1) != ':') ||
                      (after == 'a' && LooksLikeMacro(next));
    if (!ends) return false;
    const std::string_view lead = Word(before);
    if (lead == "const" || lead == "override" || lead == "noexcept" || lead == "final") {
      return next != i + 1 || after == ';' || after == '{';
    }
    if (Kind(before) == ')') {
      const std::size_t open = tokens_[before].match;
      if (open == kNone || open == 0) return false;
      const std::string_view callee = Word(open - 1);
      return Kind(open - 1) == 'a' && !IsStatementWord(callee);
    }
    return (IsName(before) || Kind(before) == ']') && next != i + 1 && IsAnnotation(Word(i));
  }

  void Blank(std::size_t first, std::size_t next) {
    for (std::size_t i = first; i < next; ++i) gone_[i] = true;
    for (std::uint32_t at = tokens_[first].begin; at < tokens_[next - 1].end; ++at) {
      if (masked_[at] != '\n' && masked_[at] != '\r') masked_[at] = ' ';
    }
  }

  std::string_view text_;
  std::string masked_;
  std::vector<Token> tokens_;
  std::vector<bool> gone_;
};

}  // namespace

std::string MaskMacros(std::string_view text) { return Masker(text).Run(); }

}  // namespace coppice::indexer
