#include "base/language.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <utility>

namespace coppice {
namespace {

using enum Language;

constexpr std::array kLanguages = {
    LanguageInfo{kUnknown, "unknown", Content::kText},
    LanguageInfo{kC, "c", Content::kCode},
    LanguageInfo{kCpp, "cpp", Content::kCode},
    LanguageInfo{kPython, "python", Content::kCode},
    LanguageInfo{kMarkdown, "markdown", Content::kDoc},
    LanguageInfo{kJavaScript, "javascript", Content::kCode},
    LanguageInfo{kTypeScript, "typescript", Content::kCode},
    LanguageInfo{kTsx, "tsx", Content::kCode},
    LanguageInfo{kGo, "go", Content::kCode},
    LanguageInfo{kRust, "rust", Content::kCode},
    LanguageInfo{kJava, "java", Content::kCode},
    LanguageInfo{kBash, "bash", Content::kCode},
    LanguageInfo{kJson, "json", Content::kText},
    LanguageInfo{kYaml, "yaml", Content::kText},
    LanguageInfo{kToml, "toml", Content::kText},
    LanguageInfo{kCSharp, "csharp", Content::kCode},
    LanguageInfo{kPhp, "php", Content::kCode},
    LanguageInfo{kRuby, "ruby", Content::kCode},
    LanguageInfo{kKotlin, "kotlin", Content::kCode},
    LanguageInfo{kLua, "lua", Content::kCode},
    LanguageInfo{kSwift, "swift", Content::kCode},
    LanguageInfo{kScala, "scala", Content::kCode},
    LanguageInfo{kDart, "dart", Content::kCode},
    LanguageInfo{kObjectiveC, "objc", Content::kCode},
    LanguageInfo{kPowerShell, "powershell", Content::kCode},
    LanguageInfo{kGroovy, "groovy", Content::kCode},
    LanguageInfo{kR, "r", Content::kCode},
    LanguageInfo{kPerl, "perl", Content::kCode},
    LanguageInfo{kZig, "zig", Content::kCode},
    LanguageInfo{kCss, "css", Content::kCode},
    LanguageInfo{kScss, "scss", Content::kCode},
    LanguageInfo{kMake, "make", Content::kCode},
    LanguageInfo{kHcl, "hcl", Content::kCode},
    LanguageInfo{kElm, "elm", Content::kCode},
    LanguageInfo{kNix, "nix", Content::kCode},
    LanguageInfo{kSql, "sql", Content::kCode},
    LanguageInfo{kHaskell, "haskell", Content::kCode},
    LanguageInfo{kOcaml, "ocaml", Content::kCode},
    LanguageInfo{kOcamlInterface, "ocaml-interface", Content::kCode},
    LanguageInfo{kElixir, "elixir", Content::kCode},
    LanguageInfo{kJulia, "julia", Content::kCode},
    LanguageInfo{kVerilog, "verilog", Content::kCode},
    LanguageInfo{kHtml, "html", Content::kDoc},
    LanguageInfo{kVue, "vue", Content::kCode},
    LanguageInfo{kSvelte, "svelte", Content::kCode},
    LanguageInfo{kXml, "xml", Content::kText},
    LanguageInfo{kPascal, "pascal", Content::kCode},
    LanguageInfo{kSolidity, "solidity", Content::kCode},
    LanguageInfo{kD, "d", Content::kCode},
    LanguageInfo{kFsharp, "fsharp", Content::kCode},
};

struct Spelling {
  std::string_view text;
  Language language;
};

/// What people, vim's `ft=`, emacs' `-*- mode -*-` and info strings call a language, in small
/// letters.
constexpr auto kAliases = std::to_array<Spelling>({
    {"c++", kCpp},
    {"cc", kCpp},
    {"cxx", kCpp},
    {"hpp", kCpp},
    {"py", kPython},
    {"python3", kPython},
    {"md", kMarkdown},
    {"gfm", kMarkdown},
    {"js", kJavaScript},
    {"node", kJavaScript},
    {"nodejs", kJavaScript},
    {"jsx", kJavaScript},
    {"js2", kJavaScript},
    {"javascriptreact", kJavaScript},
    {"ts", kTypeScript},
    {"typescriptreact", kTsx},
    {"golang", kGo},
    {"rs", kRust},
    {"sh", kBash},
    {"shell", kBash},
    {"shell-script", kBash},
    {"zsh", kBash},
    {"jsonc", kJson},
    {"yml", kYaml},
    {"cs", kCSharp},
    {"c#", kCSharp},
    {"php3", kPhp},
    {"php5", kPhp},
    {"rb", kRuby},
    {"jruby", kRuby},
    {"rake", kRuby},
    {"kt", kKotlin},
    {"kts", kKotlin},
    {"sc", kScala},
    {"flutter", kDart},
    {"objective-c", kObjectiveC},
    {"objectivec", kObjectiveC},
    {"obj-c", kObjectiveC},
    {"objcpp", kObjectiveC},
    {"objc++", kObjectiveC},
    {"objective-c++", kObjectiveC},
    {"ps1", kPowerShell},
    {"pwsh", kPowerShell},
    {"posh", kPowerShell},
    {"gradle", kGroovy},
    {"jenkinsfile", kGroovy},
    {"rscript", kR},
    {"rlang", kR},
    {"ess-r", kR},
    {"pl", kPerl},
    {"cperl", kPerl},
    {"makefile", kMake},
    {"gmake", kMake},
    {"bsdmake", kMake},
    {"makefile-gmake", kMake},
    {"terraform", kHcl},
    {"tf", kHcl},
    {"postgresql", kSql},
    {"mysql", kSql},
    {"plpgsql", kSql},
    {"pgsql", kSql},
    {"hs", kHaskell},
    {"tuareg", kOcaml},
    {"caml", kOcaml},
    {"mli", kOcamlInterface},
    {"ex", kElixir},
    {"jl", kJulia},
    {"systemverilog", kVerilog},
    {"sv", kVerilog},
    {"htm", kHtml},
    {"xhtml", kHtml},
    {"nxml", kXml},
    {"xsd", kXml},
    {"svg", kXml},
    {"delphi", kPascal},
    {"objectpascal", kPascal},
    {"sol", kSolidity},
    {"dlang", kD},
    {"f#", kFsharp},
    {"fs", kFsharp},
});

/// Whole file names, as written.
constexpr auto kNames = std::to_array<Spelling>({
    {".bash_aliases", kBash}, {".bash_logout", kBash},  {".bash_profile", kBash},
    {".bashrc", kBash},       {".profile", kBash},      {"PKGBUILD", kBash},
    {"APKBUILD", kBash},      {"SConscript", kPython},  {"SConstruct", kPython},
    {"wscript", kPython},     {"DEPS", kPython},        {"Jakefile", kJavaScript},
    {"Cargo.lock", kToml},    {"Pipfile", kToml},       {"poetry.lock", kToml},
    {"uv.lock", kToml},       {".babelrc", kJson},      {".eslintrc", kJson},
    {".prettierrc", kJson},   {".jshintrc", kJson},     {"Pipfile.lock", kJson},
    {"composer.lock", kJson}, {"flake.lock", kJson},    {".clang-format", kYaml},
    {".clang-tidy", kYaml},   {".clangd", kYaml},       {"contents.lr", kMarkdown},
    {"Gemfile", kRuby},       {"Rakefile", kRuby},      {"Guardfile", kRuby},
    {"Podfile", kRuby},       {"Vagrantfile", kRuby},   {"Capfile", kRuby},
    {"Brewfile", kRuby},      {"Fastfile", kRuby},      {".irbrc", kRuby},
    {".luacheckrc", kLua},    {"Jenkinsfile", kGroovy}, {".Rprofile", kR},
    {"cpanfile", kPerl},      {"Makefile.PL", kPerl},   {"Build.PL", kPerl},
    {"Makefile", kMake},      {"makefile", kMake},      {"GNUmakefile", kMake},
    {"BSDmakefile", kMake},   {"Makefile.am", kMake},   {"Makefile.in", kMake},
    {"Kbuild", kMake},        {".ocamlinit", kOcaml},   {"mix.lock", kElixir},
});

/// Extensions in small letters, without the dot. `C` and `H` in capitals are C++ by old habit.
constexpr auto kExtensions = std::to_array<Spelling>({
    {"c", kC},
    {"h", kC},
    {"idc", kC},
    {"cc", kCpp},
    {"cpp", kCpp},
    {"cxx", kCpp},
    {"c++", kCpp},
    {"cppm", kCpp},
    {"ixx", kCpp},
    {"hh", kCpp},
    {"hpp", kCpp},
    {"hxx", kCpp},
    {"h++", kCpp},
    {"inl", kCpp},
    {"ipp", kCpp},
    {"tcc", kCpp},
    {"tpp", kCpp},
    {"txx", kCpp},
    {"cu", kCpp},
    {"cuh", kCpp},
    {"ino", kCpp},
    {"py", kPython},
    {"pyi", kPython},
    {"pyw", kPython},
    {"pyx", kPython},
    {"bzl", kPython},
    {"gyp", kPython},
    {"gypi", kPython},
    {"wsgi", kPython},
    {"md", kMarkdown},
    {"markdown", kMarkdown},
    {"mkd", kMarkdown},
    {"mkdn", kMarkdown},
    {"mdown", kMarkdown},
    {"mdx", kMarkdown},
    {"livemd", kMarkdown},
    {"js", kJavaScript},
    {"cjs", kJavaScript},
    {"mjs", kJavaScript},
    {"jsx", kJavaScript},
    {"es6", kJavaScript},
    {"jsm", kJavaScript},
    {"ts", kTypeScript},
    {"cts", kTypeScript},
    {"mts", kTypeScript},
    {"tsx", kTsx},
    {"go", kGo},
    {"rs", kRust},
    {"java", kJava},
    {"sh", kBash},
    {"bash", kBash},
    {"zsh", kBash},
    {"ksh", kBash},
    {"bats", kBash},
    {"ebuild", kBash},
    {"eclass", kBash},
    {"json", kJson},
    {"jsonc", kJson},
    {"json5", kJson},
    {"geojson", kJson},
    {"webmanifest", kJson},
    {"ipynb", kJson},
    {"jsonl", kJson},
    {"har", kJson},
    {"yml", kYaml},
    {"yaml", kYaml},
    {"toml", kToml},
    {"cs", kCSharp},
    {"csx", kCSharp},
    {"cake", kCSharp},
    {"php", kPhp},
    {"phtml", kPhp},
    {"php3", kPhp},
    {"php4", kPhp},
    {"php5", kPhp},
    {"php7", kPhp},
    {"phps", kPhp},
    {"rb", kRuby},
    {"rake", kRuby},
    {"gemspec", kRuby},
    {"ru", kRuby},
    {"rbw", kRuby},
    {"podspec", kRuby},
    {"jbuilder", kRuby},
    {"thor", kRuby},
    {"kt", kKotlin},
    {"kts", kKotlin},
    {"ktm", kKotlin},
    {"lua", kLua},
    {"rockspec", kLua},
    {"nse", kLua},
    {"swift", kSwift},
    {"swiftinterface", kSwift},
    {"scala", kScala},
    {"sc", kScala},
    {"sbt", kScala},
    {"mill", kScala},
    {"dart", kDart},
    {"m", kObjectiveC},
    {"mm", kObjectiveC},
    {"ps1", kPowerShell},
    {"psm1", kPowerShell},
    {"psd1", kPowerShell},
    {"groovy", kGroovy},
    {"gradle", kGroovy},
    {"gvy", kGroovy},
    {"gy", kGroovy},
    {"gsh", kGroovy},
    {"jenkinsfile", kGroovy},
    {"r", kR},
    {"rprofile", kR},
    {"pl", kPerl},
    {"pm", kPerl},
    {"perl", kPerl},
    {"psgi", kPerl},
    {"cgi", kPerl},
    {"zig", kZig},
    {"zon", kZig},
    {"css", kCss},
    {"pcss", kCss},
    {"scss", kScss},
    {"mk", kMake},
    {"mak", kMake},
    {"tf", kHcl},
    {"tfvars", kHcl},
    {"hcl", kHcl},
    {"nomad", kHcl},
    {"elm", kElm},
    {"nix", kNix},
    {"sql", kSql},
    {"ddl", kSql},
    {"dml", kSql},
    {"psql", kSql},
    {"pgsql", kSql},
    {"hs", kHaskell},
    {"hs-boot", kHaskell},
    {"hsig", kHaskell},
    {"ml", kOcaml},
    {"mli", kOcamlInterface},
    {"ex", kElixir},
    {"exs", kElixir},
    {"jl", kJulia},
    {"v", kVerilog},
    {"vh", kVerilog},
    {"sv", kVerilog},
    {"svh", kVerilog},
    {"html", kHtml},
    {"htm", kHtml},
    {"xhtml", kHtml},
    {"vue", kVue},
    {"svelte", kSvelte},
    {"xml", kXml},
    {"xsd", kXml},
    {"xsl", kXml},
    {"xslt", kXml},
    {"svg", kXml},
    {"wsdl", kXml},
    {"plist", kXml},
    {"xaml", kXml},
    {"csproj", kXml},
    {"vcxproj", kXml},
    {"rss", kXml},
    {"atom", kXml},
    {"pas", kPascal},
    {"dpr", kPascal},
    {"lpr", kPascal},
    {"sol", kSolidity},
    {"d", kD},
    {"di", kD},
    {"fs", kFsharp},
    {"fsx", kFsharp},
});

constexpr auto kInterpreters = std::to_array<Spelling>({
    {"sh", kBash},
    {"bash", kBash},
    {"dash", kBash},
    {"ksh", kBash},
    {"ash", kBash},
    {"zsh", kBash},
    {"bats", kBash},
    {"python", kPython},
    {"pypy", kPython},
    {"node", kJavaScript},
    {"nodejs", kJavaScript},
    {"deno", kTypeScript},
    {"bun", kTypeScript},
    {"ts-node", kTypeScript},
    {"tsx", kTypeScript},
    {"rust-script", kRust},
    {"gorun", kGo},
    {"dotnet-script", kCSharp},
    {"php", kPhp},
    {"ruby", kRuby},
    {"jruby", kRuby},
    {"rake", kRuby},
    {"kotlin", kKotlin},
    {"lua", kLua},
    {"luajit", kLua},
    {"texlua", kLua},
    {"swift", kSwift},
    {"scala", kScala},
    {"amm", kScala},
    {"dart", kDart},
    {"pwsh", kPowerShell},
    {"powershell", kPowerShell},
    {"groovy", kGroovy},
    {"Rscript", kR},
    {"littler", kR},
    {"perl", kPerl},
    {"make", kMake},
    {"gmake", kMake},
    {"nix-shell", kNix},
    {"runhaskell", kHaskell},
    {"runghc", kHaskell},
    {"ocaml", kOcaml},
    {"elixir", kElixir},
    {"julia", kJulia},
    {"instantfpc", kPascal},
    {"rdmd", kD},
    {"dmd", kD},
    {"fsi", kFsharp},
});

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

std::optional<Language> Find(std::span<const Spelling> table, std::string_view text) {
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const Spelling& entry) { return entry.text == text; });
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
    const auto exact = Find(kInterpreters, word);
    if (exact) return *exact;
    while (!word.empty() && (word.back() == '.' || (word.back() >= '0' && word.back() <= '9'))) {
      word.remove_suffix(1);
    }
    return Find(kInterpreters, word).value_or(kUnknown);
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

std::span<const LanguageInfo> AllLanguages() { return kLanguages; }

std::string_view LanguageName(Language language) {
  for (const LanguageInfo& info : kLanguages) {
    if (info.language == language) return info.name;
  }
  return "unknown";
}

std::optional<Language> ParseLanguage(std::string_view name) {
  const std::string lowered = Lowered(name);
  for (const LanguageInfo& info : kLanguages) {
    if (info.language != kUnknown && info.name == lowered) return info.language;
  }
  return Find(kAliases, lowered);
}

Content ContentOf(Language language) {
  for (const LanguageInfo& info : kLanguages) {
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
  if (hint.shebang == kUnknown && IsObjectiveC(bytes)) hint.shebang = kObjectiveC;
  hint.modeline = ModelineAtStart(bytes);
  if (hint.modeline == kUnknown) hint.modeline = ModelineAtEnd(bytes);
  return hint;
}

Language LanguageOfPath(std::string_view path) {
  const std::string_view name = FileName(path);
  const auto by_name = Find(kNames, name);
  if (by_name) return *by_name;
  const std::string_view extension = Extension(name);
  if (extension == "C" || extension == "H") return kCpp;
  return Find(kExtensions, Lowered(extension)).value_or(kUnknown);
}

std::vector<std::string> FilePatternsOf(Language language) {
  std::vector<std::string> patterns;
  for (const Spelling& name : kNames) {
    if (name.language == language) patterns.emplace_back(name.text);
  }
  if (language == kCpp) patterns.insert(patterns.end(), {"*.C", "*.H"});
  for (const Spelling& extension : kExtensions) {
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
  if (by_path != kUnknown) return by_path;
  return objective_c ? kUnknown : hint.shebang;
}

}  // namespace coppice
