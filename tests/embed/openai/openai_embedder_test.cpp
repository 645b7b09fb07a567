// OpenAiEmbedder against a server process that answers well, or spoils its answers in the ways that
// servers do.

#include "embed/openai/openai_embedder.h"

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/format.h"
#include "base/log.h"
#include "tests/embed/openai/openai_test_server.h"
#include "tests/support/temp_folder.h"

namespace coppice::embed {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;
using Vectors = std::vector<float>;
using Texts = std::vector<std::string_view>;

class OpenAiEmbedderTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = std::make_unique<OpenAiTestServer>(); }
  static void TearDownTestSuite() { server_.reset(); }

  static Result<std::unique_ptr<OpenAiEmbedder>> TryOpen(
      const std::string& name, const ModelSpec& spec = OpenAiTestServer::Spec()) {
    return OpenAiEmbedder::Open(server_->http(), server_->Options(name), spec, Soon());
  }

  void Open(const std::string& name, const ModelSpec& spec = OpenAiTestServer::Spec()) {
    OpenWith(server_->Options(name), spec);
  }
  void OpenWith(const OpenAiOptions& options, const ModelSpec& spec = OpenAiTestServer::Spec()) {
    auto opened = OpenAiEmbedder::Open(server_->http(), options, spec, Soon());
    ASSERT_TRUE(opened) << opened.error().ToString();
    embedder_ = std::move(*opened);
  }

  Result<Vectors> TryEmbed(const Texts& texts, Purpose purpose = Purpose::kDocument,
                           const Deadline& deadline = Soon()) {
    Vectors out(texts.size() * static_cast<std::size_t>(embedder_->info().dimensions), -7.0F);
    COPPICE_TRY(embedder_->Embed(texts, purpose, out, deadline));
    return out;
  }
  Vectors Embed(const Texts& texts, Purpose purpose = Purpose::kDocument) {
    auto out = TryEmbed(texts, purpose);
    EXPECT_TRUE(out) << out.error().ToString();
    return out ? std::move(*out) : Vectors();
  }
  Error ErrorOf(const Texts& texts, Purpose purpose = Purpose::kDocument,
                const Deadline& deadline = Soon()) {
    const auto out = TryEmbed(texts, purpose, deadline);
    EXPECT_FALSE(out) << "vectors came";
    return out ? Error{} : out.error();
  }
  Vectors Row(const Vectors& all, std::size_t row) const {
    const auto dimensions = embedder_->info().dimensions;
    const auto first = all.begin() + static_cast<std::ptrdiff_t>(row) * dimensions;
    return {first, first + dimensions};
  }

  static std::unique_ptr<OpenAiTestServer> server_;
  std::unique_ptr<OpenAiEmbedder> embedder_;
};

std::unique_ptr<OpenAiTestServer> OpenAiEmbedderTest::server_;

double Norm(const Vectors& vector) {
  double squares = 0;
  for (const float value : vector) squares += static_cast<double>(value) * value;
  return std::sqrt(squares);
}

TEST_F(OpenAiEmbedderTest, SaysWhatTheServerServes) {
  Open("says,len=400");
  EXPECT_EQ(embedder_->info().name, "remote/test-model");
  EXPECT_EQ(embedder_->info().dimensions, 16);
  EXPECT_EQ(embedder_->info().max_input_bytes, 1200);
  EXPECT_EQ(embedder_->info().revision.size(), 64U);
  EXPECT_EQ(embedder_->state().context_tokens, 400);
  const std::string revision = embedder_->info().revision;
  Open("says-too,len=400");
  EXPECT_EQ(embedder_->info().revision, revision);
  Open("says-other,len=400,seed=1");
  EXPECT_NE(embedder_->info().revision, revision);
  ModelSpec pinned = OpenAiTestServer::Spec();
  pinned.sha256 = std::string(64, 'a');
  Open("says", pinned);
  EXPECT_EQ(embedder_->info().revision, pinned.sha256);
}

