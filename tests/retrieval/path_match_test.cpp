#include "daemon/retrieval/search/path_match.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/retrieval/index/snapshot.h"
#include "tests/retrieval/memory_world.h"

namespace coppice::retrieval {
namespace {

using ::testing::DoubleEq;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Key;
using testing::MemoryWorld;
using testing::WordEmbedder;

class MatchPathsTest : public ::testing::Test {
 protected:
  /// What matches, by path; every word of the query weighs as `idf` says, or 1.
  std::map<std::string, PathMatch> Match(const std::vector<std::string>& words,
                                         const std::vector<std::string>& mentions = {},
                                         std::vector<double> idf = {},
                                         const SearchFilter& filter = {}) {
    snapshot_ = world_.Serve();
    const Scope scope(SelectRefs(*snapshot_, {}).value().served, filter);
    ParsedQuery query;
    for (const std::string& word : words) query.words.push_back({word, word, 1});
    query.mentions = mentions;
    idf.resize(words.size(), 1);
    std::map<std::string, PathMatch> matches;
    for (const auto& [doc, match] : MatchPaths(scope, query, idf)) {
      const auto choice = scope.ChoiceOf(doc);
      matches[choice->ref->view->table()->files()[choice->file].path] = match;
    }
    return matches;
  }

  WordEmbedder embedder_;
  MemoryWorld world_{embedder_};
  std::shared_ptr<const Snapshot> snapshot_;
};

TEST_F(MatchPathsTest, StemAndFolderAreToldApart) {
  world_.SetFiles("r", {{"src/cache/pool.py", "one\n"}, {"src/disk/cache.py", "two\n"}});
  const auto matches = Match({"cache", "pool"});
  ASSERT_EQ(matches.size(), 2U);
  EXPECT_THAT(matches.at("src/cache/pool.py").stem_words, ElementsAre(1));
  EXPECT_THAT(matches.at("src/cache/pool.py").folder_words, ElementsAre(0));
  EXPECT_THAT(matches.at("src/disk/cache.py").stem_words, ElementsAre(0));
  EXPECT_THAT(matches.at("src/disk/cache.py").folder_words, IsEmpty());
}

TEST_F(MatchPathsTest, OnlyTheFolderAFileLiesInCounts) {
  world_.SetFiles("r", {{"cache/disk/pool.py", "one\n"}});
  EXPECT_THAT(Match({"cache"}), IsEmpty());
}

TEST_F(MatchPathsTest, TheShareIsWeighedByHowRareTheWordsAre) {
  world_.SetFiles("r", {{"cache.py", "one\n"}});
  EXPECT_THAT(Match({"cache", "empty"}, {}, {3, 1}).at("cache.py").stem, DoubleEq(0.75));
  EXPECT_THAT(Match({"cache", "empty"}, {}, {0, 0}).at("cache.py").stem, DoubleEq(0));
}

TEST_F(MatchPathsTest, WordsMatchByPrefixOfFourLetters) {
  world_.SetFiles("r", {{"indexer.py", "one\n"}, {"log.py", "two\n"}});
  EXPECT_THAT(Match({"index"}), ElementsAre(Key("indexer.py")));
  EXPECT_THAT(Match({"indexers"}), ElementsAre(Key("indexer.py")));
  EXPECT_THAT(Match({"ind"}), IsEmpty());
  EXPECT_THAT(Match({"log"}), ElementsAre(Key("log.py"))) << "equal, however short";
  EXPECT_THAT(Match({"logger"}), IsEmpty());
}

TEST_F(MatchPathsTest, AWordCountsOnceHoweverOftenItsPrefixesMatch) {
  world_.SetFiles("r", {{"index_indexer.py", "one\n"}});
  const PathMatch match = Match({"indexers"}).at("index_indexer.py");
  EXPECT_THAT(match.stem_words, ElementsAre(0));
  EXPECT_THAT(match.stem, DoubleEq(1));
}

TEST_F(MatchPathsTest, AFileIsNamedByItsNameOrTheEndOfItsPath) {
  world_.SetFiles("r", {{"net/url.c", "one\n"}, {"web/url.c", "two\n"}, {"web/curl.c", "three\n"}});
  EXPECT_THAT(Match({}, {"URL.c"}), ElementsAre(Key("net/url.c"), Key("web/url.c")));
  const auto one = Match({}, {"net/url.c"});
  EXPECT_THAT(one, ElementsAre(Key("net/url.c")));
  EXPECT_TRUE(one.at("net/url.c").mentioned);
  EXPECT_THAT(one.at("net/url.c").stem, DoubleEq(0));
}

TEST_F(MatchPathsTest, WhatIsFilteredOutDoesNotMatch) {
  world_.SetFiles("r", {{"a/cache.py", "one\n"}, {"b/cache.py", "two\n"}});
  SearchFilter filter;
  filter.path_globs = {"b/**"};
  EXPECT_THAT(Match({"cache"}, {"cache.py"}, {}, filter), ElementsAre(Key("b/cache.py")));
}

TEST_F(MatchPathsTest, ContentUnderTwoPathsMatchesByTheOneItIsShownUnder) {
  world_.SetFiles("r", {{"cache.py", "same\n"}, {"zebra.py", "same\n"}});
  EXPECT_THAT(Match({"cache", "zebra"}), ElementsAre(Key("cache.py")));
}

}  // namespace
}  // namespace coppice::retrieval
