// The HTTP client against a server process that answers well, badly or not at all.

#include "base/http/client.h"

#include <chrono>
#include <cstdlib>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/format.h"
#include "base/json.h"
#include "base/process.h"
#include "base/version.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_folder.h"

namespace coppice::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::ServerProcess;
using ::testing::HasSubstr;
using ::testing::Not;

Deadline Soon() { return Deadline::After(seconds(30)); }

void Pause(milliseconds span) { std::this_thread::sleep_for(span); }

std::string Pattern(std::size_t first, std::size_t count) {
  std::string bytes(count, '\0');
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<char>((first + i) % 256);
  return bytes;
}

class HttpClientTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    server_ =
        std::make_unique<ServerProcess>(ServerProcess::Python("tests/base/http/http_server.py"));
  }
  static void TearDownTestSuite() { server_.reset(); }

  void SetUp() override { Open({}); }

  void Open(const HttpClientOptions& options) {
    auto opened = HttpClient::Open(options);
    ASSERT_TRUE(opened) << opened.error().ToString();
    client_ = std::move(*opened);
  }

  static HttpRequest Get(const std::string& path) {
    HttpRequest request;
    request.url = server_->Url(path);
    return request;
  }

  Result<HttpResponse> Send(const std::string& path) { return client_->Send(Get(path), Soon()); }

  Error ErrorOf(HttpRequest request, const Deadline& deadline = Soon()) {
    const auto response = client_->Send(std::move(request), deadline);
    EXPECT_FALSE(response) << "an answer of " << (response ? response->body.size() : 0) << " bytes";
    return response ? Error{} : response.error();
  }

  Json Echo(HttpRequest request) {
    const auto response = client_->Send(std::move(request), Soon());
    EXPECT_TRUE(response) << response.error().ToString();
    return Json::parse(response->body);
  }

  static std::unique_ptr<ServerProcess> server_;
  std::unique_ptr<HttpClient> client_;
};

std::unique_ptr<ServerProcess> HttpClientTest::server_;

TEST_F(HttpClientTest, GivesStatusHeadersAndBody) {
  const auto response = Send("/hello");
  ASSERT_TRUE(response) << response.error().ToString();
  EXPECT_EQ(response->head.status, 200);
  EXPECT_EQ(response->body, "hello");
  EXPECT_EQ(response->head.Find("etag"), "\"abc\"");
  EXPECT_EQ(response->head.Find("X-SPACES"), "a b");
  EXPECT_EQ(response->head.Find("x-none"), std::nullopt);
}

TEST_F(HttpClientTest, AnErrorStatusIsAnAnswer) {
  const auto response = Send("/status/503");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->head.status, 503);
  EXPECT_EQ(response->body, "status 503");
}

TEST_F(HttpClientTest, SaysWhoItIsAndNothingElseOfItself) {
  const Json told = Echo(Get("/echo"));
  EXPECT_EQ(told["headers"]["user-agent"], fmt::format("coppice/{}", kVersion));
  EXPECT_EQ(told["headers"].size(), 3U) << told.dump();  // host, user-agent, accept
}

TEST_F(HttpClientTest, SendsHeadersAndABody) {
  HttpRequest request = Get("/echo");
  request.method = Method::kPost;
  request.headers = {{"Content-Type", "application/json"}, {"X-Empty", ""}};
  request.body = std::string(3 << 20, 'b');  // large enough for "Expect: 100-continue"
  const Json told = Echo(std::move(request));
  EXPECT_EQ(told["method"], "POST");
  EXPECT_EQ(told["length"], 3 << 20);
  EXPECT_EQ(told["headers"]["content-type"], "application/json");
  EXPECT_EQ(told["headers"]["x-empty"], "");
  EXPECT_FALSE(told["headers"].contains("expect"));
}

TEST_F(HttpClientTest, UsesAConnectionAgain) {
  EXPECT_EQ(Echo(Get("/echo"))["port"], Echo(Get("/echo"))["port"]);
}

