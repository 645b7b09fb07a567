#include "daemon/retrieval/search/bm25f.h"

#include <gtest/gtest.h>

#include "daemon/retrieval/search/lexical_search.h"
#include "tests/retrieval/memory_world.h"

namespace coppice::retrieval {
namespace {

using testing::MemoryWorld;
using testing::WordEmbedder;

// 3 documents, 1 with the word: ln(1 + 2.5 / 1.5).
TEST(Bm25fTest, InverseDocumentFrequencyIsTheOneOfTheFormula) {
  EXPECT_NEAR(InverseDocumentFrequency(3, 1), 0.980829, 1e-6);
  EXPECT_NEAR(InverseDocumentFrequency(3, 3), 0.133531, 1e-6);
  EXPECT_GT(InverseDocumentFrequency(3, 3), 0) << "a word that stands everywhere never harms";
}

// body: 2 of weight 1, b 0.75, twice the average length: 2 / 1.75; symbol: 1 of weight 4, b 0.4,
// average length: 4. Together 5.142857; saturated by k1 1.2: 5.142857 * 2.2 / 6.342857.
TEST(Bm25fTest, FieldsAddUpBeforeTheySaturate) {
  FieldModel model;
  model.weight = {4, 0, 0, 0, 1, 0};
  model.b = {0.4, 0.4, 0.4, 0.4, 0.75, 0.4};
  model.average_length = {3, 0, 0, 0, 10, 0};
  const FieldCounts counts = {1, 0, 0, 0, 2};
  const FieldCounts lengths = {3, 0, 0, 0, 20};
  EXPECT_NEAR(model.Frequency(counts, lengths), 5.142857, 1e-6);
  EXPECT_NEAR(Saturate(5.142857, 1.2), 1.783784, 1e-6);
}

/// A world of one repository whose scope is asked for single words, body only, no stems.
class WordScores : public ::testing::Test {
 protected:
  WordScores() {
    for (double ClassWeights::*field : {&ClassWeights::field_symbol, &ClassWeights::field_signature,
                                        &ClassWeights::field_doc_first,
                                        &ClassWeights::field_doc_rest, &ClassWeights::field_path}) {
      row_.*field = 0;
    }
    weights_.stem = 0;
    weights_.k1 = 1.2;
    weights_.b_body = 0.75;
  }

  LexicalScores Ask(const std::string& word) {
    snapshot_ = world_.Serve();
    auto refs = SelectRefs(*snapshot_, {});
    EXPECT_TRUE(refs);
    const Scope scope(refs->served, {});
    auto scores = SearchWords(scope, {{word, word, 1.0}}, row_, weights_, Deadline());
    EXPECT_TRUE(scores);
    return *scores;
  }

