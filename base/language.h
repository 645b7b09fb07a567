#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace coppice {

/// The languages Coppice tells apart. Values are stored: never renumbered, never reused.
enum class Language : std::int16_t {
  kUnknown = 0,
  kC = 1,
  kCpp = 2,
  kPython = 3,
  kMarkdown = 4,
  kJavaScript = 5,
  kTypeScript = 6,
  kTsx = 7,
  kGo = 8,
  kRust = 9,
  kJava = 10,
  kBash = 11,
  kJson = 12,
  kYaml = 13,
  kToml = 14,
  kCSharp = 15,
  kPhp = 16,
  kRuby = 17,
  kKotlin = 18,
  kSwift = 19,
  kLua = 20,
  kScala = 21,
  kDart = 22,
  kObjectiveC = 23,
  kPowerShell = 24,
  kGroovy = 25,
  kR = 26,
  kPerl = 27,
  kZig = 28,
  kHtml = 40,
  kCss = 41,
  kScss = 42,
  kSql = 43,
  kMake = 44,
  kHcl = 46,
  kHaskell = 47,
  kOcaml = 48,
  kOcamlInterface = 49,
  kElixir = 50,
  kElm = 51,
  kJulia = 52,
  kVerilog = 53,
  kVue = 54,
  kSvelte = 55,
  kXml = 56,
  kNix = 57,
  kPascal = 58,
  kSolidity = 59,
  kD = 60,
  kFsharp = 61,
};

/// What a hit holds, for `--content`.
enum class Content : std::int16_t { kCode = 0, kDoc = 1, kText = 2 };

struct LanguageInfo {
  Language language;
  std::string_view name;  // as `--lang` and JSON spell it: "cpp"
  Content content;
};

std::span<const LanguageInfo> AllLanguages();
std::string_view LanguageName(Language language);              // "unknown" for kUnknown
std::optional<Language> ParseLanguage(std::string_view name);  // aliases too: "c++", "py"
Content ContentOf(Language language);
std::string_view ContentName(Content content);
std::optional<Content> ParseContent(std::string_view name);

/// What the bytes of a file say about its language whatever its path is: a modeline (vim, emacs)
/// and a shebang. Kept per blob; both kUnknown for most. `shebang` is also kObjectiveC where the
/// text declares a class or a protocol as Objective-C does, and kXml where it is XML: the name of a
/// header, of a translation or of a mind map does not tell.
struct LanguageHint {
  Language modeline = Language::kUnknown;
  Language shebang = Language::kUnknown;
  friend bool operator==(const LanguageHint&, const LanguageHint&) = default;
};
LanguageHint HintFromContent(std::string_view bytes);

/// The language of one file: modeline, then file name, then extension, then shebang.
/// `path` is bytes, '/'-separated. `.h` is Objective-C if its text says so, else C++ when
/// `cpp_headers` (the tree holds C++ sources); `.ts` and `.mm` are XML if their text says
/// so.
Language DetectLanguage(std::string_view path, LanguageHint hint, bool cpp_headers);
/// How files of a language are named, for people to read: "Makefile", "*.mk".
std::vector<std::string> FilePatternsOf(Language language);
/// By name and extension alone; kUnknown where they say nothing. `.h` gives kC.
Language LanguageOfPath(std::string_view path);

}  // namespace coppice