TEST_F(HttpClientTest, StreamsInOrderWithTheHeadFirst) {
  std::vector<std::string> order;
  std::string body;
  const auto head = client_->Stream(
      Get("/chunks/50/10000"),
      [&](const HttpHead& h) -> Result<void> {
        order.push_back(fmt::format("head {}", h.status));
        return {};
      },
      [&](std::string_view piece) -> Result<void> {
        if (body.empty()) order.emplace_back("body");
        body += piece;
        return {};
      },
      Soon());
  ASSERT_TRUE(head) << head.error().ToString();
  EXPECT_EQ(order, (std::vector<std::string>{"head 200", "body"}));
  EXPECT_EQ(body, Pattern(0, 500000));
  EXPECT_EQ(head->Find("x-trailer"), std::nullopt);
}

TEST_F(HttpClientTest, ResumesADownloadWhereItIsTold) {
  HttpRequest request = Get("/range/100000");
  request.headers = {{"Range", "bytes=60000-"}};
  const auto response = client_->Send(std::move(request), Soon());
  ASSERT_TRUE(response);
  EXPECT_EQ(response->head.status, 206);
  EXPECT_EQ(response->head.Find("content-range"), "bytes 60000-99999/100000");
  EXPECT_EQ(response->body, Pattern(60000, 40000));
}

TEST_F(HttpClientTest, ASlowReaderSlowsTheServerDown) {
  HttpRequest request = Get("/endless");
  request.max_response_bytes = std::size_t{1} << 30U;
  std::size_t taken = 0;
  std::string sent_then;
  const auto head = client_->Stream(
      request, nullptr,
      [&](std::string_view piece) -> Result<void> {
        if (taken == 0) {
          Pause(milliseconds(500));
          sent_then = Send("/sent")->body;  // another transfer goes on meanwhile
        }
        taken += piece.size();
        if (taken > (std::size_t{40} << 20U)) return MakeError(ErrorCode::kConflict, "enough");
        return {};
      },
      Soon());
  EXPECT_EQ(head.error().message, "enough") << "the server was read from again";
  EXPECT_LT(std::stoll(sent_then), 12 << 20) << "buffers of the kernel, and 256 KiB of ours";
}

TEST_F(HttpClientTest, AnErrorOfACallbackEndsTheTransferAndIsReturned) {
  HttpRequest request = Get("/endless");
  request.max_response_bytes = std::size_t{1} << 40U;
  int pieces = 0;
  const auto body_refused = client_->Stream(
      request, nullptr,
      [&](std::string_view) -> Result<void> {
        return ++pieces < 3 ? Result<void>() : MakeError(ErrorCode::kConflict, "no more");
      },
      Soon());
  EXPECT_EQ(body_refused.error().message, "no more");
  EXPECT_EQ(pieces, 3);
  const auto head_refused = client_->Stream(
      request,
      [](const HttpHead&) -> Result<void> { return MakeError(ErrorCode::kCorrupt, "head"); },
      [](std::string_view) -> Result<void> {
        ADD_FAILURE() << "a body after a refused head";
        return {};
      },
      Soon());
  EXPECT_EQ(head_refused.error().message, "head");
}

TEST_F(HttpClientTest, ADeadlineEndsATransferAtOnce) {
  for (const char* const path : {"/late/20000", "/drip", "/silent-after/10"}) {
    const auto began = Deadline::Clock::now();
    const Error error = ErrorOf(Get(path), Deadline::After(milliseconds(300)));
    EXPECT_EQ(error.code, ErrorCode::kDeadlineExceeded) << path;
    EXPECT_THAT(error.message, HasSubstr("127.0.0.1:"));
    EXPECT_LT(Deadline::Clock::now() - began, seconds(5));
  }
}

TEST_F(HttpClientTest, AStopRequestEndsATransferAtOnce) {
  std::stop_source stop;
  std::jthread stopper([&stop] {
    Pause(milliseconds(200));
    stop.request_stop();
  });
  const auto began = Deadline::Clock::now();
  const Error error = ErrorOf(Get("/late/20000"), Deadline::Never(stop.get_token()));
  EXPECT_EQ(error.code, ErrorCode::kCancelled);
  EXPECT_LT(Deadline::Clock::now() - began, seconds(5));
}

