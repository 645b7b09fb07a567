#include <algorithm>
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/format.h"
#include "base/language.h"
#include "indexer/parse/grammar.h"
#include "indexer/parse/parser.h"
#include "tests/support/golden.h"

// docs/languages.md is made here from the tables and the golden files: COPPICE_REWRITE_GOLDEN=1.
namespace coppice::indexer {
namespace {

namespace fs = std::filesystem;

std::string Read(std::string_view path) { return test::ReadFile(test::SourceDir() / path); }

/// What `expression` captures first, by what it captures second, for each match in a file.
std::map<std::string, std::string> Captures(std::string_view path, const char* expression) {
  const std::string text = Read(path);
  const std::regex pattern(expression);
  std::map<std::string, std::string> found;
  for (std::sregex_iterator it(text.begin(), text.end(), pattern), end; it != end; ++it) {
    found[(*it)[1]] = (*it)[2];
  }
  return found;
}

/// "tree-sitter-go 0.25.0" for each language, as the tables of the sources and of the build say.
std::map<std::string, std::string> Packages() {
  const auto enumerators =
      Captures("base/language_tables.cpp", R"re(LanguageInfo\{\s*(k\w+),\s*"([^"]+)")re");
  const auto grammars = Captures("indexer/parse/grammar.cpp",
                                 R"re(Entry\{\s*Language::(k\w+),\s*tree_sitter_(\w+))re");
  const auto folders = Captures("third_party/CMakeLists.txt", R"re("(\w+) (@?[\w./-]+)[^"]*")re");
  const auto versions =
      Captures("third_party/grammars/package.json", R"re("(@?[\w./-]+)": "(\d[^"]*)")re");
  std::map<std::string, std::string> packages;
  for (const auto& [enumerator, name] : enumerators) {
    const auto grammar = grammars.find(enumerator);
    if (grammar == grammars.end()) continue;
    const auto folder = folders.find(grammar->second);
    if (folder == folders.end()) continue;
    for (const auto& [package, version] : versions) {
      if (folder->second == package || folder->second.starts_with(package + "/")) {
        packages[name] = package + " " + version;
      }
    }
  }
  return packages;
}

/// What the golden files of a language show.
struct Shown {
  std::set<store::SymbolKind> kinds;
  std::set<store::ReferenceKind> uses;
  std::set<Language> parts;
  bool documented = false;
};

/// The languages of the parts that the rules find in a text.
std::set<Language> PartsOf(const Grammar& grammar, const std::string& text) {
  std::set<Language> languages;
  if (grammar.rules().inject == nullptr) return languages;
  TSParser* parser = ts_parser_new();
  ts_parser_set_language(parser, grammar.language());
  const TreePtr tree(ts_parser_parse_string(parser, nullptr, text.data(),
                                            static_cast<std::uint32_t>(text.size())));
  std::vector<Injection> injections;
  grammar.rules().inject(text, ts_tree_root_node(tree.get()), injections);
  ts_parser_delete(parser);
  for (const Injection& injection : injections) languages.insert(injection.language);
  return languages;
}

Shown ReadGolden(Parser& parser, const LanguageInfo& info) {
  Shown shown;
  const fs::path folder = test::SourceDir() / "tests/golden/parse" / info.name;
  EXPECT_TRUE(fs::is_directory(folder)) << info.name << " has no golden file";
  if (!fs::is_directory(folder)) return shown;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".facts") continue;
    const std::string text = test::ReadFile(entry.path());
    const store::BlobFacts facts = parser.Parse(info.language, text);
    for (const store::Definition& definition : facts.definitions) {
      shown.kinds.insert(definition.kind);
      shown.documented = shown.documented || !definition.doc.empty();
    }
    for (const store::Reference& use : facts.references) shown.uses.insert(use.kind);
    shown.parts.merge(PartsOf(MakeGrammar(info.language), text));
  }
  return shown;
}

std::string Joined(const std::vector<std::string>& words) {
  return words.empty() ? std::string("-") : fmt::format("{}", fmt::join(words, ", "));
}

std::string Kinds(const Shown& shown) {
  std::vector<std::string> words;
  for (const store::SymbolKind kind : shown.kinds) words.emplace_back(SymbolKindName(kind));
  return Joined(words);
}

std::string Uses(const Shown& shown) {
  std::vector<std::string> words;
  if (shown.uses.contains(store::ReferenceKind::kCall)) words.emplace_back("calls");
  if (shown.uses.contains(store::ReferenceKind::kType)) words.emplace_back("names");
  if (shown.uses.contains(store::ReferenceKind::kImport)) words.emplace_back("imports");
  return Joined(words);
}

std::string Files(Language language) {
  std::vector<std::string> words;
  for (const std::string& pattern : FilePatternsOf(language)) words.push_back("`" + pattern + "`");
  return Joined(words);
}

constexpr std::string_view kHead =
    R"(# Languages

Made from the tables and the golden files in `tests/golden/parse/` by `tests/indexer/parse/languages_page_test.cpp`:
`COPPICE_REWRITE_GOLDEN=1 ctest -R parse_test`. A kind stands here when the golden file of its language shows it. A file
without one of these names may say its language in its first line (`#!`) or in a modeline of vim or emacs. Text in
any other language is cut by lines.

Uses: calls of functions and macros, names of types, variables and other things, imports of files and modules.
)";

TEST(LanguagesPageTest, IsCurrent) {
  Parser parser;
  const auto packages = Packages();
  std::string defining;
  std::string embedding;
  std::string cutting;
  int count = 0;
  std::vector<LanguageInfo> languages(AllLanguages().begin(), AllLanguages().end());
  std::sort(languages.begin(), languages.end(),
            [](const LanguageInfo& a, const LanguageInfo& b) { return a.name < b.name; });
  for (const LanguageInfo& info : languages) {
    if (info.language == Language::kUnknown) continue;
    const std::string name(info.name);
    const auto package = packages.find(name);
    ASSERT_NE(package, packages.end()) << name << ": its grammar's package was not found";
    const Shown shown = ReadGolden(parser, info);
    const LanguageRules& rules = MakeGrammar(info.language).rules();
    const bool defines = !rules.definitions.empty() || rules.extract != nullptr;
    const std::string row =
        fmt::format("| {} | {} | {} |", name, Files(info.language), package->second);
    if (defines) {
      EXPECT_FALSE(shown.kinds.empty()) << name << ": its golden file shows no definition";
      if (rules.extract == nullptr) {
        EXPECT_TRUE(shown.documented) << name << ": its golden file shows no documentation";
        EXPECT_FALSE(shown.uses.empty()) << name << ": its golden file shows no use";
      }
      defining += fmt::format("{} {} | {} | {} |\n", row, Kinds(shown), Uses(shown),
                              shown.documented ? "yes" : "-");
      ++count;
    } else {
      cutting += row + "\n";
    }
    if (rules.inject == nullptr) continue;
    std::vector<std::string> parts;
    for (const Language part : shown.parts) parts.emplace_back(LanguageName(part));
    std::sort(parts.begin(), parts.end());
    embedding += fmt::format("| {} | {} | {} |\n", name, Joined(parts),
                             defines ? "uses" : "definitions, uses, docs");
  }
  const std::string page = fmt::format(
      "{}\n## Definitions: {} languages\n\n| language | files | grammar | definitions | uses | "
      "docs "
      "|\n|---|---|---|---|---|---|\n{}\n## Only chunks\n\nThe grammar tells where to cut; nothing "
      "is defined but in parts in other languages.\n\n| language | files | grammar "
      "|\n|---|---|---|\n"
      "{}\n## Parts in other languages\n\nWhich language a part is in is read off its tag or its "
      "fence; each of the languages above may be named.\n\n| in | shown by its golden file | gives "
      "|\n|---|---|---|\n{}",
      kHead, count, defining, cutting, embedding);
  test::CheckGolden(page, test::SourceDir() / "docs/languages.md");
}

}  // namespace
}  // namespace coppice::indexer
