#include <memory>
#include <optional>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/client.h"
#include "protocol/codec.h"
#include "tests/server/test_server.h"

namespace coppice::server {
namespace {

using protocol::Method;
using protocol::ReplyKind;
using ::testing::HasSubstr;

protocol::FilesRequest Parts(const std::string& count) {
  protocol::FilesRequest request;
  request.repo = count;
  return request;
}

bool Eventually(const std::function<bool()>& condition) {
  const Deadline deadline = Deadline::After(std::chrono::seconds(10));
  Mutex mutex;
  CondVar never;
  MutexLock lock(mutex);
  while (!condition() && !deadline.expired()) never.WaitFor(mutex, std::chrono::milliseconds(10));
  return condition();
}

/// Reads to the end of a stream: "final", or its error.
std::string LastOf(RawClient& client) {
  std::string last = "part";
  while (last == "part") last = client.NextError();
  return last;
}

TEST(Stream, SendsAsManyPartsAsWereGrantedAndThenTheRest) {
  TestServer server;
  RawClient client(server.endpoint());
  protocol::CreditRequest more;
  more.id.value = client.Ask(Method::kFiles, Parts("5"), 2);
  for (std::uint32_t seq = 0; seq < 2; ++seq) {
    const auto part = client.Next();
    ASSERT_TRUE(part);
    EXPECT_EQ(part->kind, ReplyKind::kPart);
    EXPECT_EQ(part->seq, seq);
  }
  EXPECT_EQ(client.NextError(std::chrono::milliseconds(100)), "no reply");
  more.credits = 10;
  const std::string grant = client.Ask(Method::kCredit, more);
  std::uint32_t seq = 2;
  std::optional<protocol::Reply> last;
  while (seq < 6) {
    last = client.Next();
    ASSERT_TRUE(last);
    if (last->id == grant) continue;
    EXPECT_EQ(last->seq, seq++);
  }
  EXPECT_EQ(last->kind, ReplyKind::kFinal);
  const auto reply = protocol::Decode<protocol::FilesReply>(last->body);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->count, 5U);
}

TEST(Stream, AClientThatGrantsNothingLosesItsRequestAndHoldsNoMemory) {
  Server::Options options;
  options.io.stall = std::chrono::milliseconds(200);
  TestServer server(options);
  RawClient client(server.endpoint());
  for (int i = 0; i < 6; ++i) client.Ask(Method::kFiles, Parts("1000000"), 0);
  for (int i = 0; i < 6; ++i) {
    EXPECT_THAT(client.NextError(), HasSubstr("no credit granted for 200 ms"));
  }
  EXPECT_EQ(server.probe().parts_sent, 0);
  EXPECT_EQ(server.probe().stalled, 6);
  EXPECT_TRUE(client.Works());
}

TEST(Stream, CreditsAreCapped) {
  Server::Options options;
  options.io.max_credits = 3;
  options.io.stall = std::chrono::milliseconds(200);
  TestServer server(options);
  RawClient client(server.endpoint());
  client.Ask(Method::kFiles, Parts("1000000"), 4'000'000'000U);
  EXPECT_TRUE(Eventually([&] { return server.probe().stalled == 1; }));
  EXPECT_EQ(server.probe().parts_sent, 3);
}

TEST(Stream, AClientThatLeavesMidStreamStopsItsHandler) {
  Server::Options options;
  options.io.max_credits = 10'000'000;
  options.io.stall = std::chrono::minutes(1);
  options.io.outbox = {.max_client_bytes = 1U << 30, .max_total_bytes = 1U << 30};
  TestServer server(options);
  {
    RawClient client(server.endpoint());
    client.Ask(Method::kFiles, Parts("10000000"), 10'000'000);
    for (int i = 0; i < 100; ++i) ASSERT_EQ(client.NextError(), "part");
  }
  EXPECT_TRUE(Eventually([&] { return server.probe().cancelled == 1; }));
  EXPECT_LT(server.probe().parts_sent, 10'000'000);
  EXPECT_TRUE(ServesOthers(server.endpoint()));
}

TEST(Stream, AClientThatLeavesWithoutCreditsIsNotWaitedForLong) {
  Server::Options options;
  options.io.stall = std::chrono::milliseconds(300);
  TestServer server(options);
  {
    RawClient client(server.endpoint());
    client.Ask(Method::kFiles, Parts("1000000"), 4);
    ASSERT_TRUE(client.Next());
  }
  EXPECT_TRUE(Eventually([&] { return server.probe().stalled == 1; }));
  EXPECT_TRUE(ServesOthers(server.endpoint()));
}

TEST(Stream, CancelEndsAStreamThatWaitsForCredits) {
  TestServer server;
  RawClient client(server.endpoint());
  protocol::CancelRequest cancel;
  cancel.id.value = client.Ask(Method::kFiles, Parts("1000000"), 1);
  EXPECT_EQ(client.NextError(), "part");
  client.Ask(Method::kCancel, cancel);
  EXPECT_THAT(client.NextError(), HasSubstr("cancelled"));
  EXPECT_EQ(client.NextError(), "final");
  EXPECT_TRUE(Eventually([&] { return server.probe().cancelled == 1; }));
}

TEST(Stream, AClientThatGrantsButDoesNotReadIsGivenUp) {
  Server::Options options;
  options.io.max_inflight = 64;
  options.io.outbox.max_client_bytes = 64 << 10;
  options.io.max_credits = 100'000;
  options.io.stall = std::chrono::seconds(60);
  options.socket.queue_messages = 4;
  TestServer server(options);
  RawClient client(server.endpoint());
  client.Ask(Method::kFiles, Parts("1000000"), 100'000);
  EXPECT_TRUE(Eventually([&] { return server.probe().cancelled == 1; }));
  EXPECT_LT(server.probe().parts_sent, 100'000);
  EXPECT_TRUE(ServesOthers(server.endpoint()));
  EXPECT_THAT(LastOf(client), HasSubstr("resource_exhausted: replies wait for a client"));
  EXPECT_TRUE(client.Works()) << "it reads again";
}

TEST(Stream, WhatAClientDoesNotReadIsDroppedAfterAWhileAndItIsTold) {
  Server::Options options;
  options.io.outbox.max_age = std::chrono::milliseconds(300);
  options.io.outbox.max_client_bytes = 1U << 30;
  options.io.outbox.max_total_bytes = 1U << 30;
  options.io.max_credits = 10'000;
  options.socket.queue_messages = 4;
  TestServer server(options);
  RawClient client(server.endpoint());
  client.Ask(Method::kFiles, Parts("1000000"), 10'000);
  EXPECT_TRUE(Eventually([&] { return server.probe().cancelled == 1; }));
  EXPECT_THAT(LastOf(client), HasSubstr("resource_exhausted: replies wait for a client"));
}

TEST(Stream, ClientsThatDoNotReadTakeNoRoomFromThoseThatDo) {
  Server::Options options;
  options.batch_workers = 4;
  options.io.outbox.max_client_bytes = 1 << 20;
  options.io.outbox.max_total_bytes = 2 << 20;
  options.io.max_credits = 100'000;
  options.socket.queue_messages = 4;
  TestServer server(options);
  std::vector<std::unique_ptr<RawClient>> silent;
  for (int i = 0; i < 3; ++i) {
    silent.push_back(std::make_unique<RawClient>(server.endpoint()));
    silent.back()->Ask(Method::kFiles, Parts("1000000"), 100'000);
  }
  EXPECT_TRUE(Eventually([&] { return server.probe().cancelled == 3; }));
  auto reader = protocol::Client::Connect({server.endpoint()}, Deadline::Never());
  ASSERT_TRUE(reader);
  const auto reply = reader->Stream<protocol::FilesPart, protocol::FilesReply>(
      Method::kFiles, Parts("3000"), [](const protocol::FilesPart&) { return Result<void>(); },
      Deadline::Never());
  EXPECT_TRUE(reply) << reply.error().ToString();
}

TEST(Stream, AClientThatTricklesCreditsLosesItsRequestToo) {
  Server::Options options;
  options.io.patience = std::chrono::milliseconds(300);
  TestServer server(options);
  RawClient client(server.endpoint());
  protocol::CreditRequest one;
  one.id.value = client.Ask(Method::kFiles, Parts("1000000"), 1);
  one.credits = 1;
  std::string last = client.NextError();
  for (int i = 0; i < 100 && (last == "part" || last == "final"); ++i) {
    client.NextError(std::chrono::milliseconds(20));  // lets time pass, for the test's sake
    client.Ask(Method::kCredit, one);
    last = client.NextError();
  }
  EXPECT_TRUE(Eventually([&] { return server.probe().stalled == 1; }));
}

}  // namespace
}  // namespace coppice::server
