#include "embed/chain/generator_chain.h"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "embed/chain/chain_watch.h"
#include "tests/embed/chain/fake_models.h"

namespace coppice::embed {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Deadline Soon() { return Deadline::After(seconds(30)); }
Error Away() { return MakeError(ErrorCode::kUnavailable, "connection refused"); }

class GeneratorChainTest : public ::testing::Test {
 protected:
  GeneratorChainTest() {
    first_.name = "vllm/large";
    second_.name = "local/small";
    second_.max_input_bytes = 2048;
  }

  void Open() {
    auto opened = GeneratorChain::Open({GeneratorLink(first_), GeneratorLink(second_)}, Soon(),
                                       [this] { return now_; });
    ASSERT_TRUE(opened) << opened.error().ToString();
    chain_ = std::move(*opened);
  }

  Result<GenerateUsage> Generate() {
    text_.clear();
    const std::vector<Message> messages = {{Role::kUser, "hello"}};
    return chain_->Generate(
        messages, {},
        [this](std::string_view bytes) -> Result<void> {
          text_ += bytes;
          return {};
        },
        Soon());
  }

  CircuitBreaker::Clock::time_point now_{seconds(1000)};
  BackendKnobs first_;
  BackendKnobs second_;
  std::string text_;
  std::unique_ptr<GeneratorChain> chain_;
};

TEST_F(GeneratorChainTest, TheFirstThatAnswersIsAsked) {
  Open();
  EXPECT_TRUE(Generate());
  EXPECT_EQ(text_, "vllm/large");
  first_.error = Away();
  EXPECT_TRUE(Generate());
  EXPECT_EQ(text_, "local/small");
  EXPECT_EQ(chain_->state().serving, "local/small");
  first_.error.reset();
  now_ += seconds(1);
  EXPECT_TRUE(Generate());
  EXPECT_EQ(text_, "vllm/large");
}

TEST_F(GeneratorChainTest, AnAnswerIsNeverPiecedTogetherFromTwoModels) {
  Open();
  first_.text_before_error = "half an ";
  first_.error = Away();
  const auto usage = Generate();
  ASSERT_FALSE(usage);
  EXPECT_EQ(usage.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(text_, "half an ");
  EXPECT_EQ(second_.calls, 0);
}

TEST_F(GeneratorChainTest, AnErrorOfTheRequestIsNotAskedElsewhere) {
  Open();
  first_.error = MakeError(ErrorCode::kInvalidArgument, "too long a prompt");
  EXPECT_EQ(Generate().error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(second_.calls, 0);
}

TEST_F(GeneratorChainTest, WhatWasAwayIsOpenedLater) {
  first_.open_error = Away();
  second_.open_error = Away();
  Open();
  EXPECT_EQ(Generate().error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(chain_->CountTokens("text").error().code, ErrorCode::kUnavailable);
  first_.open_error.reset();
  ChainWatch watch({[this](const Deadline& deadline) { chain_->Check(deadline); }},
                   milliseconds(10));
  const Deadline deadline = Soon();
  while (!Generate() && !deadline.expired()) {
  }
  EXPECT_EQ(text_, "vllm/large");
}

TEST_F(GeneratorChainTest, TheSmallestContextCounts) {
  Open();
  EXPECT_EQ(chain_->info().context_tokens, 2048);
  EXPECT_EQ(chain_->info().name, "vllm/large");
  EXPECT_EQ(*chain_->CountTokens("four"), 4);
}

TEST_F(GeneratorChainTest, AWrongConfigurationIsToldAtTheStart) {
  second_.open_error = MakeError(ErrorCode::kUnauthenticated, "HTTP 401");
  const auto opened = GeneratorChain::Open({GeneratorLink(first_), GeneratorLink(second_)}, Soon());
  EXPECT_EQ(opened.error().message, "local/small: HTTP 401");
  EXPECT_EQ(GeneratorChain::Open({}, Soon()).error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace coppice::embed
