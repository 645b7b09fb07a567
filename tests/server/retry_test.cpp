#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/codec.h"
#include "tests/server/test_server.h"

namespace coppice::server {
namespace {

using protocol::Method;
using protocol::ReplyKind;
using ::testing::HasSubstr;

protocol::Frames AddFrames(const protocol::RequestHeader& header, bool wait) {
  protocol::AddRequest request;
  request.wait = wait;
  return protocol::BuildRequest(header, protocol::Encode(request));
}

std::string NoteOf(const std::optional<protocol::Reply>& reply) {
  if (!reply || reply->kind != ReplyKind::kFinal) return "no final reply";
  const auto body = protocol::Decode<protocol::AddReply>(reply->body);
  return body ? body->note : body.error().ToString();
}

TEST(Retry, AnAnsweredCallIsNotDoneTwice) {
  TestServer server;
  const auto header = RawClient::HeaderFor(Method::kAdd);
  RawClient first(server.endpoint());
  first.Send(AddFrames(header, false));
  EXPECT_EQ(NoteOf(first.Next()), "1");
  RawClient again(server.endpoint());
  again.Send(AddFrames(header, false));
  EXPECT_EQ(NoteOf(again.Next()), "1");
  EXPECT_EQ(server.probe().adds, 1);
  again.Send(AddFrames(RawClient::HeaderFor(Method::kAdd), false));
  EXPECT_EQ(NoteOf(again.Next()), "2");
}

TEST(Retry, ARunningCallIsJoinedFromAnotherConnection) {
  TestServer server;
  const auto header = RawClient::HeaderFor(Method::kAdd);
  RawClient lost(server.endpoint());
  lost.Send(AddFrames(header, true));
  ASSERT_TRUE(server.probe().gate.AwaitWaiting(1));
  RawClient again(server.endpoint());
  again.Send(AddFrames(header, true));
  EXPECT_EQ(again.NextError(std::chrono::milliseconds(100)), "no reply");
  server.probe().gate.Open();
  EXPECT_EQ(NoteOf(again.Next()), "1");
  EXPECT_EQ(lost.NextError(std::chrono::milliseconds(100)), "no reply");
  EXPECT_EQ(server.probe().adds, 1);
}

TEST(Retry, ADuplicateIdInFlightIsAnsweredOnce) {
  TestServer server;
  RawClient client(server.endpoint());
  const auto header = RawClient::HeaderFor(Method::kSearch);
  protocol::SearchRequest request;
  request.query = "wait";
  const auto frames = protocol::BuildRequest(header, protocol::Encode(request));
  client.Send(frames);
  client.Send(frames);
  ASSERT_TRUE(server.probe().gate.AwaitWaiting(1));
  EXPECT_EQ(client.NextError(std::chrono::milliseconds(100)), "no reply");
  server.probe().gate.Open();
  EXPECT_EQ(client.NextError(), "final");
  EXPECT_EQ(client.NextError(std::chrono::milliseconds(100)), "no reply");
  EXPECT_TRUE(client.Works());
}

TEST(Retry, AnIdOfAnotherMethodIsAConflict) {
  TestServer server;
  RawClient client(server.endpoint());
  auto header = RawClient::HeaderFor(Method::kAdd);
  client.Send(AddFrames(header, true));
  ASSERT_TRUE(server.probe().gate.AwaitWaiting(1));
  header.method = "search";
  client.Send(protocol::BuildRequest(header, "\x80"));
  EXPECT_THAT(client.NextError(),
              HasSubstr("conflict: this request id belongs to a call of 'add'"));
  server.probe().gate.Open();
  EXPECT_EQ(NoteOf(client.Next()), "1");
}

TEST(Retry, TwoClientsMayChooseTheSameIdForQueries) {
  TestServer server;
  const auto header = RawClient::HeaderFor(Method::kSearch);
  const auto frames = protocol::BuildRequest(header, protocol::Encode(protocol::SearchRequest{}));
  RawClient a(server.endpoint());
  RawClient b(server.endpoint());
  a.Send(frames);
  b.Send(frames);
  EXPECT_EQ(a.NextError(), "final");
  EXPECT_EQ(b.NextError(), "final");
}

}  // namespace
}  // namespace coppice::server
