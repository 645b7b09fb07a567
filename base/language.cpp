#include "base/language.h"

#include <algorithm>
#include <cstddef>
#include <string>

#include "base/language_tables.h"

namespace coppice {
namespace {

using enum Language;

constexpr std::size_t kModelineBytes = 2048;  // looked at from either end of a file
constexpr std::size_t kModelineLines = 5;
constexpr std::size_t kShebangBytes = 256;

std::string Lowered(std::string_view text) {
  std::string lowered(text);
  for (char& c : lowered) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lowered;
}

std::optional<Language> Find(std::span<const LanguageSpelling> table, std::string_view text) {
  const auto found = std::find_if(table.begin(), table.end(), [&](const LanguageSpelling& entry) {
    return entry.text == text;
  });
  if (found == table.end()) return std::nullopt;
  return found->language;
}

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

/// A word of letters, digits and "+-_" at the start of `text`.
std::string_view WordAt(std::string_view text) {
  std::size_t length = 0;
  while (length < text.size()) {
    const char c = text[length];
    const bool inside = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '_';
    if (!inside) break;
    ++length;
  }
  return text.substr(0, length);
}

/// `-*- C++ -*-` or `-*- mode: c++; tab-width: 4 -*-`.
Language EmacsMode(std::string_view line) {
  const std::size_t open = line.find("-*-");
  if (open == std::string_view::npos) return kUnknown;
  const std::size_t close = line.find("-*-", open + 3);
  if (close == std::string_view::npos) return kUnknown;
  std::string_view inside = Trimmed(line.substr(open + 3, close - open - 3));
  if (inside.find(':') == std::string_view::npos) {
    return ParseLanguage(inside).value_or(kUnknown);
  }
  while (!inside.empty()) {
    const std::size_t end = std::min(inside.find(';'), inside.size());
    const std::string_view field = inside.substr(0, end);
    const std::size_t colon = field.find(':');
    if (colon != std::string_view::npos && Lowered(Trimmed(field.substr(0, colon))) == "mode") {
      return ParseLanguage(Trimmed(field.substr(colon + 1))).value_or(kUnknown);
    }
    inside.remove_prefix(std::min(end + 1, inside.size()));
  }
  return kUnknown;
}

/// `vim: set ft=python :`, `vi: filetype=sh`, `ex: syntax=c`.
Language VimMode(std::string_view line) {
  std::size_t at = std::string_view::npos;
  for (const std::string_view lead : {"vim:", "vi:", "ex:"}) {
    const std::size_t found = line.find(lead);
    // vim wants a blank, or the start of the line, before it.
    if (found != std::string_view::npos && (found == 0 || IsBlank(line[found - 1]))) {
      at = found + lead.size();
      break;
    }
  }
  if (at == std::string_view::npos) return kUnknown;
  const std::string_view options = line.substr(at);
  for (const std::string_view key : {"filetype=", "ft=", "syntax="}) {
    const std::size_t found = options.find(key);
    if (found == std::string_view::npos) continue;
    if (found > 0 && !IsBlank(options[found - 1]) && options[found - 1] != ':') continue;
    return ParseLanguage(WordAt(options.substr(found + key.size()))).value_or(kUnknown);
  }
  return kUnknown;
}

Language ModelineOf(std::string_view line) {
  const Language emacs = EmacsMode(line);
  return emacs != kUnknown ? emacs : VimMode(line);
}

/// The first `kModelineLines` lines of `text`.
Language ModelineAtStart(std::string_view text) {
  text = text.substr(0, kModelineBytes);
  for (std::size_t line = 0; line < kModelineLines && !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const Language language = ModelineOf(text.substr(0, end));
    if (language != kUnknown) return language;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return kUnknown;
}

/// The last `kModelineLines` lines of `text`.
Language ModelineAtEnd(std::string_view text) {
  if (text.size() > kModelineBytes) text.remove_prefix(text.size() - kModelineBytes);
  if (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  for (std::size_t line = 0; line < kModelineLines && !text.empty(); ++line) {
    const std::size_t newline = text.rfind('\n');
    const std::size_t begin = newline == std::string_view::npos ? 0 : newline + 1;
    const Language language = VimMode(text.substr(begin));
    if (language != kUnknown) return language;
    text = text.substr(0, newline == std::string_view::npos ? 0 : newline);
  }
  return kUnknown;
}

/// `python` of "/usr/bin/env -S python3.11 -u".
Language ShebangOf(std::string_view bytes) {
  if (!bytes.starts_with("#!")) return kUnknown;
  std::string_view line = bytes.substr(2, kShebangBytes);
  line = line.substr(0, line.find('\n'));
  while (true) {
    line = Trimmed(line);
    std::size_t end = 0;
    while (end < line.size() && !IsBlank(line[end])) ++end;
    std::string_view word = line.substr(0, end);
    if (word.empty()) return kUnknown;
    line.remove_prefix(end);
    const std::size_t slash = word.rfind('/');
    if (slash != std::string_view::npos) word.remove_prefix(slash + 1);
    // `env` and what may follow it before the program: options and assignments.
    if (word == "env" || word.starts_with('-') || word.find('=') != std::string_view::npos) {
      continue;
    }
    const auto exact = Find(InterpreterTable(), word);
    if (exact) return *exact;
    while (!word.empty() && (word.back() == '.' || (word.back() >= '0' && word.back() <= '9'))) {
      word.remove_suffix(1);
    }
    return Find(InterpreterTable(), word).value_or(kUnknown);
  }
}

/// Whether a line is `word`, alone or before a blank.
bool HasLine(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    const bool begins = at == 0 || text[at - 1] == '\n';
    if (begins && (end == text.size() || IsBlank(text[end]) || text[end] == '\n')) return true;
  }
  return false;
}

/// By its declaration, or as a mind map, which has none.
bool IsXml(std::string_view text) { return text.starts_with("<?xml") || text.starts_with("<map "); }

bool IsObjectiveC(std::string_view text) {
  return HasLine(text, "@end") && (HasLine(text, "@interface") || HasLine(text, "@protocol"));
}

std::string_view FileName(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string_view Extension(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return {};
  return name.substr(dot + 1);
}

}  // namespace

std::span<const LanguageInfo> AllLanguages() { return LanguageTable(); }

std::string_view LanguageName(Language language) {
  for (const LanguageInfo& info : LanguageTable()) {
    if (info.language == language) return info.name;
  }
  return "unknown";
}

std::optional<Language> ParseLanguage(std::string_view name) {
  const std::string lowered = Lowered(name);
  for (const LanguageInfo& info : LanguageTable()) {
    if (info.language != kUnknown && info.name == lowered) return info.language;
  }
  return Find(AliasTable(), lowered);
}

Content ContentOf(Language language) {
  for (const LanguageInfo& info : LanguageTable()) {
    if (info.language == language) return info.content;
  }
  return Content::kText;
}

std::string_view ContentName(Content content) {
  switch (content) {
    case Content::kCode:
      return "code";
    case Content::kDoc:
      return "doc";
    case Content::kText:
      return "text";
  }
  return "text";
}

std::optional<Content> ParseContent(std::string_view name) {
  for (const Content content : {Content::kCode, Content::kDoc, Content::kText}) {
    if (ContentName(content) == name) return content;
  }
  return std::nullopt;
}

LanguageHint HintFromContent(std::string_view bytes) {
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  LanguageHint hint;
  hint.shebang = ShebangOf(bytes);
  if (hint.shebang == kUnknown && IsXml(bytes)) hint.shebang = kXml;
  if (hint.shebang == kUnknown && IsObjectiveC(bytes)) hint.shebang = kObjectiveC;
  hint.modeline = ModelineAtStart(bytes);
  if (hint.modeline == kUnknown) hint.modeline = ModelineAtEnd(bytes);
  return hint;
}

Language LanguageOfPath(std::string_view path) {
  const std::string_view name = FileName(path);
  const auto by_name = Find(FileNameTable(), name);
  if (by_name) return *by_name;
  const std::string_view extension = Extension(name);
  if (extension == "C" || extension == "H") return kCpp;
  return Find(ExtensionTable(), Lowered(extension)).value_or(kUnknown);
}

std::vector<std::string> FilePatternsOf(Language language) {
  std::vector<std::string> patterns;
  for (const LanguageSpelling& name : FileNameTable()) {
    if (name.language == language) patterns.emplace_back(name.text);
  }
  if (language == kCpp) patterns.insert(patterns.end(), {"*.C", "*.H"});
  for (const LanguageSpelling& extension : ExtensionTable()) {
    if (extension.language == language) patterns.push_back("*." + std::string(extension.text));
  }
  return patterns;
}

Language DetectLanguage(std::string_view path, LanguageHint hint, bool cpp_headers) {
  if (hint.modeline != kUnknown) return hint.modeline;
  const Language by_path = LanguageOfPath(path);
  const bool objective_c = hint.shebang == kObjectiveC;
  if (by_path == kC && Extension(FileName(path)) == "h") {
    if (objective_c) return kObjectiveC;
    if (cpp_headers) return kCpp;
  }
  // Translations of Qt programs (.ts) and mind maps (.mm).
  const bool else_code = by_path == kTypeScript || by_path == kObjectiveC;
  if (else_code && hint.shebang == kXml) return kXml;
  if (by_path != kUnknown) return by_path;
  return objective_c ? kUnknown : hint.shebang;
}

}  // namespace coppice
