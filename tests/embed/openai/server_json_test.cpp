#include "embed/openai/server_json.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coppice::embed {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Error Of(int status, const std::string& body, http::Headers headers = {}) {
  http::HttpResponse response;
  response.head.status = status;
  response.head.headers = std::move(headers);
  response.body = body;
  return ErrorOfAnswer(response, "host:1", ApiKey());
}

TEST(ServerJsonTest, EachStatusHasItsCode) {
  const std::vector<std::pair<int, ErrorCode>> wanted = {
      {400, ErrorCode::kInvalidArgument},   {401, ErrorCode::kUnauthenticated},
      {402, ErrorCode::kResourceExhausted}, {403, ErrorCode::kPermissionDenied},
      {404, ErrorCode::kNotFound},          {408, ErrorCode::kUnavailable},
      {413, ErrorCode::kInvalidArgument},   {422, ErrorCode::kInvalidArgument},
      {429, ErrorCode::kResourceExhausted}, {500, ErrorCode::kUnavailable},
      {501, ErrorCode::kUnsupported},       {502, ErrorCode::kUnavailable},
      {503, ErrorCode::kUnavailable},       {504, ErrorCode::kUnavailable},
      {529, ErrorCode::kUnavailable},       {307, ErrorCode::kInvalidArgument}};
  for (const auto& [status, code] : wanted) {
    EXPECT_EQ(Of(status, "").code, code) << status;
    EXPECT_THAT(Of(status, "").message, HasSubstr("host:1: HTTP " + std::to_string(status)));
  }
  EXPECT_TRUE(Of(429, "").retryable);
  EXPECT_FALSE(Of(429, R"({"error":{"code":"insufficient_quota"}})").retryable);
  EXPECT_EQ(Of(503, "", {{"Retry-After", "3"}}).retry_after_ms, 3000);
}

TEST(ServerJsonTest, MessagesOfAllServersAreFound) {
  for (const char* const body :
       {R"({"error":{"message":"why"}})", R"({"error":"why"})", R"({"message":"why"})",
        R"({"detail":"why"})", R"({"detail":[{"loc":["body"],"msg":"why","input":"code"}]})"}) {
    EXPECT_EQ(ServerMessage(body, ApiKey()), "why") << body;
  }
  for (const char* const body : {"", "<html>", "[]", "7", R"({"error":{}})", R"({"error":7})"}) {
    EXPECT_EQ(ServerMessage(body, ApiKey()), "") << body;
  }
}

TEST(ServerJsonTest, AMessageIsOneShortLineWithoutTheText) {
  EXPECT_EQ(ServerMessage(R"({"error":"bad: input_value='static int x;'"})", ApiKey()), "bad: ");
  EXPECT_EQ(ServerMessage(R"({"error":"a\nb\u0007"})", ApiKey()), "a b ");
  EXPECT_EQ(ServerMessage(R"({"error":")" + std::string(5000, 'x') + "\"}", ApiKey()).size(), 300U);
}

TEST(ServerJsonTest, TooLongIsToldFromOtherRefusals) {
  for (const char* const message :
       {"This model's maximum context length is 512 tokens",
        "input (700 tokens) is too large to process. increase the physical batch size",
        "the input length exceeds the context length", "Input is too long for this model",
        "`inputs` must have less than 512 tokens. Given: 700"}) {
    EXPECT_TRUE(SaysTooLong(400, message)) << message;
    EXPECT_TRUE(SaysTooLong(500, message));
    EXPECT_FALSE(SaysTooLong(503, message));
  }
  EXPECT_TRUE(SaysTooLong(413, ""));
  for (const char* const message : {"", "model not loaded", "invalid request"}) {
    EXPECT_FALSE(SaysTooLong(400, message)) << message;
  }
}

TEST(ServerJsonTest, DeepOrBrokenJsonIsRefusedAndBracketsInStringsAreNot) {
  EXPECT_FALSE(ReadJson(std::string(40, '[') + std::string(40, ']'), "s"));
  EXPECT_TRUE(ReadJson("\"" + std::string(40, '[') + "\\\"" + std::string(40, '{') + "\"", "s"));
  for (const char* const text : {"", "{", "{\"a\":NaN}", "nul", "\"\xFF\"", "[1e999]"}) {
    EXPECT_FALSE(ReadJson(text, "s")) << text;
  }
}

TEST(ServerJsonTest, RowsAreBroughtToLengthOne) {
  std::vector<float> rows = {3, 4, 0, 0, 1e-30F, 0};
  ASSERT_TRUE(NormaliseRows(rows, 2, "s"));
  EXPECT_FLOAT_EQ(rows[0], 0.6F);
  EXPECT_FLOAT_EQ(rows[1], 0.8F);
  EXPECT_EQ(rows[2], 0.0F);
  EXPECT_FLOAT_EQ(rows[4], 1.0F);
}

TEST(ServerJsonTest, AModelIsFoundByItsNameAndDescribedByItsWeights) {
  const Json list = Json::parse(R"({"data":[{"id":"bge-m3:latest","created":123,
      "meta":{"n_params":5,"n_ctx":64,"size":7}},{"id":"other","root":"/x","max_model_len":8192}]})");
  const auto tagged = FindModel(list, "bge-m3", "s");
  ASSERT_TRUE(tagged);
  EXPECT_EQ(tagged->description, " n_params=5 size=7");
  EXPECT_EQ(tagged->context_tokens, 64);
  const auto other = FindModel(list, "other", "s");
  ASSERT_TRUE(other);
  EXPECT_EQ(other->context_tokens, 8192);
  EXPECT_EQ(other->description, "/x");
  const auto none = FindModel(list, "bge", "s");
  EXPECT_EQ(none.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(none.error().message, HasSubstr("bge-m3:latest, other"));
  EXPECT_EQ(FindModel(Json::parse(R"({"data":7})"), "x", "s").error().code, ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace coppice::embed
