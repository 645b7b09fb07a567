#include "protocol/frames.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/codec.h"

namespace coppice::protocol {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

RequestHeader Header(const std::string& method) {
  RequestHeader header;
  header.id.value = "0123456789abcdef";
  header.method = method;
  header.deadline_ms = 5000;
  header.credits = 3;
  return header;
}

Error ErrorOf(const ParsedRequest& parsed) {
  return parsed.request ? Error{} : parsed.request.error();
}

TEST(Frames, CarryARequest) {
  const ParsedRequest parsed = ParseRequest(BuildRequest(Header("jobs.retry"), "body"));
  ASSERT_TRUE(parsed.request) << parsed.request.error().ToString();
  EXPECT_EQ(parsed.id, "0123456789abcdef");
  EXPECT_EQ(parsed.request->method, Method::kJobsRetry);
  EXPECT_EQ(parsed.request->header.deadline_ms, 5000);
  EXPECT_EQ(parsed.request->header.credits, 3U);
  EXPECT_EQ(parsed.request->body, "body");
}

TEST(Frames, CarryARepliesKindAndError) {
  const auto part = ParseReply(BuildReply("id", 7, ReplyKind::kPart, "x"));
  ASSERT_TRUE(part);
  EXPECT_EQ(part->seq, 7U);
  EXPECT_EQ(part->kind, ReplyKind::kPart);
  Error error = MakeError(ErrorCode::kResourceExhausted, "full", "wait");
  error.retry_after_ms = 200;
  const auto refused = ParseReply(BuildError("id", 0, error));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->kind, ReplyKind::kError);
  EXPECT_EQ(refused->error->code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(refused->error->remedy, "wait");
  EXPECT_TRUE(refused->error->retryable);
  EXPECT_EQ(refused->error->retry_after_ms, 200);
}

TEST(Frames, LongErrorTextStillFitsAHeader) {
  const auto reply = ParseReply(
      BuildError("id", 0, MakeError(ErrorCode::kNotFound, std::string(100'000, '\xff'), "r")));
  ASSERT_TRUE(reply) << reply.error().ToString();
  EXPECT_EQ(reply->error->code, ErrorCode::kNotFound);
}

TEST(Frames, RefuseMissingAndSurplusFrames) {
  const Frames good = BuildRequest(Header("ping"), Encode(Empty{}));
  for (std::size_t count = 0; count < good.size(); ++count) {
    const ParsedRequest parsed =
        ParseRequest(Frames(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(count)));
    EXPECT_EQ(ErrorOf(parsed).code, ErrorCode::kInvalidArgument) << count << " frames";
  }
  Frames surplus = good;
  surplus.emplace_back("x");
  const ParsedRequest parsed = ParseRequest(surplus);
  EXPECT_EQ(ErrorOf(parsed).code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(parsed.id, "0123456789abcdef") << "the id is read where it can be";
}

TEST(Frames, AnswerAnotherVersionWithTheListOfOurs) {
  Frames frames = BuildRequest(Header("ping"), Encode(Empty{}));
  frames[1].back() = 9;
  const ParsedRequest parsed = ParseRequest(frames);
  EXPECT_EQ(ErrorOf(parsed).code, ErrorCode::kUnsupportedVersion);
  EXPECT_THAT(ErrorOf(parsed).message, HasSubstr("version 9"));
  EXPECT_EQ(parsed.id, "0123456789abcdef");
  const Frames reply = BuildError(parsed.id, 0, ErrorOf(parsed));
  const auto header = Decode<ReplyHeader>(reply[2]);
  ASSERT_TRUE(header);
  EXPECT_THAT(header->error->wire_majors, ElementsAre(kWireMajor));
}

TEST(Frames, RefuseWrongMagicIdAndMethod) {
  Frames magic = BuildRequest(Header("ping"), "");
  magic[1] = "HTTP";
  EXPECT_EQ(ErrorOf(ParseRequest(magic)).code, ErrorCode::kInvalidArgument);
  RequestHeader short_id = Header("ping");
  short_id.id.value = "short";
  const ParsedRequest parsed = ParseRequest(BuildRequest(short_id, ""));
  EXPECT_THAT(ErrorOf(parsed).message, HasSubstr("id: expected 16 bytes, got 5"));
  EXPECT_EQ(parsed.id, NilRequestId());
  EXPECT_THAT(ErrorOf(ParseRequest(BuildRequest(Header("frobnicate"), ""))).message,
              HasSubstr("unknown method 'frobnicate'"));
}

TEST(Frames, RepliesThatMakeNoSenseAreCorrupt) {
  ReplyHeader header;
  header.kind = "final-ish";
  Frames frames = BuildReply("id", 0, ReplyKind::kFinal, "");
  frames[2] = Encode(header);
  EXPECT_EQ(ParseReply(frames).error().code, ErrorCode::kCorrupt);
  header.kind = "error";  // without an error
  frames[2] = Encode(header);
  EXPECT_EQ(ParseReply(frames).error().code, ErrorCode::kCorrupt);
}

TEST(Frames, EveryMethodHasOneNameAndOneRow) {
  for (const MethodInfo& info : AllMethods()) {
    EXPECT_EQ(ParseMethod(info.name), info.method);
    EXPECT_EQ(InfoOf(info.method).name, info.name);
  }
  EXPECT_EQ(ParseMethod("nope"), std::nullopt);
}

}  // namespace
}  // namespace coppice::protocol
