// OpenAiGenerator against a server process that streams well, or breaks its streams in the ways
// that servers do.

#include "embed/openai/openai_generator.h"

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/format.h"
#include "tests/embed/openai/openai_test_server.h"

namespace coppice::embed {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

class OpenAiGeneratorTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = std::make_unique<OpenAiTestServer>(); }
  static void TearDownTestSuite() { server_.reset(); }

  void Open(const std::string& name, const ModelSpec& spec = OpenAiTestServer::Spec()) {
    OpenWith(server_->Options(name), spec);
  }
  void OpenWith(const OpenAiOptions& options, const ModelSpec& spec = OpenAiTestServer::Spec()) {
    auto opened = OpenAiGenerator::Open(server_->http(), options, spec, Soon());
    ASSERT_TRUE(opened) << opened.error().ToString();
    generator_ = std::move(*opened);
  }

  /// Asks with `prompt` as the user's words; what came is in text_.
  Result<GenerateUsage> Ask(const std::string& prompt, GenerateOptions options = {},
                            const Deadline& deadline = Soon()) {
    text_.clear();
    const std::vector<Message> messages = {{Role::kSystem, "You repeat."}, {Role::kUser, prompt}};
    return generator_->Generate(
        messages, options,
        [this](std::string_view bytes) -> Result<void> {
          text_ += bytes;
          return {};
        },
        deadline);
  }
  Error ErrorOf(const std::string& prompt, const Deadline& deadline = Soon()) {
    const auto usage = Ask(prompt, {}, deadline);
    EXPECT_FALSE(usage) << "answered: " << text_;
    return usage ? Error{} : usage.error();
  }
  Json LastRequest(const std::string& name) { return server_->Told(name).back()["request"]; }

  static std::unique_ptr<OpenAiTestServer> server_;
  std::unique_ptr<OpenAiGenerator> generator_;
  std::string text_;
};

std::unique_ptr<OpenAiTestServer> OpenAiGeneratorTest::server_;

TEST_F(OpenAiGeneratorTest, StreamsTheAnswerWithItsUsage) {
  for (const char* const name : {"plain", "plain,lines=crlf"}) {
    Open(name);
    const auto usage = Ask("tell me of trees");
    ASSERT_TRUE(usage) << usage.error().ToString();
    EXPECT_EQ(text_, "tell me of trees ");
    EXPECT_EQ(usage->prompt_tokens, 11);
    EXPECT_EQ(usage->output_tokens, 4);
    EXPECT_EQ(usage->stop, StopReason::kEnd);
  }
}

TEST_F(OpenAiGeneratorTest, SendsWhatItWasAsked) {
  Open("sends");
  GenerateOptions options;
  options.max_output_tokens = 3;
  options.temperature = 0.5;
  options.top_p = 0.9;
  options.seed = 42;
  const auto usage = Ask("one two three four five", options);
  ASSERT_TRUE(usage);
  EXPECT_EQ(usage->stop, StopReason::kLength);
  EXPECT_EQ(text_, "one two three ");
  const Json request = LastRequest("sends");
  EXPECT_EQ(request["model"], "test-model");
  EXPECT_EQ(request["messages"][0]["role"], "system");
  EXPECT_EQ(request["messages"][1]["content"], "one two three four five");
  EXPECT_EQ(request["max_tokens"], 3);
  EXPECT_EQ(request["temperature"], 0.5);
  EXPECT_EQ(request["top_p"], 0.9);
  EXPECT_EQ(request["seed"], 42);
  EXPECT_EQ(request["stream"], true);
}

TEST_F(OpenAiGeneratorTest, AServerThatRefusesAFieldIsAskedWithoutIt) {
  Open("old,strict=stream_options");
  for (int round = 0; round < 2; ++round) {
    const auto usage = Ask("one two");
    ASSERT_TRUE(usage) << usage.error().ToString();
    EXPECT_EQ(usage->output_tokens, 2) << "counted by its pieces";
    EXPECT_EQ(server_->Asked("old,strict=stream_options"), 2U + static_cast<unsigned>(round))
        << "what it refused is remembered";
  }
  Open("new,strict=max_tokens");
  EXPECT_TRUE(Ask("one two"));
  EXPECT_EQ(LastRequest("new,strict=max_tokens")["max_completion_tokens"], 512);
}

TEST_F(OpenAiGeneratorTest, AnAnswerThatBreaksOffIsUnavailableNeverAShortOne) {
  Open("broken");
  for (const char* const fault : {"cut", "reset", "no-end"}) {
    const std::size_t before = server_->Asked("broken");
    const Error error = ErrorOf(fmt::format("FAULT:{}", fault));
    EXPECT_EQ(error.code, ErrorCode::kUnavailable) << fault << " " << error.ToString();
    EXPECT_TRUE(error.retryable);
    EXPECT_THAT(error.message, HasSubstr("broke off after 8 bytes")) << fault;
    EXPECT_EQ(text_, "one two ");
    EXPECT_EQ(server_->Asked("broken"), before + 1) << "not asked again once text was delivered";
  }
}

TEST_F(OpenAiGeneratorTest, AnEndWithoutDoneWillDo) {
  Open("no-done");
  const auto usage = Ask("FAULT:no-done");
  ASSERT_TRUE(usage) << usage.error().ToString();
  EXPECT_EQ(text_, "one two ");
}

