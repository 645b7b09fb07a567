// Chains of server processes: what the fakes of embedder_chain_test stand for.

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "embed/chain/embedder_chain.h"
#include "embed/chain/generator_chain.h"
#include "embed/openai/openai_embedder.h"
#include "embed/openai/openai_generator.h"
#include "tests/embed/chain/fake_models.h"
#include "tests/embed/openai/openai_test_server.h"

namespace coppice::embed {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;

class OpenAiChainTest : public ::testing::Test {
 protected:
  template <class Model, class Interface>
  ChainLink<Interface> Link(const std::string& server, const std::string& backend) {
    return {
        backend + "/test-model",
        [this, server, backend](const Deadline& deadline) -> Result<std::unique_ptr<Interface>> {
          OpenAiOptions options = server_.Options(server);
          options.max_attempts = 1;
          COPPICE_ASSIGN(auto model, Model::Open(server_.http(), options,
                                                 OpenAiTestServer::Spec(backend), deadline));
          return std::unique_ptr<Interface>(std::move(model));
        }};
  }

  Result<std::unique_ptr<EmbedderChain>> OpenEmbedders(const std::string& first,
                                                       const std::string& second) {
    EmbedderChainOptions options;
    options.now = [this] { return now_; };
    return EmbedderChain::Open(
        {Link<OpenAiEmbedder, Embedder>(first, "a"), Link<OpenAiEmbedder, Embedder>(second, "b")},
        store_, options, Soon());
  }

  static Result<std::vector<float>> Embed(const Embedder& embedder) {
    const std::vector<std::string_view> texts = {"read a file"};
    std::vector<float> out(static_cast<std::size_t>(embedder.info().dimensions));
    COPPICE_TRY(embedder.Embed(texts, Purpose::kDocument, out, Soon()));
    return out;
  }

  CircuitBreaker::Clock::time_point now_{seconds(1000)};
  OpenAiTestServer server_;
  MemoryCanaryStore store_;
};

TEST_F(OpenAiChainTest, OneServerStandsInForTheOtherWithTheSameVectors) {
  const auto chain = OpenEmbedders("one", "two,noise=0.001");
  ASSERT_TRUE(chain) << chain.error().ToString();
  const auto vectors = Embed(**chain);
  server_.Set("one", "fail", "3x503");
  const auto others = Embed(**chain);
  ASSERT_TRUE(others) << others.error().ToString();
  EXPECT_EQ((*chain)->state().serving, "b/test-model");
  EXPECT_THAT((*chain)->state().links[0].reason, HasSubstr("HTTP 503"));
  EXPECT_GT(LeastCosine(*vectors, *others, vectors->size()), 0.999);
  server_.Set("one", "fail", "0x503");
  now_ += seconds(1);
  EXPECT_EQ(*Embed(**chain), *vectors);
  EXPECT_EQ((*chain)->state().serving, "a/test-model");
}

TEST_F(OpenAiChainTest, AServerWithAnotherModelUnderTheSameNameIsRefused) {
  const auto chain = OpenEmbedders("one", "liar,seed=7");
  ASSERT_FALSE(chain);
  EXPECT_EQ(chain.error().code, ErrorCode::kConflict);
  EXPECT_THAT(chain.error().message, HasSubstr("b/test-model is not the model"));
}

TEST_F(OpenAiChainTest, AModelThatChangesBehindItsUrlStopsWriting) {
  const auto chain = OpenEmbedders("same", "same");
  ASSERT_TRUE(chain) << chain.error().ToString();
  server_.Set("same", "seed", "8");
  now_ += minutes(10);
  (*chain)->Check(Soon());
  const auto vectors = Embed(**chain);
  ASSERT_FALSE(vectors);
  EXPECT_EQ(vectors.error().code, ErrorCode::kConflict);
  EXPECT_THAT(vectors.error().remedy, HasSubstr("Serve the model again"));
  server_.Set("same", "seed", "");
  (*chain)->Check(Soon());
  EXPECT_TRUE(Embed(**chain));
}

TEST_F(OpenAiChainTest, AGeneratorThatBreaksOffIsNotContinuedByAnother) {
  const auto chain = GeneratorChain::Open({Link<OpenAiGenerator, TextGenerator>("one", "a"),
                                           Link<OpenAiGenerator, TextGenerator>("two", "b")},
                                          Soon());
  ASSERT_TRUE(chain) << chain.error().ToString();
  std::string text;
  const auto ask = [&](const std::string& prompt) {
    text.clear();
    const std::vector<Message> messages = {{Role::kUser, prompt}};
    return (*chain)->Generate(
        messages, {},
        [&text](std::string_view bytes) -> Result<void> {
          text += bytes;
          return {};
        },
        Soon());
  };
  server_.Set("one", "fail", "1x503");
  EXPECT_TRUE(ask("hello"));
  EXPECT_EQ(text, "hello ");
  EXPECT_EQ((*chain)->state().serving, "b/test-model");
  EXPECT_FALSE(ask("FAULT:cut"));
  EXPECT_EQ(text, "one two ");
}

}  // namespace
}  // namespace coppice::embed
