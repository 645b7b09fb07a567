#include <chrono>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/log.h"
#include "base/thread.h"
#include "protocol/codec.h"
#include "tests/server/test_server.h"

namespace coppice::server {
namespace {

using protocol::Method;
using ::testing::HasSubstr;

TEST(Lifecycle, ASecondServerAtTheSamePlaceIsRefused) {
  TestServer server;
  Probe probe;
  Server::Options options;
  options.endpoint = server.endpoint();
  const auto second = Server::Start(options, TestHandlers(probe), [] {
    return std::pair<std::string, std::string>("ready", "");
  });
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kConflict);
  EXPECT_TRUE(ServesOthers(server.endpoint()));
}

TEST(Lifecycle, StopLetsWhatRunsEndAndRefusesTheRest) {
  TestServer server;
  RawClient client(server.endpoint());
  client.AskSearch("wait");
  ASSERT_TRUE(server.probe().gate.AwaitWaiting(1));
  NamedThread stopper("stopper", [&](const std::stop_token&) {
    server.server().Stop(Deadline::After(std::chrono::seconds(20)));
  });
  // The request that comes while it drains is refused; which one that is takes a moment.
  std::string refused;
  while (refused.find("unavailable") == std::string::npos) {
    client.AskSearch("new");
    refused = client.NextError();
    ASSERT_NE(refused, "no reply");
  }
  EXPECT_THAT(refused, HasSubstr("the daemon is stopping"));
  client.Ask(Method::kHealth, protocol::Empty{});
  const auto health = client.Next();
  ASSERT_TRUE(health);
  EXPECT_EQ(protocol::Decode<protocol::HealthReply>(health->body)->state, "stopping");
  server.probe().gate.Open();
  EXPECT_EQ(client.NextError(), "final");
  stopper.Join();
  EXPECT_FALSE(std::filesystem::exists(server.socket_path()));
}

TEST(Lifecycle, StopTellsThoseItCannotWaitForToComeBack) {
  TestServer server;
  RawClient client(server.endpoint());
  client.AskSearch("wait");
  ASSERT_TRUE(server.probe().gate.AwaitWaiting(1));
  const auto start = std::chrono::steady_clock::now();
  server.Stop(std::chrono::milliseconds(100));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
  EXPECT_THAT(client.NextError(), HasSubstr("unavailable: the daemon is stopping"));
  EXPECT_EQ(server.probe().cancelled, 1);
}

TEST(Lifecycle, ServesAgainAfterARestart) {
  TestServer server;
  EXPECT_TRUE(ServesOthers(server.endpoint()));
  server.Stop(std::chrono::milliseconds(0));
  server.Restart();
  EXPECT_TRUE(ServesOthers(server.endpoint()));
}

TEST(Lifecycle, ATraceContextStandsInTheLogOfItsRequest) {
  TestServer server;
  RawClient client(server.endpoint());
  const std::string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  ::testing::internal::CaptureStderr();
  OpenLog(LogLevel::kDebug);
  for (const std::string& given : {trace, std::string("made up")}) {
    protocol::RequestHeader header = RawClient::HeaderFor(Method::kSearch);
    header.traceparent = given;
    client.Send(protocol::BuildRequest(header, protocol::Encode(protocol::SearchRequest{})));
    EXPECT_EQ(client.NextError(), "final");
  }
  SetLogLevel(LogLevel::kInfo);
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, HasSubstr("traceparent=" + trace));
  EXPECT_THAT(log, ::testing::Not(HasSubstr("made up")));
}

TEST(Lifecycle, HelloTellsTheVersionOfTheSchema) {
  Server::Options options;
  options.io.schema = 7;
  TestServer server(options);
  RawClient client(server.endpoint());
  client.Ask(Method::kHello, protocol::Empty{});
  const auto hello = client.Next();
  ASSERT_TRUE(hello);
  EXPECT_EQ(protocol::Decode<protocol::HelloReply>(hello->body)->schema, 7U);
}

TEST(Lifecycle, AnEndpointThatIsNotLocalIsRefused) {
  Probe probe;
  Server::Options options;
  options.endpoint = "tcp://127.0.0.1:9999";
  const auto server = Server::Start(options, TestHandlers(probe), [] {
    return std::pair<std::string, std::string>("ready", "");
  });
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace coppice::server
