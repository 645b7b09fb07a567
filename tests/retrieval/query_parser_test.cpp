#include "daemon/retrieval/search/query_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/retrieval/search/query_tokens.h"

namespace coppice::retrieval {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

ParsedQuery Parse(const std::string& text) {
  Query query;
  query.text = text;
  auto parsed = ParseQuery(query, RankingWeights());
  EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().ToString());
  return parsed ? *parsed : ParsedQuery();
}

Error ParseError(const std::string& text) {
  Query query;
  query.text = text;
  const auto parsed = ParseQuery(query, RankingWeights());
  EXPECT_FALSE(parsed);
  return parsed ? Error() : parsed.error();
}

std::vector<std::string> Words(const ParsedQuery& parsed) {
  std::vector<std::string> words;
  for (const QueryWord& word : parsed.words) words.push_back(word.text);
  return words;
}

double WeightOf(const ParsedQuery& parsed, const std::string& word) {
  for (const QueryWord& w : parsed.words) {
    if (w.text == word) return w.weight;
  }
  return 0;
}

TEST(QueryParserTest, TellsTheClassesApart) {
  EXPECT_EQ(Parse("FlushJob::Run").query_class, QueryClass::kSymbol);
  EXPECT_EQ(Parse("flush_job").query_class, QueryClass::kSymbol);
  EXPECT_EQ(Parse("sym:run").query_class, QueryClass::kSymbol);
  EXPECT_EQ(Parse("cache eviction").query_class, QueryClass::kKeywords);
  EXPECT_EQ(Parse("cache").query_class, QueryClass::kKeywords);
  EXPECT_EQ(Parse("where is the cache emptied?").query_class, QueryClass::kQuestion);
  EXPECT_EQ(Parse("the code that empties a cache").query_class, QueryClass::kQuestion);
  EXPECT_EQ(Parse("Crash on exit\n\nSteps: start it, stop it.").query_class, QueryClass::kIssue);
}

TEST(QueryParserTest, LeavesStopWordsOutOfQuestions) {
  EXPECT_THAT(Words(Parse("where is the cache emptied?")),
              UnorderedElementsAre("cache", "emptied"));
}

TEST(QueryParserTest, KeepsStopWordsWhenThereIsNothingElse) {
  EXPECT_THAT(Words(Parse("not in")), UnorderedElementsAre("not", "in"));
}

TEST(QueryParserTest, TakesIdentifiersWholeAndInParts) {
  const ParsedQuery parsed = Parse("why does FlushJob fail");
  EXPECT_THAT(Words(parsed), UnorderedElementsAre("flushjob", "flush", "job", "fail"));
  EXPECT_GT(WeightOf(parsed, "flushjob"), WeightOf(parsed, "flush"));
  EXPECT_GT(WeightOf(parsed, "flushjob"), WeightOf(parsed, "fail"));
}

TEST(QueryParserTest, ReadsFilterWords) {
  const ParsedQuery parsed =
      Parse("retry lang:python path:net/** repo:mine ref:main at:0123456 policy");
  EXPECT_EQ(parsed.text, "retry      policy");
  EXPECT_THAT(parsed.filter.languages, ElementsAre(Language::kPython));
  EXPECT_THAT(parsed.filter.path_globs, ElementsAre("net/**"));
  EXPECT_THAT(parsed.view.repos, ElementsAre("mine"));
  EXPECT_EQ(parsed.view.ref, "main");
  EXPECT_EQ(parsed.view.at, "0123456");
  EXPECT_THAT(Words(parsed), UnorderedElementsAre("retry", "policy"));
}

TEST(QueryParserTest, QuotesHoldAValueTogether) {
  EXPECT_THAT(Parse("retry path:\"my folder/*\"").filter.path_globs, ElementsAre("my folder/*"));
}

TEST(QueryParserTest, ColonsOfCodeAreNoFilters) {
  const ParsedQuery parsed = Parse("path::join");
  EXPECT_THAT(parsed.filter.path_globs, IsEmpty());
  EXPECT_THAT(parsed.names, Contains(Field(&QueryName::text, "join")));
}

TEST(QueryParserTest, IssueTextHasNoFilterWords) {
  const ParsedQuery parsed = Parse("lang:python is ignored\nwhen there are two of them");
  EXPECT_THAT(parsed.filter.languages, IsEmpty());
}