  WordEmbedder embedder_;
  MemoryWorld world_{embedder_};
  RankingWeights weights_;
  ClassWeights row_;
  std::shared_ptr<const Snapshot> snapshot_;
};

// Three chunks of 4, 2 and 3 words: average 3. "alpha" is in two: idf = ln(1 + 1.5 / 2.5) =
// 0.470004. Chunk 0: tf 2 / (0.25 + 0.75 * 4 / 3) = 1.6;      score = idf * 1.6 * 2.2 / 2.8      =
// 0.590862 Chunk 1: tf 1 / (0.25 + 0.75 * 2 / 3) = 1.333333; score = idf * 1.333333 * 2.2
// / 2.533333 = 0.544215
TEST_F(WordScores, OfChunksAreThoseComputedByHand) {
  world_.SetFiles("r", {{"a.py", "alpha alpha beta gamma\n\nalpha delta\n\nbeta delta gamma\n"}});
  const LexicalScores scores = Ask("alpha");
  ASSERT_EQ(scores.chunks.size(), 3U);
  EXPECT_NEAR(scores.chunks[0], 0.590862, 1e-5);
  EXPECT_NEAR(scores.chunks[1], 0.544215, 1e-5);
  EXPECT_EQ(scores.chunks[2], 0);
}

// Two files of 2 and 4 words: average 3; "alpha" in one: idf = ln(1 + 1.5 / 1.5) = 0.693147.
// tf 2 / (0.25 + 0.75 * 4 / 3) = 1.6; score = 0.693147 * 1.6 * 2.2 / 2.8 = 0.871385.
TEST_F(WordScores, OfFilesAreThoseComputedByHand) {
  world_.SetFiles("r", {{"a.py", "beta gamma\n"}, {"b.py", "alpha beta\n\nalpha gamma\n"}});
  const LexicalScores scores = Ask("alpha");
  ASSERT_EQ(scores.files.size(), 2U);
  EXPECT_EQ(scores.files[0], 0);
  EXPECT_NEAR(scores.files[1], 0.871385, 1e-5);
}

// The path field alone: one of two files has the word in its path; both paths have 2 words.
// tf = 1 * weight 3; score = ln 2 * 3 * 2.2 / 4.2 = 1.089231.
TEST_F(WordScores, OfFilesCountTheirPaths) {
  row_.field_path = 3;
  world_.SetFiles("r", {{"disk/cache.py", "beta gamma\n"}, {"disk/pool.py", "beta delta\n"}});
  const LexicalScores scores = Ask("cache");
  EXPECT_NEAR(scores.files[0], 1.089231, 1e-5);
  EXPECT_EQ(scores.files[1], 0);
}

TEST_F(WordScores, DoNotDependOnGarbageInTheSpace) {
  world_.SetFiles("r", {{"a.py", "alpha alpha beta gamma\n\nalpha delta\n"}});
  const LexicalScores before = Ask("alpha");
  world_.AddGarbage("r", "alpha alpha alpha alpha alpha words of a commit nobody serves\n");
  const LexicalScores after = Ask("alpha");
  EXPECT_DOUBLE_EQ(before.best_chunk, after.best_chunk);
  EXPECT_DOUBLE_EQ(before.best_file, after.best_file);
}

TEST_F(WordScores, DoNotDependOnSpacesThatAreNotAsked) {
  world_.SetFiles("mine", {{"a.py", "alpha beta gamma\n\nalpha delta\n"}}, 1);
  const LexicalScores alone = Ask("alpha");
  world_.SetFiles("other", {{"b.py", "alpha alpha alpha\n"}}, 2);
  snapshot_ = world_.Serve();
  ViewSelector mine;
  mine.repos = {"mine"};
  const auto refs = SelectRefs(*snapshot_, mine);
  const Scope scope(refs->served, {});
  const auto beside = SearchWords(scope, {{"alpha", "alpha", 1.0}}, row_, weights_, Deadline());
  EXPECT_DOUBLE_EQ(alone.best_chunk, beside->best_chunk);
}

// Two spaces are scored as one would be that held both.
TEST_F(WordScores, SumStatisticsOverTheSpacesThatAreAsked) {
  const std::string first = "alpha alpha beta gamma\n\nbeta epsilon\n";
  const std::string second = "alpha delta\n\nzeta delta gamma\n";
  world_.SetFiles("one", {{"a.py", first}}, 1);
  world_.SetFiles("two", {{"b.py", second}}, 2);
  const LexicalScores apart = Ask("alpha");
  MemoryWorld together(embedder_);
  together.SetFiles("both", {{"a.py", first}, {"b.py", second}});
  const auto snapshot = together.Serve();
  const Scope scope(SelectRefs(*snapshot, {})->served, {});
  const auto joint = SearchWords(scope, {{"alpha", "alpha", 1.0}}, row_, weights_, Deadline());
  EXPECT_EQ(apart.chunks, joint->chunks);
  EXPECT_EQ(apart.files, joint->files);
}

TEST_F(WordScores, DoNotDependOnHowSegmentsAreCut) {
  world_.SetFiles("r", {{"a.py", "alpha beta\n"},
                        {"b.py", "alpha alpha gamma\n"},
                        {"c.py", "delta\n\nalpha zeta\n"}});
  const LexicalScores whole = Ask("alpha");
  world_.set_blobs_per_segment(1);
  const LexicalScores cut = Ask("alpha");
  EXPECT_EQ(whole.chunks, cut.chunks);
  EXPECT_EQ(whole.files, cut.files);
}

TEST_F(WordScores, FindOtherFormsOfAWordWithLess) {
  weights_.stem = 0.5;
  world_.SetFiles("r", {{"a.py", "connection beta\n"}, {"b.py", "connected beta\n"}});
  snapshot_ = world_.Serve();
  const Scope scope(SelectRefs(*snapshot_, {})->served, {});
  const auto scores =
      SearchWords(scope, {{"connected", "connect", 1.0}}, row_, weights_, Deadline());
  ASSERT_EQ(scores->chunks.size(), 2U);
  EXPECT_GT(scores->chunks[0], 0);
  EXPECT_GT(scores->chunks[1], scores->chunks[0]);
}

}  // namespace
}  // namespace coppice::retrieval
