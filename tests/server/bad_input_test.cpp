// What a hostile or broken client may send. Afterwards a good request is answered, on a new
// connection and, where it still stands, on the same one.

#include <cstring>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/unique_fd.h"
#include "protocol/codec.h"
#include "tests/server/test_server.h"

namespace coppice::server {
namespace {

using protocol::Frames;
using protocol::Method;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class BadInput : public ::testing::Test {
 protected:
  /// Sends the frames, expects that error, and that the daemon goes on.
  void Expect(const Frames& frames, const std::string& error) {
    RawClient client(server_.endpoint());
    client.Send(frames);
    EXPECT_THAT(client.NextError(), HasSubstr(error));
    EXPECT_TRUE(client.Works());
    EXPECT_TRUE(ServesOthers(server_.endpoint()));
  }
  static Frames Good(const std::string& body) {
    return protocol::BuildRequest(RawClient::HeaderFor(Method::kSearch), body);
  }

  TestServer server_;
};

TEST_F(BadInput, BytesThatAreNotTheTransport) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, server_.socket_path().data(), server_.socket_path().size());
  const UniqueFd raw(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::connect(raw.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  const std::string garbage(100'000, '\x5a');
  EXPECT_NE(::send(raw.get(), garbage.data(), garbage.size(), MSG_NOSIGNAL), 0);
  EXPECT_TRUE(ServesOthers(server_.endpoint()));
}

TEST_F(BadInput, Garbage) {
  Expect({"garbage"}, "invalid_argument: frames");
  Expect({"", "\x01\x02\x03", "\xff\xff", "\xc1"}, "invalid_argument: frames");
  Frames frames = Good(protocol::Encode(protocol::SearchRequest{}));
  frames[2] = "\xc1garbage";
  Expect(frames, "invalid_argument: header: not msgpack");
  Expect(Good("\xc1garbage"), "invalid_argument: not msgpack");
}

TEST_F(BadInput, Truncated) {
  protocol::SearchRequest request;
  request.query = "a question of some length";
  const std::string body = protocol::Encode(request);
  Expect(Good(body.substr(0, body.size() / 2)), "invalid_argument: not msgpack");
  Frames frames = Good(body);
  frames[2].resize(frames[2].size() - 3);
  Expect(frames, "invalid_argument: header: not msgpack");
  Expect(Good(""), "invalid_argument");
}

TEST_F(BadInput, FiveBytesThatClaimEightGigabytes) {
  const std::string claim("\xdd\x10\x00\x00\x00", 5);
  Expect(Good(claim), "array size");
  Frames frames = Good("");
  frames[2] = claim;
  Expect(frames, "array size");
}

TEST_F(BadInput, NestedAMillionDeep) {
  const std::string nested(1'000'000, '\x91');
  Expect(Good(nested), "depth size");
  Frames frames = Good("");
  frames[2] = nested;
  Expect(frames, "header");
}

TEST_F(BadInput, UnknownVersion) {
  Frames frames = Good(protocol::Encode(protocol::SearchRequest{}));
  frames[1].back() = 42;
  Expect(frames, "unsupported_version: wire version 42 is not spoken here; supported: 1");
}

TEST_F(BadInput, UnknownMethod) {
  protocol::RequestHeader header = RawClient::HeaderFor(Method::kPing);
  header.method = "frobnicate";
  Expect(protocol::BuildRequest(header, "\x80"), "unknown method 'frobnicate'");
}

TEST_F(BadInput, MethodThatThisDaemonDoesNotServe) {
  Expect(protocol::BuildRequest(RawClient::HeaderFor(Method::kSync), "\x80"),
         "unsupported: 'sync' is not served here");
}

TEST_F(BadInput, MissingFrames) {
  const Frames good = Good(protocol::Encode(protocol::SearchRequest{}));
  Expect({""}, "invalid_argument: frames");
  Expect({good[0], good[1]}, "invalid_argument: frames: expected 4, got 2");
  Expect({good[0], good[1], good[2]}, "invalid_argument: frames: expected 4, got 3");
  Frames many = good;
  many.resize(5000, "x");
  Expect(many, "invalid_argument: frames");
}

TEST_F(BadInput, IdOfTheWrongLength) {
  protocol::RequestHeader header = RawClient::HeaderFor(Method::kPing);
  header.id.value += "x";
  Expect(protocol::BuildRequest(header, "\x80"), "id: expected 16 bytes, got 17");
  header.id.value = "";
  Expect(protocol::BuildRequest(header, "\x80"), "id: expected 16 bytes, got 0");
}

TEST_F(BadInput, WrongTypeInTheBody) {
  Expect(Good("\x81\x04\xa3"
              "ten"),
         "invalid_argument: limit: expected an integer");
}

TEST_F(BadInput, MessageAboveTheLimit) {
  RawClient client(server_.endpoint());
  client.Send(Good(std::string(2 << 20, '\xc0')));
  // The transport ends the connection that sent it.
  EXPECT_EQ(client.NextError(), "no reply");
  EXPECT_TRUE(ServesOthers(server_.endpoint()));
}

TEST_F(BadInput, HandlerThatThrows) {
  RawClient client(server_.endpoint());
  client.AskSearch("throw");
  EXPECT_THAT(client.NextError(), StartsWith("internal: search: the daemon failed to answer"));
  EXPECT_TRUE(client.Works());
}

TEST_F(BadInput, ReplyAboveTheLimit) {
  RawClient client(server_.endpoint());
  client.AskSearch("large");
  EXPECT_THAT(client.NextError(), HasSubstr("above the limit of 8388608"));
  EXPECT_TRUE(client.Works());
}

TEST_F(BadInput, CancelAndCreditForNobody) {
  RawClient client(server_.endpoint());
  protocol::CancelRequest cancel;
  cancel.id.value = "nobody";
  client.Ask(Method::kCancel, cancel);
  EXPECT_EQ(client.NextError(), "final");
  protocol::CreditRequest credit;
  credit.credits = 4'000'000'000U;
  client.Ask(Method::kCredit, credit);
  EXPECT_EQ(client.NextError(), "final");
  client.Send(protocol::BuildRequest(RawClient::HeaderFor(Method::kCancel), "\x81\x01\x07"));
  EXPECT_THAT(client.NextError(), HasSubstr("id: expected binary or text"));
  EXPECT_TRUE(client.Works());
}

}  // namespace
}  // namespace coppice::server
