#include "protocol/client.h"

#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/thread.h"
#include "daemon/server/listener.h"
#include "tests/server/test_server.h"

namespace coppice::server {
namespace {

using protocol::Client;
using protocol::Method;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;

Deadline Soon() { return Deadline::After(seconds(20)); }

protocol::SearchRequest Query(const std::string& text) {
  protocol::SearchRequest request;
  request.query = text;
  return request;
}

Client ConnectTo(const std::vector<std::string>& endpoints) {
  return std::move(Client::Connect(endpoints, Soon())).value();
}

TEST(ClientTest, CallsAndKnowsTheLimits) {
  TestServer server;
  Client client = ConnectTo({server.endpoint()});
  EXPECT_EQ(client.hello().version, "0.0.0-test");
  EXPECT_EQ(client.hello().max_inflight, 16U);
  EXPECT_EQ(client.endpoint(), server.endpoint());
  const auto reply = client.Call<protocol::SearchReply>(Method::kSearch, Query("q"), Soon());
  ASSERT_TRUE(reply) << reply.error().ToString();
  EXPECT_EQ(reply->query, "q");
}

TEST(ClientTest, StreamsMoreThanItsCredits) {
  TestServer server;
  Client client = ConnectTo({server.endpoint()});
  protocol::FilesRequest request;
  request.repo = "500";
  std::size_t rows = 0;
  const auto reply = client.Stream<protocol::FilesPart, protocol::FilesReply>(
      Method::kFiles, request,
      [&](const protocol::FilesPart& part) -> Result<void> {
        rows += part.files.size();
        return {};
      },
      Soon());
  ASSERT_TRUE(reply) << reply.error().ToString();
  EXPECT_EQ(reply->count, 500U);
  EXPECT_EQ(rows, 500U);
}

TEST(ClientTest, AnErrorOfItsReaderCancelsTheStream) {
  TestServer server;
  Client client = ConnectTo({server.endpoint()});
  protocol::FilesRequest request;
  request.repo = "1000000";
  const auto reply = client.Stream<protocol::FilesPart, protocol::FilesReply>(
      Method::kFiles, request,
      [](const protocol::FilesPart&) -> Result<void> {
        return MakeError(ErrorCode::kCancelled, "enough");
      },
      Soon());
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().message, "enough");
  EXPECT_TRUE(client.Call<protocol::SearchReply>(Method::kSearch, Query("q"), Soon()));
}

TEST(ClientTest, ACallWithoutADeadlineOutlivesTheServersDefault) {
  Server::Options options;
  options.io.default_deadline = milliseconds(0);
  TestServer server(options);
  Client client = ConnectTo({server.endpoint()});
  const auto reply =
      client.Call<protocol::SearchReply>(Method::kSearch, Query("q"), Deadline::Never());
  ASSERT_TRUE(reply) << reply.error().ToString();
  EXPECT_EQ(reply->query, "q");
}

TEST(ClientTest, PassesOnWhatTheDaemonSays) {
  TestServer server;
  Client client = ConnectTo({server.endpoint()});
  const auto reply = client.Call<protocol::ListReply>(Method::kList, protocol::Empty{}, Soon());
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::kUnsupported);
}

TEST(ClientTest, SaysAtOnceThatThereIsNoDaemon) {
  const TempFolder folder;
  const auto start = std::chrono::steady_clock::now();
  const auto missing = Client::Connect({"ipc://" + folder.path() + "/no.sock"}, Soon());
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(missing.error().message, HasSubstr(folder.path() + "/no.sock: no such socket"));
  EXPECT_THAT(missing.error().remedy, HasSubstr("start coppiced"));
  {
    auto dead = Listener::Bind(folder.path() + "/dead.sock");
    ASSERT_TRUE(dead);
    ASSERT_EQ(std::rename((folder.path() + "/dead.sock").c_str(),
                          (folder.path() + "/stale.sock").c_str()),
              0);
  }
  const auto stale = Client::Connect({"ipc://" + folder.path() + "/stale.sock"}, Soon());
  ASSERT_FALSE(stale);
  EXPECT_THAT(stale.error().message, HasSubstr("nobody listens"));
  EXPECT_LT(std::chrono::steady_clock::now() - start, seconds(2));
}

TEST(ClientTest, ASocketThatNeverAnswersIsNoDaemon) {
  const TempFolder folder;
  auto silent = Listener::Bind(folder.path() + "/s.sock");  // listens, accepts nothing
  ASSERT_TRUE(silent);
  const auto client =
      Client::Connect({"ipc://" + folder.path() + "/s.sock"}, Deadline::After(milliseconds(300)));
  ASSERT_FALSE(client);
  EXPECT_THAT(client.error().message, HasSubstr("no daemon answers"));
}

TEST(ClientTest, TakesTheNextEndpointWhenTheFirstIsDead) {
  TestServer server;
  Client client = ConnectTo({"ipc:///nonexistent/a.sock", server.endpoint()});
  EXPECT_EQ(client.endpoint(), server.endpoint());
}

