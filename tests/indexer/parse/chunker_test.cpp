#include "indexer/parse/chunker.h"

#include <string>

#include <gtest/gtest.h>

#include "base/format.h"
#include "indexer/parse/parser.h"
#include "indexer/parse/plain/line_chunker.h"
#include "tests/indexer/parse/facts_check.h"

namespace coppice::indexer {
namespace {

/// "1-3 f | 4-9 g": lines and symbol of each chunk.
std::string Chunks(Language language, const std::string& text) {
  Parser parser;
  const store::BlobFacts facts = parser.Parse(language, text);
  EXPECT_EQ(test::FaultIn(text, facts), "");
  std::string out;
  for (const store::Chunk& chunk : facts.chunks) {
    if (!out.empty()) out += " | ";
    out += fmt::format("{}-{} {}", chunk.lines.first, chunk.lines.last,
                       chunk.definition < 0
                           ? std::string("-")
                           : facts.definitions[static_cast<std::size_t>(chunk.definition)].symbol);
  }
  return out;
}

/// A function of so many lines of 20 bytes, between its head and its end.
std::string Function(const std::string& name, int lines) {
  std::string text = "int " + name + "(int a) {\n";
  for (int i = 0; i < lines; ++i) text += "  a = step(a, 10);\n\n";
  return text + "}\n";
}

TEST(ChunkerTest, AFunctionIsOneChunk) {
  EXPECT_EQ(Chunks(Language::kC, Function("f", 20) + "\n" + Function("g", 20)), "1-43 f | 44-85 g");
}

TEST(ChunkerTest, AFunctionMayReachTheHardLimit) {
  const std::string text = Function("f", 130);
  ASSERT_GT(text.size(), kSoftChunkBytes);
  ASSERT_LE(text.size(), kHardChunkBytes);
  EXPECT_EQ(Chunks(Language::kC, text), "1-262 f");
}

TEST(ChunkerTest, BeyondItIsCutAtItsStatements) {
  EXPECT_EQ(Chunks(Language::kC, Function("f", 200)), "1-159 f | 160-319 f | 320-402 f");
}

TEST(ChunkerTest, SmallFunctionsAreMerged) {
  EXPECT_EQ(Chunks(Language::kC, "int a(void) { return 1; }\nint b(void) { return 2; }\n"),
            "1-2 -");
}

TEST(ChunkerTest, AMergedChunkBelongsToWhatIsAroundAll) {
  EXPECT_EQ(
      Chunks(Language::kCpp, "namespace n {\nint a() { return 1; }\nint b() { return 2; }\n}\n"),
      "1-4 n");
}

TEST(ChunkerTest, ADocumentedFunctionStandsAlone) {
  const std::string doc =
      "/* Says how many sheep there are on the meadow, lambs and rams\n"
      "   counted in, but no goats and nothing that only looks alike. */\n";
  EXPECT_EQ(Chunks(Language::kC, "int a(void) { return 1; }\n\n" + doc +
                                     "int sheep(int meadow, int lambs);\n\nint b(void);\n"),
            "1-2 a | 3-6 sheep | 7-7 b");
}

TEST(ChunkerTest, TheCommentGoesWithWhatFollows) {
  const std::string text = Function("f", 20) + "\n// About g.\n" + Function("g", 20);
  EXPECT_EQ(Chunks(Language::kC, text), "1-43 f | 44-86 g");
}

TEST(ChunkerTest, ASmallClassIsOneChunkALargeOneIsCutAtItsMembers) {
  const std::string small = "class A {\n public:\n  int f() { return 1; }\n  int n_;\n};\n";
  EXPECT_EQ(Chunks(Language::kCpp, small), "1-5 A");
  const std::string large =
      "class A {\n public:\n" + Function("f", 40) + Function("g", 40) + "  int n_;\n};\n";
  EXPECT_EQ(Chunks(Language::kCpp, large), "1-1 A | 2-84 A::f | 85-166 A::g | 167-168 A::n_");
}

TEST(ChunkerTest, AClosingBraceGoesToWhatItCloses) {
  const std::string text = "namespace n {\n" + Function("f", 20) + "}  // namespace n\n";
  EXPECT_EQ(Chunks(Language::kCpp, text), "1-44 n::f");
}

TEST(ChunkerTest, AccessSpecifiersGoForward) {
  const std::string text =
      "class A {\n" + Function("f", 60) + " private:\n" + Function("g", 60) + "};\n";
  EXPECT_EQ(Chunks(Language::kCpp, text), "1-1 A | 2-123 A::f | 124-247 A::g");
}

TEST(ChunkerTest, SectionsOfADocument) {
  const std::string paragraph = std::string(60, 'x') + "\n";
  std::string part;
  for (int i = 0; i < 15; ++i) part += paragraph;
  EXPECT_EQ(Chunks(Language::kMarkdown, "# A\n\n" + part + "\n## B\n\n" + part + "\n# C\n\nend\n"),
            "1-18 A | 19-36 A > B | 37-39 C");
  EXPECT_EQ(Chunks(Language::kMarkdown, "A\n=\n\ntext\n\n## B\n\ntext\n"), "1-8 A");
}

TEST(ChunkerTest, ALongListIsCutBetweenItsItems) {
  std::string text = "# Changes\n\n";
  for (int i = 0; i < 60; ++i) text += "- " + std::string(70, 'x') + "\n";
  EXPECT_EQ(Chunks(Language::kMarkdown, text), "1-23 Changes | 24-44 Changes | 45-62 Changes");
}

TEST(ChunkerTest, DataIsCutAtItsMembers) {
  std::string text = "{\n";
  for (int i = 0; i < 4; ++i) {
    text += fmt::format("  \"member{}\": [\n", i);
    for (int k = 0; k < 40; ++k) text += fmt::format("    \"item {:08}\",\n", k);
    text += "    \"last\"\n  ],\n";
  }
  text += "  \"end\": 1\n}\n";
  EXPECT_EQ(Chunks(Language::kJson, text), "1-44 - | 45-87 - | 88-130 - | 131-175 -");
}

TEST(ChunkerTest, NoGrammarGivesLines) {
  Parser parser;
  const auto facts = parser.Parse(Language::kUnknown, "some text\n");
  EXPECT_EQ(facts.status, store::ParseStatus::kLines);
  ASSERT_EQ(facts.chunks.size(), 1U);
}

TEST(ChunkerTest, AnEmptyFileHasNoChunks) {
  EXPECT_EQ(Chunks(Language::kCpp, ""), "");
  EXPECT_EQ(Chunks(Language::kMarkdown, ""), "");
}

}  // namespace
}  // namespace coppice::indexer
