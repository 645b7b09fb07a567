#include "embed/openai/openai_reranker.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/embed/openai/openai_test_server.h"

namespace coppice::embed {
namespace {

using ::testing::HasSubstr;
using Texts = std::vector<std::string_view>;

class OpenAiRerankerTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = std::make_unique<OpenAiTestServer>(); }
  static void TearDownTestSuite() { server_.reset(); }

  void Open(const std::string& name) {
    auto opened = OpenAiReranker::Open(server_->http(), server_->Options(name),
                                       OpenAiTestServer::Spec(), Soon());
    ASSERT_TRUE(opened) << opened.error().ToString();
    reranker_ = std::move(*opened);
  }

  Result<std::vector<float>> Score(std::string_view query, const Texts& documents) {
    std::vector<float> scores(documents.size(), -1.0F);
    COPPICE_TRY(reranker_->Score(query, documents, scores, Soon()));
    return scores;
  }

  static std::unique_ptr<OpenAiTestServer> server_;
  std::unique_ptr<OpenAiReranker> reranker_;
};

std::unique_ptr<OpenAiTestServer> OpenAiRerankerTest::server_;

TEST_F(OpenAiRerankerTest, ScoresStandInTheOrderOfTheDocuments) {
  for (const char* const name : {"jina", "tei,shape=tei"}) {
    Open(name);
    for (int round = 0; round < 2; ++round) {
      const auto scores = Score("open a file", {"close it", "open the file", "a file to open"});
      ASSERT_TRUE(scores) << scores.error().ToString();
      EXPECT_EQ(*scores, (std::vector<float>{0, 2, 3})) << name;
    }
  }
  EXPECT_EQ(server_->Asked("jina"), 2U);
  EXPECT_EQ(server_->Asked("tei,shape=tei"), 3U) << "which names it takes is remembered";
}

TEST_F(OpenAiRerankerTest, WrongScoresAreCorrupt) {
  Open("wrong");
  for (const std::string_view fault : {"FAULT:null", "FAULT:count"}) {
    const auto scores = Score("query", {fault, "other"});
    ASSERT_FALSE(scores);
    EXPECT_EQ(scores.error().code, ErrorCode::kCorrupt);
  }
}

TEST_F(OpenAiRerankerTest, NoDocumentsAskNothingAndWrongSizesAreRefused) {
  Open("none");
  EXPECT_TRUE(Score("query", {}));
  std::vector<float> out(2);
  const Texts one = {"document"};
  EXPECT_EQ(reranker_->Score("query", one, out, Soon()).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(server_->Asked("none"), 0U);
}

}  // namespace
}  // namespace coppice::embed