TEST_F(OpenAiEmbedderTest, VectorsAreInTheOrderOfTheTextsAndOfLengthOne) {
  Open("good");
  const Texts texts = {"alpha beta", "gamma", "", "delta epsilon zeta"};
  const Vectors all = Embed(texts);
  for (const std::size_t i : {0U, 1U, 3U}) {
    EXPECT_NEAR(Norm(Row(all, i)), 1.0, 1e-6);
    EXPECT_EQ(Row(all, i), Embed({texts[i]})) << i;
  }
  EXPECT_EQ(Norm(Row(all, 2)), 0.0);
}

TEST_F(OpenAiEmbedderTest, AsksForAnEncodingAndTakesEither) {
  const Texts plain = {"one two", "three"};
  const Texts base64 = {"one two", "three", "FAULT:base64"};
  Open("encoding");
  const Vectors numbers = Embed(plain);
  const Vectors texts = Embed(base64);
  EXPECT_EQ(server_->Told("encoding").back()["request"]["encoding_format"], "float");
  EXPECT_EQ(Row(texts, 0), Row(numbers, 0)) << "base64 though numbers were asked for";
  OpenAiOptions options = server_->Options("encoding");
  options.base64 = true;
  OpenWith(options);
  EXPECT_EQ(Embed(plain), numbers);
  EXPECT_EQ(server_->Told("encoding").back()["request"]["encoding_format"], "base64");
}

TEST_F(OpenAiEmbedderTest, TheIndexSaysWhichTextAVectorIsOf) {
  Open("order");
  const Vectors wanted = Embed({"alpha", "beta", "FAULT:none"});
  EXPECT_EQ(Row(Embed({"alpha", "beta", "FAULT:permuted"}), 0), Row(wanted, 0));
  EXPECT_EQ(Row(Embed({"alpha", "beta", "FAULT:no-index"}), 1), Row(wanted, 1));
}

TEST_F(OpenAiEmbedderTest, AnAnswerThatIsNotWhatWasAskedForGivesNoVector) {
  Open("spoilt");
  for (const char* const fault :
       {"count", "dims", "null", "nan", "huge-number", "text", "index", "negative", "twice",
        "bad-base64", "half-base64", "no-data", "deep", "html"}) {
    const std::string text = fmt::format("FAULT:{}", fault);
    const Error error = ErrorOf({text, "other"});
    EXPECT_EQ(error.code, ErrorCode::kCorrupt) << fault << ": " << error.ToString();
    EXPECT_THAT(error.message, HasSubstr("127.0.0.1:")) << fault;
    EXPECT_FALSE(error.retryable);
  }
  EXPECT_THAT(ErrorOf({"FAULT:dims", "x"}).message, HasSubstr("17 values where the model has 16"));
  EXPECT_THAT(ErrorOf({"FAULT:count", "x"}).message, HasSubstr("1 vectors came for 2 texts"));
  EXPECT_THAT(ErrorOf({"FAULT:nan", "x"}).message, HasSubstr("NaN"));
}

TEST_F(OpenAiEmbedderTest, AHugeOrEndlessAnswerIsNotRead) {
  Open("huge");
  for (const char* const text : {"FAULT:huge", "FAULT:endless"}) {
    EXPECT_EQ(ErrorOf({text}).code, ErrorCode::kResourceExhausted) << text;
  }
}

TEST_F(OpenAiEmbedderTest, ALostConnectionIsTriedAgainThenUnavailable) {
  OpenAiOptions options = server_->Options("lost");
  options.max_attempts = 2;
  OpenWith(options);
  for (const char* const text : {"FAULT:cut", "FAULT:reset"}) {
    const std::size_t before = server_->Asked("lost");
    const Error error = ErrorOf({text});
    EXPECT_EQ(error.code, ErrorCode::kUnavailable) << error.ToString();
    EXPECT_TRUE(error.retryable);
    // libcurl itself sends again what a kept connection lost before an answer began.
    EXPECT_GE(server_->Asked("lost"), before + 2);
    EXPECT_LE(server_->Asked("lost"), before + 4);
  }
}