TEST_F(HttpClientTest, ASilentServerIsGivenUp) {
  HttpRequest request = Get("/silent-after/10");
  request.idle_timeout = milliseconds(200);
  const Error error = ErrorOf(std::move(request));
  EXPECT_EQ(error.code, ErrorCode::kUnavailable);
  EXPECT_TRUE(error.retryable);
  EXPECT_THAT(error.message, HasSubstr("silent for 200 ms"));
}

TEST_F(HttpClientTest, AnAnswerBeyondTheLimitIsRefused) {
  for (const char* const path : {"/size/1001", "/chunks/2/600", "/endless"}) {
    HttpRequest request = Get(path);
    request.max_response_bytes = 1000;
    const Error error = ErrorOf(std::move(request));
    EXPECT_EQ(error.code, ErrorCode::kResourceExhausted) << path;
    EXPECT_FALSE(error.retryable);
    EXPECT_THAT(error.message, HasSubstr("larger than 1000 bytes"));
  }
  HttpRequest request = Get("/size/1000");
  request.max_response_bytes = 1000;
  EXPECT_TRUE(client_->Send(std::move(request), Soon()));
}

TEST_F(HttpClientTest, AHugeHeadIsRefused) {
  EXPECT_TRUE(Send("/many-headers/100"));
  for (const char* const path : {"/many-headers/1000", "/long-header/70000"}) {
    EXPECT_EQ(ErrorOf(Get(path)).code, ErrorCode::kResourceExhausted) << path;
  }
}

TEST_F(HttpClientTest, ABrokenConnectionIsUnavailableAfterWhatCame) {
  for (const char* const path : {"/cut", "/cut-chunks"}) {
    std::string body;
    const auto head = client_->Stream(
        Get(path), nullptr,
        [&](std::string_view piece) -> Result<void> {
          body += piece;
          return {};
        },
        Soon());
    ASSERT_FALSE(head) << path;
    EXPECT_EQ(head.error().code, ErrorCode::kUnavailable);
    EXPECT_TRUE(head.error().retryable);
    EXPECT_THAT(body, ::testing::AnyOf("0123456789", "abcd"));
  }
  for (const char* const path : {"/reset", "/no-answer"}) {
    EXPECT_EQ(ErrorOf(Get(path)).code, ErrorCode::kUnavailable) << path;
  }
}

TEST_F(HttpClientTest, WhatSpeaksNoHttpIsCorrupt) {
  EXPECT_EQ(ErrorOf(Get("/garbage")).code, ErrorCode::kCorrupt);
}

TEST_F(HttpClientTest, AnInterimAnswerIsNotTheAnswer) {
  const auto response = Send("/interim");
  ASSERT_TRUE(response) << response.error().ToString();
  EXPECT_EQ(response->head.status, 200);
  EXPECT_EQ(response->body, "last");
  EXPECT_EQ(response->head.Find("x-early"), std::nullopt);
}

TEST_F(HttpClientTest, NobodyThereIsUnavailable) {
  HttpRequest request;
  request.url = "http://127.0.0.1:1/v1?key=hidden";
  const Error refused = ErrorOf(request);
  EXPECT_EQ(refused.code, ErrorCode::kUnavailable);
  EXPECT_THAT(refused.ToString(), HasSubstr("127.0.0.1:1"));
  EXPECT_THAT(refused.ToString(), Not(HasSubstr("hidden")));
  request.url = "http://no-such-host.invalid/";
  const Error unknown = ErrorOf(request);
  EXPECT_EQ(unknown.code, ErrorCode::kUnavailable);
  EXPECT_THAT(unknown.message, HasSubstr("no-such-host.invalid: no such name"));
}

TEST_F(HttpClientTest, OnlyWebUrlsWithoutAnAccountAreTaken) {
  for (const char* const url : {"file:///etc/passwd", "ftp://h/x", "gopher://h/", "", "http://",
                                "http://me:secret@127.0.0.1/", "http://secret@127.0.0.1/"}) {
    HttpRequest request;
    request.url = url;
    const Error error = ErrorOf(request);
    EXPECT_EQ(error.code, ErrorCode::kInvalidArgument) << url;
    EXPECT_THAT(error.ToString(), Not(HasSubstr("secret")));
  }
}

