#pragma once

#include <span>
#include <string_view>

#include "base/language.h"

// How languages are spelled, as data; base/language.cpp reads it.
namespace coppice {

struct LanguageSpelling {
  std::string_view text;
  Language language;
};

std::span<const LanguageInfo> LanguageTable();
/// What people, modelines and info strings call a language, in small letters.
std::span<const LanguageSpelling> AliasTable();
/// Whole file names, as written.
std::span<const LanguageSpelling> FileNameTable();
/// Extensions in small letters, without the dot.
std::span<const LanguageSpelling> ExtensionTable();
/// Programs that a shebang names.
std::span<const LanguageSpelling> InterpreterTable();

}  // namespace coppice
