#include "client/highlight_language.h"

#include <array>

namespace coppice::client {
namespace {

using Words = std::string_view;

constexpr std::array<Words, 38> kCKeywords = {
    "NULL",    "auto",  "bool",     "break",  "case",     "char",   "const",    "continue",
    "default", "do",    "double",   "else",   "enum",     "extern", "false",    "float",
    "for",     "goto",  "if",       "inline", "int",      "long",   "register", "restrict",
    "return",  "short", "signed",   "sizeof", "static",   "struct", "switch",   "true",
    "typedef", "union", "unsigned", "void",   "volatile", "while"};

constexpr std::array<Words, 81> kCppKeywords = {
    "alignas",   "alignof",       "auto",         "bool",      "break",
    "case",      "catch",         "char",         "char16_t",  "char32_t",
    "char8_t",   "class",         "co_await",     "co_return", "co_yield",
    "concept",   "const",         "const_cast",   "consteval", "constexpr",
    "constinit", "continue",      "decltype",     "default",   "delete",
    "do",        "double",        "dynamic_cast", "else",      "enum",
    "explicit",  "export",        "extern",       "false",     "final",
    "float",     "for",           "friend",       "goto",      "if",
    "inline",    "int",           "long",         "mutable",   "namespace",
    "new",       "noexcept",      "nullptr",      "operator",  "override",
    "private",   "protected",     "public",       "register",  "reinterpret_cast",
    "requires",  "return",        "short",        "signed",    "sizeof",
    "static",    "static_assert", "static_cast",  "struct",    "switch",
    "template",  "this",          "thread_local", "throw",     "true",
    "try",       "typedef",       "typeid",       "typename",  "union",
    "unsigned",  "using",         "virtual",      "void",      "volatile",
    "while"};

constexpr std::array<Words, 37> kPythonKeywords = {
    "False",   "None",  "True",     "and",    "as",   "assert", "async", "await",
    "break",   "class", "continue", "def",    "del",  "elif",   "else",  "except",
    "finally", "for",   "from",     "global", "if",   "import", "in",    "is",
    "lambda",  "match", "nonlocal", "not",    "or",   "pass",   "raise", "return",
    "self",    "try",   "while",    "with",   "yield"};

constexpr std::array<Words, 46> kJavaScriptKeywords = {
    "as",        "async",      "await",   "break",  "case",     "catch", "class",  "const",
    "continue",  "debugger",   "default", "delete", "do",       "else",  "export", "extends",
    "false",     "finally",    "for",     "from",   "function", "get",   "if",     "import",
    "in",        "instanceof", "let",     "new",    "null",     "of",    "return", "set",
    "static",    "super",      "switch",  "this",   "throw",    "true",  "try",    "typeof",
    "undefined", "var",        "void",    "while",  "with",     "yield"};

constexpr std::array<Words, 69> kTypeScriptKeywords = {
    "abstract",   "any",     "as",        "asserts",   "async",      "await",     "boolean",
    "break",      "case",    "catch",     "class",     "const",      "continue",  "declare",
    "default",    "delete",  "do",        "else",      "enum",       "export",    "extends",
    "false",      "finally", "for",       "from",      "function",   "get",       "if",
    "implements", "import",  "in",        "infer",     "instanceof", "interface", "is",
    "keyof",      "let",     "namespace", "never",     "new",        "null",      "number",
    "object",     "of",      "private",   "protected", "public",     "readonly",  "return",
    "satisfies",  "set",     "static",    "string",    "super",      "switch",    "symbol",
    "this",       "throw",   "true",      "try",       "type",       "typeof",    "undefined",
    "unknown",    "var",     "void",      "while",     "with",       "yield"};

constexpr std::array<Words, 46> kGoKeywords = {
    "any",      "append",  "bool",      "break",  "byte",   "case",        "chan",   "const",
    "continue", "default", "defer",     "else",   "error",  "fallthrough", "false",  "float32",
    "float64",  "for",     "func",      "go",     "goto",   "if",          "import", "int",
    "int32",    "int64",   "interface", "iota",   "len",    "make",        "map",    "nil",
    "package",  "range",   "return",    "rune",   "select", "string",      "struct", "switch",
    "true",     "type",    "uint",      "uint32", "uint64", "var"};

constexpr std::array<Words, 47> kRustKeywords = {
    "Self", "as",     "async",  "await",  "bool",  "break", "const", "continue", "crate", "dyn",
    "else", "enum",   "extern", "false",  "fn",    "for",   "i32",   "i64",      "if",    "impl",
    "in",   "let",    "loop",   "match",  "mod",   "move",  "mut",   "pub",      "ref",   "return",
    "self", "static", "str",    "struct", "super", "trait", "true",  "type",     "u32",   "u64",
    "u8",   "union",  "unsafe", "use",    "usize", "where", "while"};

constexpr std::array<Words, 58> kJavaKeywords = {
    "abstract",  "assert",    "boolean", "break",      "byte",         "case",       "catch",
    "char",      "class",     "const",   "continue",   "default",      "do",         "double",
    "else",      "enum",      "extends", "false",      "final",        "finally",    "float",
    "for",       "goto",      "if",      "implements", "import",       "instanceof", "int",
    "interface", "long",      "native",  "new",        "null",         "package",    "permits",
    "private",   "protected", "public",  "record",     "return",       "sealed",     "short",
    "static",    "strictfp",  "super",   "switch",     "synchronized", "this",       "throw",
    "throws",    "transient", "true",    "try",        "var",          "void",       "volatile",
    "while",     "yield"};

constexpr std::array<Words, 30> kBashKeywords = {
    "break",  "case", "continue", "declare",  "do",     "done",   "elif", "else",
    "esac",   "eval", "exec",     "exit",     "export", "fi",     "for",  "function",
    "if",     "in",   "local",    "readonly", "return", "select", "set",  "shift",
    "source", "then", "trap",     "unset",    "until",  "while"};

constexpr std::array<Words, 7> kDataKeywords = {"false", "no", "null", "off", "on", "true", "yes"};

constexpr std::array<LanguageSyntax, 13> kLanguages = {{
    {"c", "//", "/*", "*/", "\"'", "", false, true, false, false, kCKeywords},
    {"cpp", "//", "/*", "*/", "\"'", "", false, true, false, false, kCppKeywords},
    {"python", "#", "", "", "\"'", "", true, false, false, false, kPythonKeywords},
    {"javascript", "//", "/*", "*/", "\"'`", "`", false, false, false, false, kJavaScriptKeywords},
    {"typescript", "//", "/*", "*/", "\"'`", "`", false, false, false, false, kTypeScriptKeywords},
    {"tsx", "//", "/*", "*/", "\"'`", "`", false, false, false, false, kTypeScriptKeywords},
    {"go", "//", "/*", "*/", "\"'`", "`", false, false, false, false, kGoKeywords},
    {"rust", "//", "/*", "*/", "\"'", "\"", false, false, true, false, kRustKeywords},
    {"java", "//", "/*", "*/", "\"'", "", true, false, false, false, kJavaKeywords},
    {"bash", "#", "", "", "\"'", "\"'", false, false, false, true, kBashKeywords},
    {"json", "", "", "", "\"", "", false, false, false, false, kDataKeywords},
    {"yaml", "#", "", "", "\"'", "", false, false, false, true, kDataKeywords},
    {"toml", "#", "", "", "\"'", "", true, false, false, false, kDataKeywords},
}};

}  // namespace

const LanguageSyntax* FindLanguageSyntax(std::string_view name) {
  for (const LanguageSyntax& language : kLanguages) {
    if (language.name == name) return &language;
  }
  return nullptr;
}

}  // namespace coppice::client
