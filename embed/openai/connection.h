#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/deadline.h"
#include "base/http/client.h"
#include "base/json.h"
#include "base/mutex.h"
#include "base/result.h"
#include "embed/circuit_breaker.h"
#include "embed/openai/api_key.h"
#include "embed/openai/options.h"

namespace coppice::embed {

/// What `status` says of a server.
struct ServerState {
  std::string server;  // "127.0.0.1:8000"
  BreakerState breaker = BreakerState::kClosed;
  std::string last_error;  // while it fails
  std::uint64_t requests = 0;
  std::uint64_t retries = 0;
  std::uint64_t failures = 0;  // requests that ended in an error after all attempts
};

/// What a server answered to a request it could read: the body of a 200, or that it refuses what
/// was sent (400, 413, 422, 500).
struct ServerAnswer {
  Json body;  // of a 200
  std::optional<Error> refusal;
  bool too_long = false;  // the refusal says so

  [[nodiscard]] bool ok() const { return !refusal.has_value(); }
};

/// Requests to one server: with the key, at most so many at once, tried again, and not at all while
/// the server is down.
///
/// Place:   one in each OpenAiEmbedder, OpenAiGenerator, OpenAiReranker.
/// Shape:   a request is tried again after 408, 429, 500, 502, 503, 504 and lost connections, after
///          what Retry-After says or a growing wait, never beyond the deadline. Five failures in a
///          row open the breaker; a timeout counts when the server had half a second, and 429 and
///          500 do not: it answers.
/// Limits:  thread-safe; blocks. Answers are at most 64 MiB.
/// Errors:  as HttpClient and ErrorOfAnswer say; kUnavailable at once while the breaker is open.
class OpenAiConnection {
 public:
  /// `http` must outlive it. Errors: those of ApiKey::Read; kInvalidArgument for base_url.
  static Result<std::unique_ptr<OpenAiConnection>> Open(http::HttpClient& http,
                                                        const OpenAiOptions& options);

  Result<ServerAnswer> Post(std::string_view path, const Json& body, const Deadline& deadline);
  Result<Json> Get(std::string_view path, const Deadline& deadline);

  /// A POST whose answer is read as it comes. `on_body` gets that of a 200 alone; once it got a
  /// byte, the request is not made again. The answer tells of a refusal, its body is empty.
  Result<ServerAnswer> Stream(std::string_view path, const Json& body,
                              std::size_t max_response_bytes,
                              const http::HttpClient::OnHead& on_head,
                              const http::HttpClient::OnBody& on_body, const Deadline& deadline);

  [[nodiscard]] const std::string& server() const { return server_; }
  [[nodiscard]] const ApiKey& key() const { return key_; }
  [[nodiscard]] ServerState state() const;

 private:
  /// How one try went.
  struct Try {
    Result<http::HttpResponse> response;
    bool begun = false;     // the caller's callback saw a part of the answer
    bool given_up = false;  // the error is that of a callback
  };
  using Attempt = std::function<Try()>;

  OpenAiConnection(http::HttpClient& http, const OpenAiOptions& options, ApiKey key,
                   std::string base_url, std::string server);

  http::HttpRequest MakeRequest(std::string_view path) const;
  Result<ServerAnswer> Repeat(const Attempt& attempt, const Deadline& deadline);
  Result<Try> Once(const Attempt& attempt, const Deadline& deadline);
  Result<void> Enter(const Deadline& deadline);
  void Leave();
  void Judge(const Try& made, std::chrono::milliseconds took);
  bool MayRepeat(const Try& made, const Error& error, int failures) const;
  Result<void> WaitBefore(int failures, const Error& error, const Deadline& deadline);
  ServerAnswer Refused(const http::HttpResponse& response) const;

  http::HttpClient& http_;
  const OpenAiOptions options_;
  const ApiKey key_;
  const std::string base_url_;  // without a '/' at its end
  const std::string server_;
  CircuitBreaker breaker_;

  mutable Mutex mutex_;
  CondVar left_;
  int inflight_ COPPICE_GUARDED_BY(mutex_) = 0;
  std::uint64_t requests_ COPPICE_GUARDED_BY(mutex_) = 0;
  std::uint64_t retries_ COPPICE_GUARDED_BY(mutex_) = 0;
  std::uint64_t failures_ COPPICE_GUARDED_BY(mutex_) = 0;
};

}  // namespace coppice::embed