TEST(QueryParserTest, RefusesWhatItCannotUse) {
  EXPECT_EQ(ParseError("").code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(ParseError("  \n ? ").code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(ParseError("cache path:").code, ErrorCode::kInvalidArgument);
  const Error language = ParseError("cache lang:klingon");
  EXPECT_EQ(language.code, ErrorCode::kInvalidArgument);
  EXPECT_NE(language.message.find("klingon"), std::string::npos);
  EXPECT_NE(language.remedy.find("python"), std::string::npos);
}

TEST(QueryParserTest, NamesOfCodeHaveQualifiers) {
  const ParsedQuery parsed = Parse("leveldb::DBImpl::Write()");
  ASSERT_FALSE(parsed.names.empty());
  EXPECT_EQ(parsed.names.front().text, "Write");
  EXPECT_THAT(parsed.names.front().qualifiers, ElementsAre("leveldb", "DBImpl"));
  EXPECT_TRUE(parsed.names.front().code);
}

TEST(QueryParserTest, WordsSideBySideMayBeAName) {
  const ParsedQuery parsed = Parse("how does the flush job start");
  EXPECT_THAT(parsed.names, Contains(Field(&QueryName::text, "flushjob")));
}

TEST(QueryParserTest, ASingleWordMayBeANameAmongKeywordsNotInASentence) {
  EXPECT_THAT(Parse("scheduler retry").names, Contains(Field(&QueryName::text, "scheduler")));
  EXPECT_THAT(Parse("how does the scheduler retry").names,
              Not(Contains(Field(&QueryName::text, "scheduler"))));
}

TEST(QueryParserTest, FilesAreMentions) {
  const ParsedQuery parsed = Parse("crash in net/pool.py when closing");
  EXPECT_THAT(parsed.mentions, ElementsAre("net/pool.py"));
  EXPECT_THAT(Parse("it is version 1.2.3 of e.g. that").mentions, IsEmpty());
}

TEST(QueryParserTest, FirstLineOfAnIssueWeighsMore) {
  const ParsedQuery parsed = Parse("eviction is slow\nsomething with latency");
  EXPECT_GT(WeightOf(parsed, "eviction"), WeightOf(parsed, "latency"));
}

TEST(QueryParserTest, TestsAreWantedWhenAskedFor) {
  EXPECT_TRUE(Parse("tests of the cache").wants_tests);
  EXPECT_FALSE(Parse("where is the latest cache").wants_tests);
}

TEST(QueryTokensTest, WhatLooksLikeCode) {
  for (const char* code : {"FlushJob", "flushJob", "flush_job", "MAX_SIZE", "HTTPServer", "a::b",
                           "os.path", "p->next", "run()", "Pool.close"}) {
    EXPECT_TRUE(LooksLikeCode(code)) << code;
  }
  for (const char* plain :
       {"flush", "Flush", "HTTP", "1.2.3", "e.g", "write-ahead", "don't", "_"}) {
    EXPECT_FALSE(LooksLikeCode(plain)) << plain;
  }
}

TEST(QueryTokensTest, BackticksMarkCode) {
  const auto tokens = CutTokens("why is `run` slow");
  ASSERT_EQ(tokens.size(), 4U);
  EXPECT_EQ(tokens[2].text, "run");
  EXPECT_TRUE(tokens[2].code);
  EXPECT_FALSE(tokens[3].code);
}

TEST(QueryTokensTest, FencesMarkCode) {
  const auto tokens = CutTokens("it fails:\n```\nrun fast\n```\nafter that");
  ASSERT_EQ(tokens.size(), 6U);
  EXPECT_TRUE(tokens[2].code);
  EXPECT_TRUE(tokens[3].code);
  EXPECT_FALSE(tokens[4].code);
}

TEST(QueryTokensTest, PunctuationAroundIsDropped) {
  const auto tokens = CutTokens("(see \"pool\", then close).");
  ASSERT_EQ(tokens.size(), 4U);
  EXPECT_EQ(tokens[0].text, "see");
  EXPECT_EQ(tokens[1].text, "pool");
  EXPECT_EQ(tokens[3].text, "close");
}

TEST(QueryParserTest, LongTextsKeepTheirHeaviestWords) {
  std::string text = "headline about eviction\n";
  for (int i = 0; i < 300; ++i)
    text += "word" + std::string(1, static_cast<char>('a' + i % 26)) +
            std::string(1, static_cast<char>('a' + i / 26)) + " ";
  const ParsedQuery parsed = Parse(text);
  EXPECT_EQ(parsed.words.size(), 64U);
  EXPECT_THAT(Words(parsed), Contains("eviction"));
}

}  // namespace
}  // namespace coppice::retrieval