TEST_F(HttpClientTest, HeadersCannotBeSmuggled) {
  for (const Header& header : {Header{"X", "a\r\nHost: b"}, Header{"X\n", "a"}, Header{"", "a"},
                               Header{"Authorization", std::string("k\0ey", 4)}}) {
    HttpRequest request = Get("/hello");
    request.headers = {header};
    EXPECT_EQ(ErrorOf(request).code, ErrorCode::kInvalidArgument);
  }
}

TEST_F(HttpClientTest, RedirectsAreFollowedOnlyWhenAskedFor) {
  const std::string path = "/redirect?to=" + server_->Url("/hello");
  EXPECT_EQ(Send(path)->head.status, 302);
  HttpRequest request = Get(path);
  request.max_redirects = 2;
  const auto followed = client_->Send(request, Soon());
  ASSERT_TRUE(followed) << followed.error().ToString();
  EXPECT_EQ(followed->head.status, 200);
  EXPECT_EQ(followed->body, "hello");
  request.url = server_->Url("/loop");
  const Error endless = ErrorOf(request);
  EXPECT_EQ(endless.code, ErrorCode::kUnavailable);
  EXPECT_THAT(endless.message, HasSubstr("more than 2 redirects"));
}

TEST_F(HttpClientTest, AKeyStaysWithTheFirstHost) {
  HttpRequest request = Get(fmt::format("/redirect?to=http://localhost:{}/echo", server_->port()));
  request.max_redirects = 1;
  request.headers = {{"Authorization", "Bearer k"}, {"Range", "bytes=0-"}};
  const Json told = Echo(std::move(request));
  EXPECT_FALSE(told["headers"].contains("authorization")) << told.dump();
  EXPECT_TRUE(told["headers"].contains("range"));
}

TEST_F(HttpClientTest, BeyondItsPlacesRequestsWaitThenAreRefused) {
  HttpClientOptions narrow;
  narrow.max_in_flight = 1;
  narrow.max_waiting = 1;
  Open(narrow);
  std::vector<ErrorCode> failures;
  Mutex mutex;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        const auto response = Send("/late/300");
        MutexLock lock(mutex);
        if (!response) failures.push_back(response.error().code);
      });
    }
  }
  EXPECT_GE(failures.size(), 5U);
  for (const ErrorCode code : failures) EXPECT_EQ(code, ErrorCode::kResourceExhausted);
  EXPECT_TRUE(Send("/hello")) << "places are free again";
}

TEST_F(HttpClientTest, ManyThreadsMayCallAtOnce) {
  std::vector<std::string> bodies(16);
  {
    std::vector<std::jthread> threads;
    for (std::string& body : bodies) {
      threads.emplace_back([&] {
        for (int round = 0; round < 5; ++round) body = Send("/size/300000")->body;
      });
    }
  }
  for (const std::string& body : bodies) EXPECT_EQ(body, Pattern(0, 300000));
}

TEST_F(HttpClientTest, ClosingEndsWhatRuns) {
  std::vector<Error> errors(3);
  {
    std::vector<std::jthread> threads;
    for (Error& error : errors) {
      threads.emplace_back([&error, client = client_.get()] {
        const auto response = client->Send(Get("/drip"), Soon());
        error = response ? Error{} : response.error();
      });
    }
    Pause(milliseconds(300));
    client_.reset();
  }
  for (const Error& error : errors) EXPECT_EQ(error.code, ErrorCode::kCancelled);
}

