#include "daemon/retrieval/search/query_tokens.h"

#include <algorithm>

#include "base/language.h"

namespace coppice::retrieval {
namespace {

bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return IsUpper(c) || IsLower(c) || static_cast<unsigned char>(c) >= 0x80; }
bool IsNameByte(char c) { return IsLetter(c) || IsDigit(c) || c == '_'; }
bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool IsName(std::string_view text) {
  return !text.empty() && !IsDigit(text.front()) &&
         std::all_of(text.begin(), text.end(), IsNameByte);
}

/// camelCase, PascalCase of several words, HTTPServer, snake_case, CONSTANT_CASE.
bool HasSeveralParts(std::string_view name) {
  for (std::size_t i = 1; i + 1 < name.size(); ++i) {
    if (name[i] == '_') return true;
  }
  for (std::size_t i = 1; i < name.size(); ++i) {
    if (IsLower(name[i - 1]) && IsUpper(name[i])) return true;
    const bool acronym_ends =
        i + 1 < name.size() && IsUpper(name[i - 1]) && IsUpper(name[i]) && IsLower(name[i + 1]);
    if (acronym_ends && i + 2 < name.size()) return true;
  }
  return false;
}

std::string_view Trim(std::string_view token) {
  constexpr std::string_view kOpening = "\"'([{<,;*";
  constexpr std::string_view kClosing = "\"')]}>,;:.?!*";
  while (!token.empty() && kOpening.find(token.front()) != std::string_view::npos) {
    token.remove_prefix(1);
  }
  while (!token.empty() && kClosing.find(token.back()) != std::string_view::npos) {
    if (token.ends_with("()")) break;
    token.remove_suffix(1);
  }
  return token;
}

/// Walks through the text; knows whether it is between backticks and in which line.
class TokenCutter {
 public:
  explicit TokenCutter(std::string_view text) : text_(text) {}

  std::vector<QueryToken> Run() {
    for (std::size_t i = 0; i < text_.size(); ++i) {
      const bool tick = text_[i] == '`';
      if (!tick && !IsBlank(text_[i])) continue;
      Close(i);
      begin_ = i + 1;
      if (tick) in_code_ = !in_code_;
      if (tick) i = SkipFence(i);
      if (text_[i] == '\n' && !tokens_.empty()) first_line_ = false;
    }
    Close(text_.size());
    return std::move(tokens_);
  }

 private:
  // Three backticks are one mark.
  std::size_t SkipFence(std::size_t i) {
    while (i + 1 < text_.size() && text_[i + 1] == '`') ++i;
    begin_ = i + 1;
    return i;
  }

  void Close(std::size_t end) {
    if (end <= begin_) return;
    const std::string_view token = Trim(text_.substr(begin_, end - begin_));
    if (token.empty()) return;
    const bool path = LooksLikePath(token);
    tokens_.push_back({token, in_code_ || path || LooksLikeCode(token), path, first_line_});
  }

  std::string_view text_;
  std::vector<QueryToken> tokens_;
  std::size_t begin_ = 0;
  bool in_code_ = false;
  bool first_line_ = true;
};

}  // namespace

std::vector<QueryToken> CutTokens(std::string_view text) { return TokenCutter(text).Run(); }

std::vector<std::string> NameParts(std::string_view token) {
  std::vector<std::string> parts;
  const std::size_t call = token.find('(');
  if (call != std::string_view::npos) token = token.substr(0, call);
  std::string part;
  for (const char c : token) {
    if (IsNameByte(c)) {
      part += c;
    } else if (!part.empty()) {
      parts.push_back(std::move(part));
      part.clear();
    }
  }
  if (!part.empty()) parts.push_back(std::move(part));
  return parts;
}

bool LooksLikeCode(std::string_view token) {
  const std::size_t call = token.find("(");
  if (call != std::string_view::npos && call > 0) return IsNameByte(token[call - 1]);
  if (token.find("::") != std::string_view::npos || token.find("->") != std::string_view::npos) {
    return true;
  }
  const std::vector<std::string> parts = NameParts(token);
  if (parts.empty()) return false;
  std::size_t letters = 0;
  for (const std::string& part : parts) letters = std::max(letters, part.size());
  const bool dotted = parts.size() > 1 && letters > 1 &&
                      token.find_first_not_of(
                          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                          "0123456789_.") == std::string_view::npos;
  if (dotted)
    return std::all_of(parts.begin(), parts.end(), [](const auto& p) { return IsName(p); });
  return parts.size() == 1 && IsName(parts.front()) && HasSeveralParts(parts.front());
}

bool LooksLikePath(std::string_view token) {
  if (token.find("://") != std::string_view::npos || token.find("::") != std::string_view::npos) {
    return false;
  }
  if (token.find_first_of("()<>|,;=\"") != std::string_view::npos) return false;
  const std::size_t dot = token.rfind('.');
  const bool extension = dot != std::string_view::npos && dot > 0 && dot + 1 < token.size();
  const std::size_t slash = token.find('/');
  const bool folders = slash != std::string_view::npos && slash + 1 < token.size() &&
                       std::any_of(token.begin(), token.end(), IsLetter);
  if (folders) return extension || std::count(token.begin(), token.end(), '/') > 1;
  return extension && LanguageOfPath(token) != Language::kUnknown;
}

}  // namespace coppice::retrieval
