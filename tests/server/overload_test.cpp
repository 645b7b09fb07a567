#include <map>
#include <memory>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/codec.h"
#include "tests/server/test_server.h"

namespace coppice::server {
namespace {

using protocol::Method;
using ::testing::HasSubstr;

TEST(Overload, RefusesTheRestOfAThousandRequestsOfOneClientWithATime) {
  Server::Options options;
  options.io.max_inflight = 8;
  TestServer server(options);
  RawClient client(server.endpoint());
  for (int i = 0; i < 1000; ++i) client.AskSearch("wait");
  for (int i = 0; i < 1000 - 8; ++i) {
    const auto reply = client.Next();
    ASSERT_TRUE(reply && reply->error) << i;
    ASSERT_EQ(reply->error->code, ErrorCode::kResourceExhausted);
    ASSERT_TRUE(reply->error->retryable);
    ASSERT_GT(reply->error->retry_after_ms.value_or(0), 0);
  }
  server.probe().gate.Open();
  for (int i = 0; i < 8; ++i) EXPECT_EQ(client.NextError(), "final");
  EXPECT_TRUE(client.Works());
}

TEST(Overload, RefusesWhatDoesNotFitTheQueueWhoeverAsks) {
  Server::Options options;
  options.interactive_workers = 1;
  options.admission.interactive_queue = 4;
  TestServer server(options);
  RawClient first(server.endpoint());
  first.AskSearch("wait");
  ASSERT_TRUE(server.probe().gate.AwaitWaiting(1));
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 4; ++i) {
    clients.push_back(std::make_unique<RawClient>(server.endpoint()));
    clients.back()->AskSearch("wait");
    EXPECT_EQ(clients.back()->NextError(std::chrono::milliseconds(50)), "no reply");
  }
  RawClient late(server.endpoint());
  late.AskSearch("wait");
  EXPECT_THAT(late.NextError(), HasSubstr("resource_exhausted: too many requests are waiting"));
  server.probe().gate.Open();
  for (auto& client : clients) EXPECT_EQ(client->NextError(), "final");
  EXPECT_TRUE(late.Works());
}

TEST(Overload, AQueryDoesNotWaitForBatchWork) {
  TestServer server;
  RawClient batch(server.endpoint());
  protocol::AddRequest add;
  add.wait = true;
  for (int i = 0; i < 8; ++i) batch.Ask(Method::kAdd, add);
  ASSERT_TRUE(server.probe().gate.AwaitWaiting(2));  // every batch worker is busy
  EXPECT_TRUE(ServesOthers(server.endpoint()));
  server.probe().gate.Open();
}

TEST(Overload, PingAndHealthAreAnsweredWhileEveryWorkerIsBusy) {
  Server::Options options;
  options.interactive_workers = 1;
  TestServer server(options);
  RawClient client(server.endpoint());
  client.AskSearch("wait");
  ASSERT_TRUE(server.probe().gate.AwaitWaiting(1));
  for (const Method method : {Method::kPing, Method::kHello, Method::kHealth}) {
    client.Ask(method, protocol::Empty{});
    EXPECT_EQ(client.NextError(), "final");
  }
  server.probe().gate.Open();
  EXPECT_EQ(client.NextError(), "final");
}

TEST(Overload, ARequestPastItsDeadlineIsNotWorkedOn) {
  Server::Options options;
  options.batch_workers = 1;
  TestServer server(options);
  RawClient client(server.endpoint());
  protocol::AddRequest add;
  protocol::RequestHeader late = RawClient::HeaderFor(Method::kAdd);
  late.deadline_ms = 0;
  client.Send(protocol::BuildRequest(late, protocol::Encode(add)));
  EXPECT_THAT(client.NextError(), HasSubstr("deadline_exceeded: add: came past its deadline"));
  add.wait = true;
  client.Ask(Method::kAdd, add);
  ASSERT_TRUE(server.probe().gate.AwaitWaiting(1));
  protocol::RequestHeader soon = RawClient::HeaderFor(Method::kAdd);
  soon.deadline_ms = 1;
  add.wait = false;
  client.Send(protocol::BuildRequest(soon, protocol::Encode(add)));
  EXPECT_EQ(client.NextError(std::chrono::milliseconds(50)), "no reply");  // it is queued
  server.probe().gate.Open();
  EXPECT_EQ(client.NextError(), "final");
  EXPECT_THAT(client.NextError(), HasSubstr("waited in the queue until its deadline"));
  EXPECT_EQ(server.probe().adds, 1);
}

TEST(Overload, AHandlerSeesItsDeadlinePass) {
  TestServer server;
  RawClient client(server.endpoint());
  protocol::RequestHeader header = RawClient::HeaderFor(Method::kSearch);
  header.deadline_ms = 50;
  protocol::SearchRequest request;
  request.query = "wait";
  client.Send(protocol::BuildRequest(header, protocol::Encode(request)));
  EXPECT_THAT(client.NextError(), HasSubstr("deadline_exceeded: the gate stayed closed"));
}

TEST(Overload, ACancelledRequestEndsAtOnceAndStopsItsHandler) {
  TestServer server;
  RawClient client(server.endpoint());
  protocol::CancelRequest cancel;
  cancel.id.value = client.AskSearch("wait");
  ASSERT_TRUE(server.probe().gate.AwaitWaiting(1));
  client.Ask(Method::kCancel, cancel);
  EXPECT_THAT(client.NextError(), HasSubstr("cancelled: cancelled by its client"));
  EXPECT_EQ(client.NextError(), "final");
  EXPECT_TRUE(server.probe().gate.AwaitWaiting(0));
  EXPECT_EQ(server.probe().cancelled, 1);
}

}  // namespace
}  // namespace coppice::server