TEST_F(HttpClientTest, TheEnvironmentsProxyIsUsedOnlyWhenAskedFor) {
  const std::string proxy = server_->Url();
  ::setenv("http_proxy", proxy.c_str(), 1);
  HttpRequest request;
  request.url = "http://models.invalid/hello";
  EXPECT_THAT(ErrorOf(request).message, HasSubstr("no such name"));
  request.environment_proxy = true;
  const auto through = client_->Send(request, Soon());
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  request.url = server_->Url("/hello");
  const auto loopback = client_->Send(request, Soon());
  ::unsetenv("http_proxy");
  ASSERT_TRUE(through) << through.error().ToString();
  EXPECT_EQ(through->body, "hello");
  EXPECT_TRUE(loopback) << "what runs on this machine is asked directly";
}

/// A server that speaks TLS with a certificate for the address 127.0.0.1, made for the test.
class HttpsTest : public HttpClientTest {
 protected:
  void SetUp() override {
    Command command;
    command.argv = {"openssl",
                    "req",
                    "-x509",
                    "-newkey",
                    "ec",
                    "-pkeyopt",
                    "ec_paramgen_curve:P-256",
                    "-nodes",
                    "-days",
                    "2",
                    "-subj",
                    "/CN=test",
                    "-addext",
                    "subjectAltName=IP:127.0.0.1",
                    "-keyout",
                    Path("key.pem"),
                    "-out",
                    Path("certificate.pem")};
    const auto made = RunCommand(command, Soon());
    ASSERT_TRUE(made && made->status.ok()) << (made ? made->err : made.error().ToString());
    tls_server_ = ServerProcess::Python("tests/base/http/http_server.py",
                                        {"--tls", Path("certificate.pem"), Path("key.pem")});
    Open({});
  }

  [[nodiscard]] std::string Path(const std::string& name) const { return folder_.path() / name; }

  [[nodiscard]] HttpRequest GetTls(const std::string& path,
                                   const std::string& host = "127.0.0.1") const {
    HttpRequest request;
    request.url = fmt::format("https://{}:{}{}", host, tls_server_.port(), path);
    request.ca_file = Path("certificate.pem");
    return request;
  }

  test::TempFolder folder_;
  ServerProcess tls_server_;
};

TEST_F(HttpsTest, ACertificateThatTheCaFileHoldsIsTrusted) {
  const auto response = client_->Send(GetTls("/hello"), Soon());
  ASSERT_TRUE(response) << response.error().ToString();
  EXPECT_EQ(response->body, "hello");
}

TEST_F(HttpsTest, AnUnknownCertificateOrAnotherNameIsRefused) {
  const Error name = ErrorOf(GetTls("/hello", "localhost"));
  HttpRequest without_file = GetTls("/hello");
  without_file.ca_file.clear();
  const Error unknown = ErrorOf(without_file);
  for (const Error& error : {name, unknown}) {
    EXPECT_EQ(error.code, ErrorCode::kUnavailable);
    EXPECT_FALSE(error.retryable);
    EXPECT_THAT(error.message, HasSubstr("certificate does not hold"));
    EXPECT_THAT(error.remedy, HasSubstr("ca_file"));
  }
}

TEST_F(HttpsTest, ARedirectToPlainHttpIsNotFollowed) {
  HttpRequest request = GetTls("/redirect?to=" + server_->Url("/hello"));
  request.max_redirects = 3;
  EXPECT_EQ(ErrorOf(request).code, ErrorCode::kPermissionDenied);
}

TEST_F(HttpsTest, TlsAndPlainDoNotMix) {
  HttpRequest plain;
  plain.url = fmt::format("http://127.0.0.1:{}/hello", tls_server_.port());
  EXPECT_EQ(ErrorOf(plain).code, ErrorCode::kUnavailable);
  HttpRequest tls;
  tls.url = fmt::format("https://127.0.0.1:{}/hello", server_->port());
  EXPECT_EQ(ErrorOf(tls).code, ErrorCode::kUnavailable);
}

TEST_F(HttpClientTest, AMissingCaFileIsNamed) {
  HttpRequest request = Get("/hello");
  request.ca_file = "/nonexistent/ca.pem";
  const Error error = ErrorOf(request);
  EXPECT_EQ(error.code, ErrorCode::kNotFound);
  EXPECT_THAT(error.message, HasSubstr("/nonexistent/ca.pem"));
}

}  // namespace
}  // namespace coppice::http
