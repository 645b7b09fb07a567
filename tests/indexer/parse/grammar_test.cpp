#include "indexer/parse/grammar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/language.h"

namespace coppice::indexer {
namespace {

TEST(GrammarTest, RulesNameOnlyWhatTheGrammarHas) {
  for (const LanguageInfo& info : AllLanguages()) {
    if (!HasGrammar(info.language)) continue;
    const Grammar grammar = MakeGrammar(info.language);
    std::vector<std::string> unknown = grammar.UnknownNames();
    // YAML, TOML and JSON share one table.
    EXPECT_THAT(unknown, ::testing::IsEmpty()) << info.name;
  }
}

TEST(GrammarTest, EveryLanguageButUnknownHasOne) {
  for (const LanguageInfo& info : AllLanguages()) {
    EXPECT_EQ(HasGrammar(info.language), info.language != Language::kUnknown) << info.name;
  }
}

TEST(GrammarTest, GrammarsFitTheCore) {
  for (const LanguageInfo& info : AllLanguages()) {
    if (!HasGrammar(info.language)) continue;
    TSParser* parser = ts_parser_new();
    EXPECT_TRUE(ts_parser_set_language(parser, MakeGrammar(info.language).language())) << info.name;
    ts_parser_delete(parser);
  }
}

}  // namespace
}  // namespace coppice::indexer
