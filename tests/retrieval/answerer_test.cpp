#include "daemon/retrieval/answer/answerer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/format.h"
#include "tests/retrieval/memory_world.h"

namespace coppice::retrieval {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using testing::Describe;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::MemoryWorld;
using ::testing::Not;
using testing::PathsOf;
using testing::TestFile;
using testing::WordEmbedder;

store::PathClass InTests() {
  store::PathClass path_class;
  path_class.test = true;
  return path_class;
}
store::PathClass Vendored() {
  store::PathClass path_class;
  path_class.vendored = true;
  return path_class;
}

class AnswererTest : public ::testing::Test {
 protected:
  AnswererTest() { world_.SetFiles("r", kFiles, 1); }

  Result<SearchResult> TrySearch(const Query& query) {
    snapshot_ = world_.Serve();
    return answerer_.Search(*snapshot_, query, Deadline());
  }
  SearchResult Search(const Query& query) {
    auto result = TrySearch(query);
    EXPECT_TRUE(result) << (result ? "" : result.error().ToString());
    return result ? std::move(*result) : SearchResult();
  }
  SearchResult Search(const std::string& text) {
    Query query;
    query.text = text;
    return Search(query);
  }

  const std::vector<TestFile> kFiles = {
      {"net/pool.py",
       "# Keeps connections open for later use.\nclass ConnectionPool:\n  limit = 10\n\n"
       "# Gives a connection back.\ndef ConnectionPool.release(conn):\n  self.idle.append(conn)\n\n"
       "# Ends all idle connections.\ndef ConnectionPool.close():\n  shut(self.idle)\n"},
      {"net/retry.py",
       "# Tries a request again with growing delays.\ndef retry(request):\n  delay = delay * 2\n"},
      {"net/__init__.py", "from net.pool import ConnectionPool\n"},
      {"tests/pool_test.py",
       "def test_release():\n  pool = ConnectionPool()\n  pool.release(conn)\n", InTests()},
      {"README.md", "# Networking\n\nA ConnectionPool keeps connections open.\n"},
      {"third_party/pool.py", "def release(conn):\n  conn.release()\n", Vendored()}};
  WordEmbedder embedder_{{{"backoff", "delay"}}};
  MemoryWorld world_{embedder_};
  RankingWeights weights_;
  Answerer answerer_{weights_, world_};
  std::shared_ptr<const Snapshot> snapshot_;
};

TEST_F(AnswererTest, ADefinitionStandsBeforeItsMentions) {
  const SearchResult result = Search("ConnectionPool");
  ASSERT_FALSE(result.hits.empty());
  EXPECT_EQ(result.hits[0].path, "net/pool.py") << Describe(result);
  EXPECT_EQ(result.hits[0].symbol, "ConnectionPool");
  EXPECT_EQ(result.hits[0].kind, store::SymbolKind::kClass);
  EXPECT_THAT(result.hits[0].reasons, Contains("defines ConnectionPool"));
}

TEST_F(AnswererTest, QualifiersChooseAmongEqualNames) {
  const SearchResult result = Search("ConnectionPool.release");
  ASSERT_FALSE(result.hits.empty());
  EXPECT_EQ(result.hits[0].symbol, "ConnectionPool.release") << Describe(result);
  EXPECT_EQ(result.hits[0].lines, (store::LineRange{5, 7}));
}

TEST_F(AnswererTest, AQuestionFindsWhatTheDocumentationSays) {
  const SearchResult result = Search("how are idle connections ended?");
  ASSERT_FALSE(result.hits.empty());
  EXPECT_EQ(result.hits[0].symbol, "ConnectionPool.close") << Describe(result);
  EXPECT_EQ(result.hits[0].text,
            "# Ends all idle connections.\ndef ConnectionPool.close():\n  shut(self.idle)");
}

TEST_F(AnswererTest, VectorsFindWhatNoWordSays) {
  Query query;
  query.text = "backoff";
  const SearchResult fused = Search(query);
  ASSERT_FALSE(fused.hits.empty());
  EXPECT_EQ(fused.hits[0].path, "net/retry.py");
  EXPECT_THAT(fused.hits[0].found_by, ElementsAre(Field(&Finding::search, "vector")));
  query.searches = {.lexical = true, .vector = false, .symbol = true};
  EXPECT_THAT(Search(query).hits, IsEmpty());
}

TEST_F(AnswererTest, EachSearchReportsItsRank) {
  const SearchResult result = Search("retry");
  ASSERT_FALSE(result.hits.empty());
  EXPECT_THAT(result.hits[0].found_by,
              ElementsAre(AllOf(Field(&Finding::search, "lexical"), Field(&Finding::rank, 1U)),
                          AllOf(Field(&Finding::search, "vector"), Field(&Finding::rank, 1U)),
                          AllOf(Field(&Finding::search, "symbol"), Field(&Finding::rank, 1U))));
  EXPECT_THAT(result.hits[0].reasons, Contains("file name matches: retry"));
  EXPECT_THAT(result.hits[0].reasons, Contains("words: retry"));
}

TEST_F(AnswererTest, TestsAreLowUnlessAskedFor) {
  const SearchResult plain = Search("release conn");
  const auto test = std::find_if(plain.hits.begin(), plain.hits.end(),
                                 [](const Hit& hit) { return hit.path == "tests/pool_test.py"; });
  ASSERT_NE(test, plain.hits.end()) << Describe(plain);
  EXPECT_THAT(test->reasons, Contains("test: x0.3"));
  EXPECT_EQ(Search("test release pool").hits[0].path, "tests/pool_test.py");
}

TEST_F(AnswererTest, VendoredFilesAreLow) {
  const SearchResult result = Search("release conn");
  EXPECT_EQ(result.hits[0].path, "net/pool.py") << Describe(result);
  EXPECT_THAT(result.hits.back().path, Not("net/pool.py"));
}

TEST_F(AnswererTest, AFileThatIsNamedComesFirst) {
  const SearchResult result =
      Search("Connections are lost\n\nTraceback in net/retry.py line 3\nConnectionPool release");
  EXPECT_EQ(result.hits[0].path, "net/retry.py") << Describe(result);
  EXPECT_THAT(result.hits[0].reasons, Contains("the query names this file"));
}

TEST_F(AnswererTest, FiltersActInsideEachSearch) {
  for (const SearchSet& searches : {SearchSet{true, false, false}, SearchSet{false, true, false},
                                    SearchSet{false, false, true}, SearchSet{}}) {
    Query query;
    query.text = "ConnectionPool release";
    query.searches = searches;
    query.limit = 1;
    query.filter.path_globs = {"third_party"};
    EXPECT_THAT(PathsOf(Search(query)), ElementsAre("third_party/pool.py"));
    query.filter = {};
    query.filter.kinds = {store::SymbolKind::kFunction};
    EXPECT_THAT(Search(query).hits, Each(Field(&Hit::kind, store::SymbolKind::kFunction)));
  }
  EXPECT_THAT(PathsOf(Search("connections content lang:markdown")), ElementsAre("README.md"));
  Query query;
  query.text = "connections";
  query.filter.contents = {Content::kDoc};
  EXPECT_THAT(PathsOf(Search(query)), ElementsAre("README.md"));
  EXPECT_THAT(Search("ConnectionPool path:nowhere").hits, IsEmpty());
}

// A filter takes out what it does not let through; it does not change the scores of the rest.
TEST_F(AnswererTest, FiltersDoNotChangeStatistics) {
  const auto lexical = [](const SearchResult& result, const std::string& path) {
    for (const Hit& hit : result.hits) {
      for (const Finding& finding : hit.found_by) {
        if (hit.path == path && finding.search == "lexical") return finding.score;
      }
    }
    return -1.0;
  };
  EXPECT_DOUBLE_EQ(lexical(Search("request delays"), "net/retry.py"),
                   lexical(Search("request delays path:net/retry.py"), "net/retry.py"));
}

TEST_F(AnswererTest, TheOrderDoesNotHangOnSegments) {
  const std::string whole = Describe(Search("connection release pool"));
  for (const std::size_t blobs : {1U, 2U, 4U}) {
    world_.set_blobs_per_segment(blobs);
    EXPECT_EQ(Describe(Search("connection release pool")), whole) << blobs;
  }
}

TEST_F(AnswererTest, EqualScoresAreOrderedByPath) {
  world_.SetFiles("r",
                  {{"b.py", "same words\n\nelse\n"},
                   {"a.py", "same words\n\nthen\n"},
                   {"c.py", "same words\n\nlast\n"}},
                  1);
  EXPECT_THAT(PathsOf(Search("same words")), ElementsAre("a.py", "b.py", "c.py"));
}

TEST_F(AnswererTest, OneBlobIsShownUnderOnePath) {
  world_.SetFiles("r",
                  {{"z/copy/of/it.py", "unique words here\n"},
                   {"it.py", "unique words here\n"},
                   {"t.py", "unique words here\n", InTests()}},
                  1);
  const SearchResult result = Search("unique words");
  EXPECT_THAT(PathsOf(result), ElementsAre("it.py"));
  EXPECT_THAT(result.hits[0].reasons, Contains("same content at 2 more paths"));
  EXPECT_THAT(PathsOf(Search("unique words path:z/**")), ElementsAre("z/copy/of/it.py"));
}

TEST_F(AnswererTest, OneBlobUnderTwoLanguagesIsFoundInEach) {
  const std::string body = "struct shared {\n  int words;\n};\n";
  world_.SetFiles("r", {{"a.c", body}, {"b.cpp", body}}, 1);
  EXPECT_THAT(PathsOf(Search("shared lang:c")), ElementsAre("a.c"));
  EXPECT_THAT(PathsOf(Search("shared lang:cpp")), ElementsAre("b.cpp"));
  EXPECT_THAT(PathsOf(Search("shared")), ElementsAre("a.c", "b.cpp"));
}

TEST_F(AnswererTest, AFileIsNotShownMoreOftenThanItsCap) {
  std::string body;
  for (int i = 0; i < 12; ++i) body += fmt::format("same words of part {}\n\n", i % 3);
  world_.SetFiles("r", {{"long.py", body}, {"short.py", "same words\n"}}, 1);
  const SearchResult result = Search("same words");
  EXPECT_EQ(std::count_if(result.hits.begin(), result.hits.end(),
                          [](const Hit& hit) { return hit.path == "long.py"; }),
            3)
      << Describe(result);
}

TEST_F(AnswererTest, PagesFollowEachOtherWithoutGapOrRepeat) {
  std::vector<TestFile> files;
  for (int i = 0; i < 25; ++i) {
    files.push_back({fmt::format("f{:02}.py", i), fmt::format("common words {}\n", i * 7)});
  }
  world_.SetFiles("r", files, 1);
  Query query;
  query.text = "common words";
  query.limit = 25;
  const std::vector<std::string> all = PathsOf(Search(query));
  ASSERT_EQ(all.size(), 25U);
  query.limit = 10;
  std::vector<std::string> paged;
  do {
    const SearchResult page = Search(query);
    for (const std::string& path : PathsOf(page)) paged.push_back(path);
    query.cursor = page.cursor;
  } while (!query.cursor.empty());
  EXPECT_EQ(paged, all);
}

TEST_F(AnswererTest, ACursorOfAnotherQueryIsRefused) {
  Query query;
  query.text = "release";
  query.limit = 1;
  query.cursor = Search(query).cursor;
  ASSERT_FALSE(query.cursor.empty());
  query.text = "retry";
  EXPECT_EQ(TrySearch(query).error().code, ErrorCode::kInvalidArgument);
  query.text = "release";
  EXPECT_TRUE(TrySearch(query));
  world_.SetFiles("r", {{"a.py", "release\n\nrelease again\n"}}, 1);
  EXPECT_EQ(TrySearch(query).error().code, ErrorCode::kInvalidArgument) << "the commit has moved";
}

TEST_F(AnswererTest, TheBudgetBoundsTheTexts) {
  Query query;
  query.text = "connection pool";
  const SearchResult all = Search(query);
  ASSERT_GT(all.hits.size(), 2U);
  query.budget_tokens = static_cast<std::uint32_t>((all.hits[0].text.size() + 8) / 4);
  const SearchResult one = Search(query);
  ASSERT_EQ(one.hits.size(), 1U) << Describe(one);
  EXPECT_TRUE(one.partial);
  query.cursor = one.cursor;
  EXPECT_EQ(Search(query).hits[0].id, all.hits[1].id)
      << "the next page begins with what was left out";
}

TEST_F(AnswererTest, ABudgetSmallerThanTheFirstHitKeepsItsFirstLines) {
  Query query;
  query.text = "how are idle connections ended?";
  query.budget_tokens = 12;
  const SearchResult result = Search(query);
  ASSERT_EQ(result.hits.size(), 1U);
  EXPECT_EQ(result.hits[0].text, "# Ends all idle connections.");
  EXPECT_EQ(result.hits[0].lines.first, result.hits[0].lines.last);
}

TEST_F(AnswererTest, BadQueriesAreRefused) {
  Query query;
  EXPECT_EQ(TrySearch(query).error().code, ErrorCode::kInvalidArgument);
  query.text = "release";
  query.limit = 0;
  EXPECT_EQ(TrySearch(query).error().code, ErrorCode::kInvalidArgument);
  query.limit = 201;
  EXPECT_EQ(TrySearch(query).error().code, ErrorCode::kInvalidArgument);
  query.limit = 10;
  query.searches = {false, false, false};
  EXPECT_EQ(TrySearch(query).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(AnswererTest, AnExpiredDeadlineEndsTheSearch) {
  snapshot_ = world_.Serve();
  Query query;
  query.text = "release";
  const auto late =
      answerer_.Search(*snapshot_, query, Deadline::After(std::chrono::milliseconds(0)));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::kDeadlineExceeded);
}

TEST_F(AnswererTest, SeveralRepositoriesAreMerged) {
  world_.SetFiles("other",
                  {{"lib/pool.py", "# Keeps worker threads.\nclass ThreadPool:\n  n = 1\n"}}, 2);
  const SearchResult result = Search("pool class");
  EXPECT_THAT(PathsOf(result), Contains("lib/pool.py"));
  EXPECT_THAT(PathsOf(result), Contains("net/pool.py"));
  EXPECT_EQ(result.views.size(), 2U);
  EXPECT_THAT(PathsOf(Search("pool repo:other")), ElementsAre("lib/pool.py"));
}

TEST_F(AnswererTest, WhatIsNotIndexedYetIsNamedAndMakesTheAnswerPartial) {
  const auto served = world_.Serve();
  const auto with = [&](const std::string& name, bool tracked, const std::string& head) {
    std::vector<store::RepoRecord> repos = served->repos();
    std::vector<ServedRef> refs = served->refs();
    store::RepoRecord repo;
    repo.repo = store::RepoNo(99);
    repo.name = name;
    repos.push_back(repo);
    store::RefRecord ref;
    ref.repo = repo.repo;
    ref.name = "HEAD";
    ref.head.bytes = head;
    ref.commit.bytes = head;  // indexed, but not read into memory
    if (tracked) refs.push_back({repo, ref, nullptr, ""});
    Query query;
    query.text = "release";
    const Snapshot snapshot(2, repos, refs);
    return std::move(answerer_.Search(snapshot, query, Deadline())).value();
  };
  EXPECT_FALSE(Search("release").partial);
  const SearchResult behind = with("behind", true, "abc");
  ASSERT_EQ(behind.views.size(), 2U);
  EXPECT_EQ(behind.views[1].repo, "behind");
  EXPECT_TRUE(behind.views[1].commit.empty());
  EXPECT_TRUE(behind.views[1].stale);
  EXPECT_TRUE(behind.partial);
  EXPECT_THAT(behind.hits, Not(IsEmpty()));
  const SearchResult cloning = with("cloning", false, "");
  ASSERT_EQ(cloning.views.size(), 2U);
  EXPECT_EQ(cloning.views[1].ref, "");
  EXPECT_TRUE(cloning.views[1].stale);
  EXPECT_TRUE(cloning.partial);
  const SearchResult unborn = with("unborn", true, "");
  ASSERT_EQ(unborn.views.size(), 2U);
  EXPECT_FALSE(unborn.views[1].stale);
  EXPECT_FALSE(unborn.partial) << "there is nothing to index";
}

TEST_F(AnswererTest, ForksShareChunksAndAHitIsShownOnce) {
  std::vector<TestFile> forked = kFiles;
  forked.push_back({"extra.py", "release notes of the fork\n"});
  world_.SetFiles("zfork", forked, 1);
  const SearchResult result = Search("release");
  std::size_t pools = 0;
  for (const Hit& hit : result.hits) pools += hit.path == "third_party/pool.py" ? 1U : 0U;
  EXPECT_EQ(pools, 1U) << Describe(result);
  EXPECT_THAT(PathsOf(result), Contains("extra.py"));
}

TEST_F(AnswererTest, ShowByIdGivesTheHitAgain) {
  const SearchResult result = Search("ConnectionPool.release");
  for (const Hit& hit : result.hits) {
    ShowQuery query;
    query.id = hit.id;
    const auto shown = answerer_.Show(*snapshot_, query, Deadline());
    ASSERT_TRUE(shown) << shown.error().ToString();
    EXPECT_EQ(shown->hit.text, hit.text);
    EXPECT_EQ(shown->hit.lines, hit.lines);
    EXPECT_EQ(shown->hit.path, hit.path);
    EXPECT_EQ(shown->hit.symbol, hit.symbol);
    EXPECT_EQ(shown->hit.id, hit.id);
  }
}

TEST_F(AnswererTest, ShowOfACommitThatIsGoneSaysSo) {
  ShowQuery query;
  query.id = Search("retry").hits[0].id;
  world_.SetFiles("r", {{"a.py", "else\n"}}, 1);
  snapshot_ = world_.Serve();
  const auto shown = answerer_.Show(*snapshot_, query, Deadline());
  ASSERT_FALSE(shown);
  EXPECT_EQ(shown.error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(shown.error().remedy.empty());
}

TEST_F(AnswererTest, ShowByPathAndLines) {
  snapshot_ = world_.Serve();
  ShowQuery query;
  query.path = "net/retry.py";
  auto shown = answerer_.Show(*snapshot_, query, Deadline());
  ASSERT_TRUE(shown) << shown.error().ToString();
  EXPECT_EQ(shown->hit.text, kFiles[1].content);
  EXPECT_EQ(shown->line_count, 3U);
  EXPECT_EQ(shown->hit.lines, (store::LineRange{1, 3}));
  query.first_line = query.last_line = 2;
  shown = answerer_.Show(*snapshot_, query, Deadline());
  EXPECT_EQ(shown->hit.text, "def retry(request):\n");
  query.first_line = 9;
  query.last_line = 0;
  EXPECT_EQ(answerer_.Show(*snapshot_, query, Deadline()).error().code,
            ErrorCode::kInvalidArgument);
}

TEST_F(AnswererTest, ShowOfAnUnknownPathNamesTheNearest) {
  snapshot_ = world_.Serve();
  ShowQuery query;
  query.path = "net/pol.py";
  const auto shown = answerer_.Show(*snapshot_, query, Deadline());
  ASSERT_FALSE(shown);
  EXPECT_EQ(shown.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(shown.error().remedy, HasSubstr("net/pool.py"));
}

TEST_F(AnswererTest, ShowOfASkippedFileNamesTheReason) {
  world_.SetFiles("r", {{"big.bin", "x", {}, store::Reason::kNone, store::BlobState::kSkipped}}, 1);
  snapshot_ = world_.Serve();
  ShowQuery query;
  query.path = "big.bin";
  const auto shown = answerer_.Show(*snapshot_, query, Deadline());
  ASSERT_FALSE(shown);
  EXPECT_THAT(shown.error().message, HasSubstr("too_large"));
}

TEST_F(AnswererTest, FilesAreListedWithState) {
  world_.SetFiles("r",
                  {{"a.py", "one\n"},
                   {"b.bin", "x", {}, store::Reason::kNone, store::BlobState::kSkipped},
                   {"c.py", "y\n", {}, store::Reason::kGeneratedAttribute}},
                  1);
  snapshot_ = world_.Serve();
  const auto files = answerer_.Files(*snapshot_, {});
  ASSERT_TRUE(files);
  ASSERT_EQ(files->files.size(), 3U);
  EXPECT_EQ(files->files[0].state, store::BlobState::kIndexed);
  EXPECT_EQ(files->files[0].language, Language::kPython);
  EXPECT_EQ(files->files[1].reason, store::Reason::kTooLarge);
  EXPECT_EQ(files->files[2].state, store::BlobState::kSkipped);
  EXPECT_EQ(files->files[2].reason, store::Reason::kGeneratedAttribute);
}

TEST_F(AnswererTest, HostileBytesDoNoHarm) {
  std::string nul("a\0b \xff\xfe words\n", 13);
  world_.SetFiles(
      "r", {{"odd\xff.py", nul}, {"crlf.py", "first line words\r\n\r\nsecond words\r\n"}}, 1);
  const SearchResult result = Search("words");
  EXPECT_EQ(PathsOf(result).size(), 2U) << Describe(result);
  Query query;
  query.text = std::string(200000, 'x') + "\n" + std::string(100, '\xff') + " `unclosed words";
  EXPECT_FALSE(Search(query).hits.empty());
}

}  // namespace
}  // namespace coppice::retrieval