TEST(ClientTest, AQueryFailsOverWhenItsDaemonStops) {
  TestServer first;
  TestServer second;
  Client client = ConnectTo({first.endpoint(), second.endpoint()});
  EXPECT_EQ(client.endpoint(), first.endpoint());
  first.Stop(milliseconds(0));
  const auto reply = client.Call<protocol::SearchReply>(Method::kSearch, Query("q"), Soon());
  ASSERT_TRUE(reply) << reply.error().ToString();
  EXPECT_EQ(client.endpoint(), second.endpoint());
}

TEST(ClientTest, AQueryInFlightFailsOverToo) {
  TestServer first;
  TestServer second;
  second.probe().gate.Open();
  Client client = ConnectTo({first.endpoint(), second.endpoint()});
  NamedThread killer("killer", [&](const std::stop_token&) {
    EXPECT_TRUE(first.probe().gate.AwaitWaiting(1));
    first.Stop(milliseconds(0));
  });
  const auto reply = client.Call<protocol::SearchReply>(Method::kSearch, Query("wait"), Soon());
  killer.Join();
  ASSERT_TRUE(reply) << reply.error().ToString();
  EXPECT_EQ(client.endpoint(), second.endpoint());
}

TEST(ClientTest, AChangeIsNotSentToAnotherDaemon) {
  TestServer first;
  TestServer second;
  Client client = ConnectTo({first.endpoint(), second.endpoint()});
  first.Stop(milliseconds(0));
  const auto reply = client.Call<protocol::AddReply>(Method::kAdd, protocol::AddRequest{}, Soon());
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(second.probe().adds, 0);
}

TEST(ClientTest, AChangeIsSentAgainToADaemonThatCameBack) {
  TestServer server;
  Client client = ConnectTo({server.endpoint()});
  server.Stop(milliseconds(0));
  server.Restart();
  const auto reply = client.Call<protocol::AddReply>(Method::kAdd, protocol::AddRequest{}, Soon());
  ASSERT_TRUE(reply) << reply.error().ToString();
  EXPECT_EQ(server.probe().adds, 1);
}

TEST(ClientTest, GivesUpAtItsDeadlineAndCancels) {
  TestServer server;
  Client client = ConnectTo({server.endpoint()});
  const auto reply = client.Call<protocol::SearchReply>(Method::kSearch, Query("wait"),
                                                        Deadline::After(milliseconds(100)));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::kDeadlineExceeded);
  EXPECT_TRUE(server.probe().gate.AwaitWaiting(0));
  const auto next = client.Call<protocol::SearchReply>(Method::kSearch, Query("next"), Soon());
  ASSERT_TRUE(next) << next.error().ToString();
  EXPECT_EQ(next->query, "next");
}

TEST(ClientTest, AnInterruptCancelsTheRequest) {
  TestServer server;
  Client client = ConnectTo({server.endpoint()});
  std::stop_source interrupt;
  NamedThread user("user", [&](const std::stop_token&) {
    EXPECT_TRUE(server.probe().gate.AwaitWaiting(1));
    interrupt.request_stop();
  });
  const auto reply = client.Call<protocol::SearchReply>(
      Method::kSearch, Query("wait"), Deadline::After(seconds(20), interrupt.get_token()));
  user.Join();
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::kCancelled);
  EXPECT_TRUE(server.probe().gate.AwaitWaiting(0));
  EXPECT_EQ(server.probe().cancelled, 1);
}

TEST(ClientTest, WaitsAsLongAsAnOverloadedDaemonSays) {
  Server::Options options;
  options.interactive_workers = 1;
  options.admission.interactive_queue = 1;
  TestServer server(options);
  RawClient busy(server.endpoint());
  busy.AskSearch("wait");
  ASSERT_TRUE(server.probe().gate.AwaitWaiting(1));
  busy.AskSearch("wait");
  Client client = ConnectTo({server.endpoint()});
  NamedThread opener("opener", [&](const std::stop_token&) {
    RawClient third(server.endpoint());
    third.AskSearch("wait");
    EXPECT_THAT(third.NextError(), HasSubstr("resource_exhausted"));
    server.probe().gate.Open();
  });
  const auto reply = client.Call<protocol::SearchReply>(Method::kSearch, Query("q"), Soon());
  opener.Join();
  ASSERT_TRUE(reply) << reply.error().ToString();
}

TEST(ClientTest, RefusesARequestAboveTheLimitItself) {
  TestServer server;
  Client client = ConnectTo({server.endpoint()});
  const auto reply =
      client.Call<protocol::SearchReply>(Method::kSearch, Query(std::string(2 << 20, 'q')), Soon());
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(client.Call<protocol::SearchReply>(Method::kSearch, Query("q"), Soon()));
}

}  // namespace
}  // namespace coppice::server