TEST_F(OpenAiGeneratorTest, AnErrorWithinTheStreamIsTheErrorOfTheCall) {
  Open("errors");
  const Error with_code = ErrorOf("FAULT:error");
  EXPECT_EQ(with_code.code, ErrorCode::kUnavailable);
  EXPECT_THAT(with_code.message, HasSubstr("out of memory"));
  EXPECT_EQ(ErrorOf("FAULT:error-text").code, ErrorCode::kUnavailable);
  EXPECT_EQ(ErrorOf("FAULT:garbage").code, ErrorCode::kCorrupt);
  EXPECT_EQ(ErrorOf("FAULT:half").code, ErrorCode::kCorrupt);
  EXPECT_EQ(ErrorOf("FAULT:html-stream").code, ErrorCode::kCorrupt);
  EXPECT_EQ(ErrorOf("FAULT:filter").code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(ErrorOf("FAULT:tool").code, ErrorCode::kUnsupported);
  EXPECT_EQ(ErrorOf("FAULT:refused").code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(ErrorOf("FAULT:huge-event").code, ErrorCode::kResourceExhausted);
}

TEST_F(OpenAiGeneratorTest, AModelThatLoopsIsCutAtTheLimit) {
  Open("loop");
  GenerateOptions options;
  options.max_output_tokens = 20;
  const auto usage = Ask("FAULT:loop", options);
  ASSERT_TRUE(usage) << usage.error().ToString();
  EXPECT_EQ(usage->stop, StopReason::kLength);
  EXPECT_EQ(usage->output_tokens, 20);
  EXPECT_EQ(text_.size(), 8U + 18 * 6);
}

TEST_F(OpenAiGeneratorTest, OtherChoicesAndReasoningAreNoText) {
  Open("extras");
  EXPECT_TRUE(Ask("FAULT:other-choice"));
  EXPECT_EQ(text_, "one two three");
  EXPECT_TRUE(Ask("FAULT:reasoning"));
  EXPECT_EQ(text_, "one two three");
}

TEST_F(OpenAiGeneratorTest, AServerThatDoesNotStreamWillDo) {
  Open("whole");
  const auto usage = Ask("FAULT:whole");
  ASSERT_TRUE(usage) << usage.error().ToString();
  EXPECT_EQ(text_, "all at once");
  EXPECT_EQ(usage->output_tokens, 4);
}

TEST_F(OpenAiGeneratorTest, TooLongAPromptNamesBothLengths) {
  Open("context,ctx=30,len=30");
  std::string prompt;
  for (int i = 0; i < 40; ++i) prompt += "word ";
  const Error error = ErrorOf(prompt);
  EXPECT_EQ(error.code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(error.message, HasSubstr("is longer than the context of 30 tokens"));
  EXPECT_THAT(error.message, HasSubstr("you requested 40"));
}

TEST_F(OpenAiGeneratorTest, ABusyServerIsAskedAgainBeforeTheFirstPiece) {
  Open("busy");
  server_->Set("busy", "fail", "2x503");
  EXPECT_TRUE(Ask("hello")) << "twice 503, then an answer";
  EXPECT_EQ(text_, "hello ");
}

TEST_F(OpenAiGeneratorTest, AnErrorOfTheCallbackEndsTheAnswerAndIsReturned) {
  Open("gone");
  const std::vector<Message> messages = {{Role::kUser, "FAULT:loop"}};
  int pieces = 0;
  GenerateOptions options;
  options.max_output_tokens = 1000000;
  const auto usage = generator_->Generate(
      messages, options,
      [&](std::string_view) -> Result<void> {
        return ++pieces < 3 ? Result<void>() : MakeError(ErrorCode::kCancelled, "the client left");
      },
      Soon());
  EXPECT_EQ(usage.error().message, "the client left");
  EXPECT_EQ(pieces, 3);
  EXPECT_EQ(generator_->state().last_error, "") << "nothing of this is the server's fault";
}

TEST_F(OpenAiGeneratorTest, DeadlineAndSilenceEndAnAnswer) {
  OpenAiOptions options = server_->Options("silent");
  options.idle_timeout = milliseconds(300);
  OpenWith(options);
  EXPECT_EQ(ErrorOf("FAULT:silent").code, ErrorCode::kUnavailable);
  Open("silent");
  const auto began = Deadline::Clock::now();
  EXPECT_EQ(ErrorOf("FAULT:silent", Deadline::After(milliseconds(300))).code,
            ErrorCode::kDeadlineExceeded);
  EXPECT_LT(Deadline::Clock::now() - began, seconds(5));
}

TEST_F(OpenAiGeneratorTest, WhatCannotBeAskedIsRefusedHere) {
  Open("refuses");
  const auto none = generator_->Generate(
      {}, {}, [](std::string_view) { return Result<void>(); }, Soon());
  EXPECT_EQ(none.error().code, ErrorCode::kInvalidArgument);
  GenerateOptions options;
  options.adapter = "mine";
  EXPECT_EQ(Ask("x", options).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(server_->Asked("refuses"), 0U);
}

TEST_F(OpenAiGeneratorTest, TextOfAnyBytesCanBeAsked) {
  Open("bytes");
  EXPECT_TRUE(Ask("caf\xC3\xA9 \xFF broken \xE2\x82"));
  EXPECT_THAT(text_, HasSubstr("caf\xC3\xA9"));
}

}  // namespace
}  // namespace coppice::embed
