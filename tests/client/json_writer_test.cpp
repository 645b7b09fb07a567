#include "client/json_writer.h"

#include <gmock/gmock.h>

#include "tests/client/sample_messages.h"

namespace coppice::client {
namespace {

std::vector<std::string> Keys(const Json& json) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : json.items()) keys.push_back(key);
  return keys;
}

using testing::ElementsAre;

TEST(JsonWriter, Base64) {
  EXPECT_EQ(Base64(""), "");
  EXPECT_EQ(Base64("f"), "Zg==");
  EXPECT_EQ(Base64("fo"), "Zm8=");
  EXPECT_EQ(Base64("foo"), "Zm9v");
  EXPECT_EQ(Base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(Base64("\xff\xfe"), "//4=");
}

TEST(JsonWriter, SearchHasTheContractsKeys) {
  const Json json = AnswerToJson(SampleSearch());
  EXPECT_THAT(Keys(json), ElementsAre("schema", "query", "views", "hits", "partial", "cursor",
                                      "took_ms", "plan"));
  EXPECT_EQ(json["schema"], 1);
  EXPECT_TRUE(json["cursor"].is_null());
  EXPECT_THAT(Keys(json["views"][0]),
              ElementsAre("repo", "ref", "commit", "head_commit", "stale", "coverage"));
  EXPECT_THAT(Keys(json["views"][0]["coverage"]),
              ElementsAre("indexed", "skipped", "quarantined", "pending"));
  EXPECT_THAT(
      Keys(json["hits"][0]),
      ElementsAre("id", "repo", "ref", "commit", "blob", "path", "start_line", "end_line", "symbol",
                  "kind", "content", "language", "score", "found_by", "text", "reasons"));
  EXPECT_EQ(json["hits"][0]["found_by"][0]["rank"], 1);
  EXPECT_EQ(json["hits"][0]["start_line"], 118);
}

TEST(JsonWriter, ACursorThatIsThereIsText) {
  protocol::SearchReply reply = SampleSearch();
  reply.cursor = "abc";
  EXPECT_EQ(AnswerToJson(reply)["cursor"], "abc");
}

TEST(JsonWriter, WithoutExplainASearchHasNoScore) {
  protocol::SearchReply reply = SampleSearch();
  reply.hits[0].found_by[0].score.reset();
  EXPECT_THAT(Keys(AnswerToJson(reply)["hits"][0]["found_by"][0]), ElementsAre("search", "rank"));
}

TEST(JsonWriter, BytesThatAreNotUtf8) {
  const Json json = MessageToJson(HostileHit());
  EXPECT_EQ(json["path"], "evil\x1b[2J\n\\xff.md");
  EXPECT_EQ(json["path_b64"], Base64("evil\x1b[2J\n\xff.md"));
  EXPECT_TRUE(json.contains("text_b64"));
  EXPECT_FALSE(MessageToJson(SampleFunctionHit()).contains("path_b64"));
}

TEST(JsonWriter, StatusSpreadsTheFirstViewOverItsRepository) {
  const Json json = AnswerToJson(SampleStatus());
  EXPECT_THAT(Keys(json), ElementsAre("schema", "version", "repos", "jobs", "models",
                                      "vector_index", "state_dir", "database", "memory"));
  const Json& repo = json["repos"][0];
  EXPECT_EQ(repo["name"], "ferry");
  EXPECT_EQ(repo["ref"], "refs/heads/main");
  EXPECT_EQ(repo["coverage"]["indexed"], 1203);
  EXPECT_EQ(repo["views"].size(), 2U);
  EXPECT_THAT(Keys(json["models"][0]),
              ElementsAre("name", "use", "dimensions", "state", "licence", "serving", "done",
                          "total", "problem", "context_tokens", "quantisation", "size_bytes",
                          "sha256", "source", "trust"));
}

TEST(JsonWriter, ARepositoryWithoutACommitSaysNull) {
  const Json json = MessageToJson(EmptyRepo());
  EXPECT_TRUE(json["commit"].is_null());
  EXPECT_TRUE(json["indexed_at"].is_null());
  EXPECT_EQ(json["repo"], "gone");
  EXPECT_EQ(json["coverage"]["indexed"], 0);
}

TEST(JsonWriter, AViewThatIsNotIndexedSaysNull) {
  protocol::ViewInfo view;
  view.repo = "fresh";
  view.ref = "HEAD";
  const Json json = MessageToJson(view);
  EXPECT_EQ(json["ref"], "HEAD");
  EXPECT_TRUE(json["commit"].is_null());
  EXPECT_TRUE(json["head_commit"].is_null());
}

TEST(JsonWriter, Errors) {
  Error error = MakeError(ErrorCode::kResourceExhausted, "busy", "Try again.");
  EXPECT_EQ(JsonLine(ErrorToJson(error)),
            "{\"schema\":1,\"error\":{\"code\":\"resource_exhausted\",\"message\":\"busy\","
            "\"remedy\":\"Try again.\",\"retryable\":true,\"retry_after_ms\":null}}\n");
  error.retry_after_ms = 250;
  EXPECT_EQ(ErrorToJson(error)["error"]["retry_after_ms"], 250);
}

TEST(JsonWriter, ALineHoldsNothingATerminalWouldObey) {
  const Json json = MessageToJson(HostileHit());
  const std::string line = JsonLine(json);
  for (std::string_view rest = std::string_view(line).substr(0, line.size() - 1); !rest.empty();) {
    const Glyph glyph = ReadGlyph(rest);
    ASSERT_TRUE(glyph.safe) << line;
    rest.remove_prefix(glyph.length_bytes);
  }
  // And says the same.
  EXPECT_EQ(Json::parse(line), json);
  EXPECT_EQ(Json::parse(JsonLine(Json{{"a", "\U000E0041\u202E漢"}}))["a"], "\U000E0041\u202E漢");
}

}  // namespace
}  // namespace coppice::client
