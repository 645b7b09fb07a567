#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/format.h"
#include "base/language.h"
#include "indexer/parse/parser.h"
#include "indexer/parse/plain/content_check.h"
#include "tests/indexer/parse/facts_check.h"
#include "tests/support/golden.h"

// Chunks tile a file whatever it holds: files people wrote, and the same files damaged at random.
namespace coppice::indexer {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// Files of the folders that exist, every n-th, one language after the other and again, so that all
/// get their share of whatever time there is.
std::vector<fs::path> RealFiles(std::size_t per_language) {
  std::map<Language, std::vector<fs::path>> by_language;
  for (const fs::path& root : {coppice::test::SourceDir(), fs::path("/usr/include"),
                               fs::path("/usr/lib/python3"), fs::path("/usr/lib/python3.11"),
                               fs::path("/usr/share/nodejs"), fs::path("/usr/share/doc")}) {
    std::error_code error;
    for (fs::recursive_directory_iterator
             it(root, fs::directory_options::skip_permission_denied, error),
         end;
         it != end; it.increment(error)) {
      if (error) break;
      const std::string name = it->path().filename();
      if (it->is_directory(error) && (name == ".git" || name == "build")) {
        it.disable_recursion_pending();
        continue;
      }
      if (it->is_symlink(error) || !it->is_regular_file(error)) continue;
      const Language language = LanguageOfPath(it->path().string());
      if (language != Language::kUnknown) by_language[language].push_back(it->path());
    }
  }
  for (auto& [language, paths] : by_language) std::sort(paths.begin(), paths.end());
  std::vector<fs::path> files;
  for (std::size_t round = 0; round < per_language; ++round) {
    for (const auto& [language, paths] : by_language) {
      const std::size_t step = std::max<std::size_t>(1, paths.size() / per_language);
      if (round * step < paths.size()) files.push_back(paths[round * step]);
    }
  }
  return files;
}

std::string Damaged(std::string text, std::mt19937& random) {
  const auto pick = [&](std::size_t n) { return n == 0 ? 0 : random() % n; };
  constexpr std::array<std::string_view, 14> kPoison = {
      "{",    "}",        "(",  "\"",   "'''", "/*",      "\xF0\x9F\x98\x80",
      "\xC3", "\xFF\xFE", "\r", "\r\n", "`",   "#if 0\n", "\n```\n"};
  const std::size_t edits = 1 + pick(6);
  for (std::size_t i = 0; i < edits; ++i) {
    const std::size_t at = pick(text.size() + 1);
    switch (pick(5)) {
      case 0:
        text.insert(at, kPoison[pick(kPoison.size())]);
        break;
      case 1:
        text.erase(at, pick(200));
        break;
      case 2:
        text.insert(at, 1, '\0');
        break;
      case 3:
        if (at < text.size()) text[at] = static_cast<char>(random() & 0xFFU);
        break;
      default:
        text.insert(at, text.substr(pick(text.size()), pick(500)));
        break;
    }
  }
  return text;
}

TEST(TilingTest, FilesThatPeopleWrote) {
  Parser parser;
  std::size_t count = 0;
  for (const fs::path& path : RealFiles(60)) {
    const std::string text = coppice::test::ReadFile(path);
    if (text.size() > kMaxBlobBytes / 4) continue;
    const auto facts = parser.Parse(LanguageOfPath(path.string()), text);
    const std::string fault = coppice::test::FaultIn(text, facts);
    ASSERT_EQ(fault, "") << path;
    ++count;
  }
  EXPECT_GT(count, 100U);
}

TEST(TilingTest, DamagedFiles) {
  constexpr auto kTime = std::chrono::seconds(8);
  Parser parser;
  std::mt19937 random(20240229);  // NOLINT(cert-msc*): the same files each time
  const Clock::time_point end = Clock::now() + kTime;
  std::size_t count = 0;
  for (const fs::path& path : RealFiles(25)) {
    // This grammar never ends on some damaged texts. The pool's limit is what copes with it
    // (parser_pool_test); here nothing would stop it.
    if (LanguageOfPath(path.string()) == Language::kKotlin) continue;
    const std::string text = coppice::test::ReadFile(path);
    if (text.size() > 60'000) continue;
    for (int i = 0; i < 3; ++i) {
      const std::string damaged = Damaged(text, random);
      const auto facts = parser.Parse(LanguageOfPath(path.string()), damaged);
      ASSERT_EQ(coppice::test::FaultIn(damaged, facts), "") << path << " damaged, round " << i;
      ++count;
    }
    if (Clock::now() > end) break;
  }
  EXPECT_GT(count, 50U);
}

TEST(TilingTest, OddTexts) {
  const std::string enormous_line = "x = [" + std::string(50'000, 'y') + "]";
  const std::string wide = []() {
    std::string text;
    for (int i = 0; i < 3000; ++i) text += "\xE6\x97\xA5\xE6\x9C\xAC";  // no blank, no newline
    return text;
  }();
  const std::string deep = std::string(20'000, '(') + std::string(20'000, ')');
  const std::vector<std::string> texts = {"",
                                          "\n",
                                          "\xEF\xBB\xBF",
                                          "\xEF\xBB\xBFint x;\n",
                                          "int x;",
                                          "a\r\nb\r\n\r\nc",
                                          "a\rb\rc",
                                          "# a\r## b\r## c",
                                          "#\r# b\n\ntext\n",
                                          "a\nb\n---\r# c\n",
                                          std::string("int a;\0int b;\n", 14),
                                          "\xFF\xFE\xFD",
                                          "int \xC3\x28 = 1;\n",
                                          enormous_line,
                                          wide,
                                          deep,
                                          std::string(10'000, '\n')};
  Parser parser;
  for (const LanguageInfo& info : AllLanguages()) {
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const auto facts = parser.Parse(info.language, texts[i]);
      EXPECT_EQ(coppice::test::FaultIn(texts[i], facts), "") << info.name << ", text " << i;
      EXPECT_EQ(facts.chunks.empty(), texts[i].empty());
    }
  }
}

TEST(TilingTest, TheSameTextGivesTheSameFacts) {
  const std::string text =
      coppice::test::ReadFile(coppice::test::SourceDir() / "indexer/parse/symbols.cpp");
  Parser one;
  one.Parse(Language::kPython, text);  // what a parser did before leaves no trace
  Parser two;
  EXPECT_EQ(one.Parse(Language::kCpp, text), two.Parse(Language::kCpp, text));
}

}  // namespace
}  // namespace coppice::indexer
