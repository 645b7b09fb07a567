#include "indexer/parse/symbols.h"

#include <filesystem>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "base/format.h"
#include "base/language.h"
#include "indexer/parse/grammar.h"
#include "indexer/parse/parser.h"
#include "tests/indexer/parse/facts_check.h"
#include "tests/support/golden.h"

// Golden files: tests/golden/parse/<language>/<source> and beside it <source>.facts.
namespace coppice::indexer {
namespace {

namespace fs = std::filesystem;

std::string OneLine(std::string_view text, std::size_t limit) {
  std::string result;
  for (const char c : text) {
    if (c == '\n' || c == '\r' || c == ' ' || c == '\t') {
      if (!result.empty() && result.back() != ' ') result += ' ';
    } else {
      result += c;
    }
  }
  while (!result.empty() && result.back() == ' ') result.pop_back();
  if (result.size() > limit) result = result.substr(0, limit) + "…";
  return result;
}

std::string Lines(store::LineRange lines) {
  return lines.first == lines.last ? fmt::format("{}", lines.first)
                                   : fmt::format("{}-{}", lines.first, lines.last);
}

std::string_view UseName(store::ReferenceKind kind) {
  switch (kind) {
    case store::ReferenceKind::kCall:
      return "call";
    case store::ReferenceKind::kType:
      return "type";
    case store::ReferenceKind::kImport:
      return "import";
  }
  return "?";
}

/// Everything the extractor says, for people to review.
std::string Printed(std::string_view text, const store::BlobFacts& facts) {
  const auto part = [&](store::ByteRange range) {
    return text.substr(range.begin, range.end - range.begin);
  };
  std::string out = facts.status == store::ParseStatus::kParsed ? "parsed\n" : "with errors\n";
  out += "\ndefinitions\n";
  for (const store::Definition& definition : facts.definitions) {
    out += fmt::format("  {:8} {:10} {}\n", Lines(definition.lines),
                       SymbolKindName(definition.kind), definition.symbol);
    out += fmt::format("           {:10} {}\n", "", OneLine(part(definition.signature), 200));
    if (!definition.doc.empty()) {
      out += fmt::format("           {:10} {}\n", "", OneLine(part(definition.doc), 120));
    }
  }
  out += "\nchunks\n";
  for (const store::Chunk& chunk : facts.chunks) {
    out += fmt::format("  {:8} {:10} {}\n", Lines(chunk.lines), SymbolKindName(chunk.kind),
                       chunk.definition < 0
                           ? std::string("-")
                           : facts.definitions[static_cast<std::size_t>(chunk.definition)].symbol);
  }
  out += "\nreferences\n";
  for (const store::Reference& reference : facts.references) {
    out += fmt::format("  {:8} {:10} {}\n", fmt::format("{}:{}", reference.line, reference.column),
                       UseName(reference.kind), reference.name);
  }
  return out;
}

TEST(SymbolsTest, Golden) {
  Parser parser;
  std::set<Language> seen;
  for (const auto& entry :
       fs::recursive_directory_iterator(test::SourceDir() / "tests/golden/parse")) {
    const fs::path path = entry.path();
    if (!entry.is_regular_file() || path.extension() == ".facts") continue;
    const auto language = ParseLanguage(path.parent_path().filename().string());
    ASSERT_TRUE(language.has_value()) << path << ": its folder is no language";
    const std::string text = test::ReadFile(path);
    const store::BlobFacts facts = parser.Parse(*language, text);
    EXPECT_EQ(test::FaultIn(text, facts), "") << path;
    test::CheckGolden(Printed(text, facts), path.string() + ".facts");
    seen.insert(*language);
  }
  for (const LanguageInfo& info : AllLanguages()) {
    EXPECT_EQ(seen.count(info.language), HasGrammar(info.language) ? 1U : 0U) << info.name;
  }
}

/// The symbols of a text, one a line.
std::string SymbolsOf(Language language, std::string_view text) {
  Parser parser;
  std::string symbols;
  for (const auto& definition : parser.Parse(language, text).definitions) {
    symbols += definition.symbol + "\n";
  }
  return symbols;
}

TEST(SymbolsTest, AnOutOfClassDefinitionIsFoundUnderItsClass) {
  EXPECT_EQ(
      SymbolsOf(Language::kCpp, "namespace db {\nStatus Log::Write(int n) { return n; }\n}\n"),
      "db\ndb::Log::Write\n");
}

TEST(SymbolsTest, WhatAFunctionHoldsIsLocal) {
  EXPECT_EQ(SymbolsOf(Language::kCpp, "void f() { int a; Foo b(1); struct S { int x; }; }\n"),
            "f\nf::S\nf::S::x\n");
  EXPECT_EQ(SymbolsOf(Language::kPython, "def f():\n  a = 1\n  def g(): pass\n"), "f\nf.g\n");
  EXPECT_EQ(SymbolsOf(Language::kJavaScript, "function f() { const a = 1; const g = () => a; }"),
            "f\nf.g\n");
}

TEST(SymbolsTest, AMacroBeforeTheNameDoesNotHideAClass) {
  EXPECT_EQ(SymbolsOf(Language::kCpp, "class LIB_EXPORT Log : public Base {\n  int n_;\n};\n"),
            "Log\nLog::n_\n");
}

TEST(SymbolsTest, AHeaderGuardIsNoMacro) {
  EXPECT_EQ(SymbolsOf(Language::kC, "#ifndef A_H\n#define A_H\n#define SIZE 3\n#endif\n"),
            "SIZE\n");
}

TEST(SymbolsTest, TheLicenceIsNotTheDocumentationOfWhatComesFirst) {
  Parser parser;
  const auto licence = parser.Parse(Language::kC, "/* Copyright 2020 Somebody */\nint f(void);\n");
  ASSERT_EQ(licence.definitions.size(), 1U);
  EXPECT_TRUE(licence.definitions[0].doc.empty());
  const auto doc = parser.Parse(Language::kC, "/* Counts sheep. */\nint f(void);\n");
  ASSERT_EQ(doc.definitions.size(), 1U);
  EXPECT_EQ(doc.definitions[0].doc, (store::ByteRange{0, 19}));
}

TEST(SymbolsTest, ABlankLineEndsADocumentation) {
  Parser parser;
  const auto facts =
      parser.Parse(Language::kGo, "package p\n\n// Unrelated.\n\n// F works.\nfunc F() {}\n");
  ASSERT_EQ(facts.definitions.size(), 1U);
  EXPECT_EQ(facts.definitions[0].lines, (store::LineRange{5, 6}));
}

TEST(SymbolsTest, ACommentBehindCodeIsNoDocumentationOfTheNextLine) {
  Parser parser;
  const auto facts = parser.Parse(Language::kC, "int a;  // about a\nint b;\n");
  ASSERT_EQ(facts.definitions.size(), 2U);
  EXPECT_TRUE(facts.definitions[1].doc.empty());
}

TEST(SymbolsTest, HeadingsThatShareALine) {
  EXPECT_EQ(SymbolsOf(Language::kMarkdown, "# a\r## b\r# c\n"), "a\na > b\nc\n");
}

TEST(SymbolsTest, AStatementOpensAScopeForWhatFollows) {
  EXPECT_EQ(SymbolsOf(Language::kPerl, "package A;\nsub f { 1 }\npackage B::C;\nsub g { 2 }\n"),
            "A\nA::f\nB::C\nB::C::g\n");
  EXPECT_EQ(SymbolsOf(Language::kPhp, "<?php\nnamespace A;\nclass B { function f() {} }\n"),
            "A\nA\\B\nA\\B::f\n");
  EXPECT_EQ(SymbolsOf(Language::kPhp,
                      "<?php\nnamespace A { class B {} }\nnamespace C { const D = 1; }\n"),
            "A\nA\\B\nC\nC\\D\n");
  EXPECT_EQ(
      SymbolsOf(Language::kCSharp, "namespace A.B;\nclass C { }\nnamespace D { class E { } }\n"),
      "A.B\nA.B.C\nA.B.D\nA.B.D.E\n");
}

TEST(SymbolsTest, ANameWithItsPackageIsFoundThere) {
  EXPECT_EQ(SymbolsOf(Language::kPerl, "package A;\nsub B::f { 1 }\n"), "A\nB::f\n");
  EXPECT_EQ(SymbolsOf(Language::kPhp, "<?php\nnamespace A;\ndefine('B', 1);\n"), "A\nB\n");
}

TEST(SymbolsTest, AMethodOfTheModuleAroundItIsFoundInIt) {
  EXPECT_EQ(SymbolsOf(Language::kRuby, "module A\n  def A.f; end\n  def B.g; end\nend\n"),
            "A\nA::f\nA::B::g\n");
}

TEST(SymbolsTest, AnExtensionAddsToATypeAndIsNoDefinition) {
  EXPECT_EQ(SymbolsOf(Language::kSwift, "extension A: B {\n  func f() {}\n}\n"), "A.f\n");
  EXPECT_EQ(SymbolsOf(Language::kDart, "extension on A { void f() {} }\n"), "A.f\n");
  EXPECT_EQ(SymbolsOf(Language::kObjectiveC, "@interface A (B)\n- (void)f;\n@end\n"), "A.f\n");
}

TEST(SymbolsTest, AVariableOfDartBeginsWithItsLine) {
  Parser parser;
  const auto facts = parser.Parse(Language::kDart, "const int a = 1; final b = 2;\n");
  ASSERT_EQ(facts.definitions.size(), 2U);
  EXPECT_EQ(facts.definitions[0].signature, (store::ByteRange{0, 15}));
  EXPECT_EQ(facts.definitions[1].signature, (store::ByteRange{17, 28}));
}

TEST(SymbolsTest, PodMayEndABlankLineAbove) {
  constexpr std::string_view kText = "=head2 f\n\nWorks.\n\n=cut\n\nsub f { 1 }\n";
  Parser parser;
  const auto pod = parser.Parse(Language::kPerl, kText);
  ASSERT_EQ(pod.definitions.size(), 1U);
  EXPECT_EQ(pod.definitions[0].doc.begin, 0U);
  const auto comment = parser.Parse(Language::kPerl, "# Works.\n\nsub f { 1 }\n");
  ASSERT_EQ(comment.definitions.size(), 1U);
  EXPECT_TRUE(comment.definitions[0].doc.empty());
}

TEST(SymbolsTest, EnumerationsOfObjectiveCAreMacros) {
  EXPECT_EQ(SymbolsOf(Language::kObjectiveC,
                      "typedef NS_OPTIONS(NSUInteger, Side) { SideLeft = 1, SideRight };\n"),
            "Side\nSideLeft\nSideRight\n");
}

TEST(SymbolsTest, HelpInsideAFunctionOfPowerShell) {
  Parser parser;
  const auto facts = parser.Parse(Language::kPowerShell,
                                  "function Get-A {\n  <#\n  .SYNOPSIS\n  Gets.\n  #>\n  1\n}\n");
  ASSERT_EQ(facts.definitions.size(), 1U);
  EXPECT_EQ(facts.definitions[0].doc.begin, 19U);
}

TEST(SymbolsTest, AutomakesConditionalsHideNothing) {
  EXPECT_EQ(SymbolsOf(Language::kMake,
                      "if TESTS\nDIRS = tests\nelse\nDIRS2 = none\nendif\n\nLIBS = a\n"
                      "ifdef DEBUG\nFLAGS = -g\nelse\nFLAGS2 = -O2\nendif\nall: x\n\ttrue\n"),
            "DIRS\nDIRS2\nLIBS\nFLAGS\nFLAGS2\nall\n");
}

TEST(SymbolsTest, AComputedNameOfMakeHidesNothing) {
  EXPECT_EQ(SymbolsOf(Language::kMake,
                      "A := $(b)\nC_$(d) = $(E)\nF_${d} := $(G)\nH += $(d)\nall: x\n\ttrue\n"),
            "A\nC_$(d)\nF_${d}\nall\n");
}

TEST(SymbolsTest, WhereMakesGrammarGetsLostNoAssignmentIsATarget) {
  EXPECT_EQ(SymbolsOf(Language::kMake, "$(A) $(B) = $(E)\nF += $(G)\nall: x\n\ttrue\n"), "");
}

TEST(SymbolsTest, ACharacterByNumberDoesNotHideAVariableOfScss) {
  EXPECT_EQ(SymbolsOf(Language::kScss, "$a: \\f26e;\n$b: \\f368 !default;\n$c: \"\\f1\";\n"),
            "$a\n$b\n$c\n");
}

TEST(SymbolsTest, NamesInAnyBytes) {
  EXPECT_EQ(SymbolsOf(Language::kMarkdown, "# \xFF\xFE caf\xC3\xA9\n"), "\xFF\xFE caf\xC3\xA9\n");
  EXPECT_EQ(SymbolsOf(Language::kPython, "def \xE6\x97\xA5(): pass\n"), "\xE6\x97\xA5\n");
}

}  // namespace
}  // namespace coppice::indexer