TEST_F(OpenAiEmbedderTest, ARedirectIsNotFollowed) {
  Open("redirect");
  const Error error = ErrorOf({"FAULT:redirect"});
  EXPECT_EQ(error.code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(error.remedy, HasSubstr("base_url"));
}

TEST_F(OpenAiEmbedderTest, ABusyServerIsAskedAgain) {
  Open("busy");
  for (const char* const fault : {"2x503", "2x502", "2x429", "1x500", "1x408"}) {
    server_->Set("busy", "fail", fault);
    EXPECT_EQ(Embed({"text"}).size(), 16U) << fault;
  }
  EXPECT_GT(embedder_->state().connection.retries, 0U);
}

TEST_F(OpenAiEmbedderTest, RetryAfterIsKept) {
  Open("later,retry=1");
  server_->Set("later,retry=1", "fail", "1x429");
  const auto began = Deadline::Clock::now();
  EXPECT_TRUE(TryEmbed({"text"}));
  EXPECT_GE(Deadline::Clock::now() - began, milliseconds(990));
}

TEST_F(OpenAiEmbedderTest, ARetryBeyondTheDeadlineIsLeftToTheCaller) {
  Open("too-late,retry=60");
  server_->Set("too-late,retry=60", "fail", "9x429");
  const auto began = Deadline::Clock::now();
  const Error error = ErrorOf({"text"}, Purpose::kQuery, Deadline::After(seconds(5)));
  EXPECT_EQ(error.code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(error.retry_after_ms, 60000);
  EXPECT_LT(Deadline::Clock::now() - began, seconds(3));
}

TEST_F(OpenAiEmbedderTest, AServerThatFailsIsLeftAloneThenTriedAgain) {
  OpenAiOptions options = server_->Options("breaker");
  options.max_attempts = 1;
  OpenWith(options);
  server_->Set("breaker", "fail", "5x503");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ErrorOf({"text"}).code, ErrorCode::kUnavailable);
  EXPECT_EQ(embedder_->state().connection.breaker, BreakerState::kOpen);
  EXPECT_THAT(embedder_->state().connection.last_error, HasSubstr("HTTP 503"));
  const std::size_t asked = server_->Asked("breaker");
  const Error left_alone = ErrorOf({"text"});
  EXPECT_EQ(left_alone.code, ErrorCode::kUnavailable);
  EXPECT_GT(left_alone.retry_after_ms.value_or(0), 0);
  EXPECT_EQ(server_->Asked("breaker"), asked) << "nothing is sent meanwhile";
  std::this_thread::sleep_for(milliseconds(1100));
  EXPECT_TRUE(TryEmbed({"text"}));
  EXPECT_EQ(embedder_->state().connection.breaker, BreakerState::kClosed);
}

TEST_F(OpenAiEmbedderTest, AHangingServerOpensTheBreakerThoughCallersAreInAHurry) {
  Open("hang");
  server_->Set("hang", "hang", "100");
  for (int i = 0; i < 5; ++i) {
    const Error error = ErrorOf({"text"}, Purpose::kQuery, Deadline::After(milliseconds(600)));
    EXPECT_EQ(error.code, ErrorCode::kDeadlineExceeded);
  }
  EXPECT_EQ(embedder_->state().connection.breaker, BreakerState::kOpen);
}

TEST_F(OpenAiEmbedderTest, AStoppedCallReturnsAtOnceAndSaysNothingOfTheServer) {
  Open("stop");
  server_->Set("stop", "hang", "100");
  std::stop_source stop;
  std::jthread stopper([&stop] {
    std::this_thread::sleep_for(milliseconds(200));
    stop.request_stop();
  });
  const auto began = Deadline::Clock::now();
  const Error error = ErrorOf({"text"}, Purpose::kDocument, Deadline::Never(stop.get_token()));
  EXPECT_EQ(error.code, ErrorCode::kCancelled);
  EXPECT_LT(Deadline::Clock::now() - began, seconds(5));
  EXPECT_EQ(embedder_->state().connection.last_error, "");
}

TEST_F(OpenAiEmbedderTest, OneBadTextOfABatchIsFoundAndLeftOut) {
  Open("bisect");
  for (const char* const bad : {"FAULT:refused", "FAULT:crash"}) {
    std::vector<std::string> texts;
    for (int i = 0; i < 21; ++i) texts.push_back(fmt::format("text number {}", i));
    texts[13] = bad;
    const Vectors all = Embed(Texts(texts.begin(), texts.end()));
    for (std::size_t i = 0; i < texts.size(); ++i) {
      EXPECT_NEAR(Norm(Row(all, i)), i == 13 ? 0.0 : 1.0, 1e-6) << i;
    }
    EXPECT_EQ(Row(all, 14), Embed({texts[14]}));
  }
  EXPECT_EQ(embedder_->state().refused_inputs, 2U);
}

TEST_F(OpenAiEmbedderTest, AQueryThatIsRefusedSaysSoWithoutRepeatingIt) {
  Open("query");
  const Error error = ErrorOf({"FAULT:refused"}, Purpose::kQuery);
  EXPECT_EQ(error.code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(error.message, HasSubstr("this text is not taken"));
  EXPECT_THAT(error.message, Not(HasSubstr("secret")));
}

TEST_F(OpenAiEmbedderTest, AServerThatRefusesEverythingIsNotBlamedOnTheTexts) {
  Open("refuses-all");
  server_->Set("refuses-all", "strict", "input");
  std::vector<std::string> texts(32, "text");
  const std::size_t before = server_->Asked("refuses-all");
  const Error error = ErrorOf(Texts(texts.begin(), texts.end()));
  EXPECT_EQ(error.code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(server_->Asked("refuses-all"), before + 2) << "the batch and the control text";
  EXPECT_EQ(embedder_->state().refused_inputs, 0U);
}

TEST_F(OpenAiEmbedderTest, TooLongATextIsMadeShorterUntilItFits) {
  for (const char* const name : {"long,len=64,ctx=64", "long5,len=64,ctx500=64"}) {
    Open(name);
    std::string dense;  // more tokens than its bytes let expect
    while (dense.size() < 190) dense += "a ";
    const Vectors all = Embed({"short", dense, "other"});
    EXPECT_NEAR(Norm(Row(all, 1)), 1.0, 1e-6);
    EXPECT_EQ(Row(all, 0), Embed({"short"}));
    EXPECT_EQ(embedder_->state().shortened_inputs, 1U) << name;
  }
}

TEST_F(OpenAiEmbedderTest, TextsAreCutAtTheLimitBetweenCharacters) {
  OpenAiOptions options = server_->Options("cut");
  options.max_input_bytes = 200;
  OpenWith(options);
  std::string text(199, 'x');
  text += "\xE2\x82\xAC and more";
  Embed({text});
  EXPECT_EQ(server_->Told("cut").back()["request"]["input"][0], std::string(199, 'x'));
}

TEST_F(OpenAiEmbedderTest, AServerThatSilentlyCutsTextsIsFoundOut) {
  ModelSpec spec = OpenAiTestServer::Spec();
  spec.context_tokens = 2048;
  const auto refused = TryOpen("truncates,truncate=512", spec);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  EXPECT_THAT(refused.error().message, HasSubstr("does not read the end"));
  EXPECT_THAT(refused.error().remedy, HasSubstr("context_tokens"));

  spec.context_tokens = 512;
  Open("truncates,truncate=512", spec);
  EXPECT_EQ(embedder_->info().max_input_bytes, 1536);
}

TEST_F(OpenAiEmbedderTest, WhereNobodyStatesTheContextTextsAreCutWhereTheServerStops) {
  Open("truncates-more,truncate=150");
  EXPECT_EQ(embedder_->state().context_tokens, 128);
  EXPECT_EQ(embedder_->info().max_input_bytes, 384);
}

TEST_F(OpenAiEmbedderTest, NoiseDoesNotHideThatTextsAreCut) {
  ModelSpec spec = OpenAiTestServer::Spec();
  spec.context_tokens = 2048;
  const auto refused = TryOpen("noisy,truncate=512,noise=0.0001", spec);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  Open("noisy,noise=0.0001", spec);
}

TEST_F(OpenAiEmbedderTest, AnotherModelThanNamedIsRefused) {
  ModelSpec spec = OpenAiTestServer::Spec();
  spec.dimensions = 384;
  const auto dimensions = TryOpen("other", spec);
  EXPECT_EQ(dimensions.error().code, ErrorCode::kConflict);
  EXPECT_THAT(dimensions.error().message, HasSubstr("have 16 values"));
  EXPECT_THAT(dimensions.error().message, HasSubstr("384"));

  spec = OpenAiTestServer::Spec();
  spec.name = "remote/no-such-model";
  const auto name = TryOpen("other", spec);
  EXPECT_EQ(name.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(name.error().message, HasSubstr("another, test-model"));
}

TEST_F(OpenAiEmbedderTest, AServerWithoutAListOfModelsWillDo) {
  Open("listless,models=0");
  EXPECT_EQ(embedder_->info().dimensions, 16);
}

TEST_F(OpenAiEmbedderTest, PrefixesArePutBeforeTexts) {
  ModelSpec spec = OpenAiTestServer::Spec();
  spec.query_prefix = "query: ";
  spec.document_prefix = "passage: ";
  Open("prefix", spec);
  Embed({"text"});
  EXPECT_EQ(server_->Told("prefix").back()["request"]["input"][0], "passage: text");
  Embed({"text"}, Purpose::kQuery);
  EXPECT_EQ(server_->Told("prefix").back()["request"]["input"][0], "query: text");
}

TEST_F(OpenAiEmbedderTest, LargeCallsAreSentInBatches) {
  OpenAiOptions options = server_->Options("batches");
  options.max_batch_inputs = 10;
  options.max_batch_bytes = 300;
  OpenWith(options);
  const std::size_t before = server_->Asked("batches");
  std::vector<std::string> texts(25, "a");
  texts.emplace_back(200, 'b');
  texts.emplace_back(200, 'c');
  Embed(Texts(texts.begin(), texts.end()));
  EXPECT_EQ(server_->Asked("batches"), before + 4);  // 10, 10, 5 and the b's, the c's
}

TEST_F(OpenAiEmbedderTest, BytesThatAreNoUtf8AreSentAsReplacementCharacters) {
  Open("bytes");
  const Vectors all = Embed({"\xFF\xFE", "caf\xC3\xA9 \xC3", std::string_view("\0a\0", 3)});
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(Norm(Row(all, i)), 1.0, 1e-6);
}

class OpenAiKeyTest : public OpenAiEmbedderTest {
 protected:
  std::string WriteKey(const std::string& text, int mode = 0600) {
    const std::string path = folder_.path() / "key";
    std::ofstream(path) << text;
    EXPECT_EQ(::chmod(path.c_str(), static_cast<mode_t>(mode)), 0);
    return path;
  }
  test::TempFolder folder_;
};

TEST_F(OpenAiKeyTest, TheKeyIsSentAndNeverShown) {
  OpenAiOptions options = server_->Options("key,key=s3same");
  options.key_file = WriteKey("s3same\n");
  SetLogLevel(LogLevel::kDebug);
  ::testing::internal::CaptureStdout();  // where the log goes that nobody opened
  OpenWith(options);
  Embed({"text", "FAULT:refused"});
  options.key_file = WriteKey("wr0ng-s3cret");
  const auto refused =
      OpenAiEmbedder::Open(server_->http(), options, OpenAiTestServer::Spec(), Soon());
  const std::string log = ::testing::internal::GetCapturedStdout();
  SetLogLevel(LogLevel::kInfo);
  EXPECT_EQ(server_->Told("key,key=s3same").front()["authorization"], "Bearer s3same");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnauthenticated);
  EXPECT_THAT(refused.error().ToString(), Not(HasSubstr("wr0ng")));
  EXPECT_THAT(log, HasSubstr("not taken from Bearer ***"));
  EXPECT_THAT(log, Not(HasSubstr("s3")));
}

TEST_F(OpenAiKeyTest, AKeyFileThatOthersMayReadIsRefused) {
  OpenAiOptions options = server_->Options("key2");
  for (const int mode : {0640, 0604, 0620, 0666}) {
    options.key_file = WriteKey("s3same", mode);
    const auto refused =
        OpenAiEmbedder::Open(server_->http(), options, OpenAiTestServer::Spec(), Soon());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kPermissionDenied);
    EXPECT_THAT(refused.error().remedy, HasSubstr("chmod 600"));
  }
}

TEST(ApiKeyTest, ComesFromACredentialOfSystemd) {
  const test::TempFolder credentials;
  std::ofstream(credentials.path() / "vllm-key") << "abc\n";
  const auto key = ApiKey::Read("vllm-key", credentials.path());
  ASSERT_TRUE(key) << key.error().ToString();
  EXPECT_EQ(key->AsHeader().value, "Bearer abc");
  EXPECT_EQ(key->Hidden("abc: the key abcabc"), "***: the key ******");
  EXPECT_EQ(ApiKey::Read("vllm-key", "").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(ApiKey::Read("other", credentials.path()).error().code, ErrorCode::kNotFound);
}

TEST(ApiKeyTest, WhatIsNoKeyIsRefusedWithoutShowingIt) {
  const test::TempFolder folder;
  const std::string path = folder.path() / "key";
  for (const std::string& text : {std::string(), std::string("\n"), std::string("two\nlines"),
                                  std::string("a b"), std::string(20000, 'k')}) {
    std::ofstream(path) << text;
    ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
    const auto key = ApiKey::Read(path, "");
    ASSERT_FALSE(key);
    EXPECT_EQ(key.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(key.error().message, Not(HasSubstr("lines")));
  }
  EXPECT_EQ(ApiKey::Read(folder.path(), "").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(ApiKey::Read("/nonexistent/key", "").error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(ApiKey::Read("", "")->empty());
}

TEST_F(OpenAiEmbedderTest, ManyThreadsShareItsPlaces) {
  OpenAiOptions options = server_->Options("threads");
  options.max_inflight = 3;
  OpenWith(options);
  const Vectors wanted = Embed({"one", "two"});
  std::vector<Vectors> results(12);
  {
    std::vector<std::jthread> threads;
    for (Vectors& result : results) {
      threads.emplace_back([&] {
        for (int round = 0; round < 5; ++round) result = Embed({"one", "two"});
      });
    }
  }
  for (const Vectors& result : results) EXPECT_EQ(result, wanted);
}

TEST_F(OpenAiEmbedderTest, BadOptionsAreNamed) {
  OpenAiOptions options;
  for (const char* const url : {"", "unix:///x", "http://h/v1?key=x", "http://u:p@h/v1"}) {
    options.base_url = url;
    const auto opened =
        OpenAiEmbedder::Open(server_->http(), options, OpenAiTestServer::Spec(), Soon());
    ASSERT_FALSE(opened) << url;
    EXPECT_EQ(opened.error().code, ErrorCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace coppice::embed
