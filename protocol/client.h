#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "protocol/codec.h"
#include "protocol/endpoint.h"
#include "protocol/messages.h"
#include "protocol/methods.h"

namespace coppice::protocol {

/// A client's end: calls with a deadline each, one at a time.
///
/// Place:  one thread at a time. Destroying it while a call runs on another thread is a bug.
/// Limits: a request of at most 1 MiB; a reply of at most 8 MiB; parts are acknowledged in steps of
///         half the granted credits, so a slow reader slows the sender down.
/// Errors: of every call: what the daemon answers; kUnavailable (no daemon at any endpoint, or it
///         went away and did not come back; the message names the endpoint), kPermissionDenied
///         (socket not writable), kDeadlineExceeded, kCancelled (the deadline's stop token),
///         kCorrupt (a reply that does not decode), kUnsupportedVersion.
///
/// When the connection is lost or the daemon says that it is overloaded or stopping (in an error that
/// is retryable; that of a failed job is not), a call is sent again with the same id: one that
/// changes nothing to any endpoint, another only to the endpoint it went to first. A stream of rows
/// that has begun is not repeated.
class Client {
 public:
  /// Takes the first endpoint whose daemon answers `hello`. A socket file that is missing, or that
  /// nobody listens on, fails at once. Errors: those above.
  static Result<Client> Connect(const std::vector<std::string>& endpoints,
                                const Deadline& deadline);
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;
  ~Client();

  /// What the daemon said when the connection was made: version, limits.
  [[nodiscard]] const HelloReply& hello() const;
  /// The endpoint in use.
  [[nodiscard]] const std::string& endpoint() const;

  template <class Reply, class Request>
  Result<Reply> Call(Method method, const Request& request, const Deadline& deadline) {
    COPPICE_ASSIGN(const std::string body, Exchange(method, Encode(request), nullptr, deadline));
    return DecodeReply<Reply>(method, body);
  }

  /// Calls `on_part` for each part as it arrives. An error from `on_part` cancels the request and
  /// is returned.
  template <class Part, class Reply, class Request>
  Result<Reply> Stream(Method method, const Request& request,
                       const std::function<Result<void>(const Part&)>& on_part,
                       const Deadline& deadline) {
    const RawPart raw = [&](std::string_view bytes) -> Result<void> {
      COPPICE_ASSIGN(const Part part, DecodeReply<Part>(method, bytes));
      return on_part(part);
    };
    COPPICE_ASSIGN(const std::string body, Exchange(method, Encode(request), raw, deadline));
    return DecodeReply<Reply>(method, body);
  }

 private:
  using RawPart = std::function<Result<void>(std::string_view)>;
  struct Impl;
  explicit Client(std::unique_ptr<Impl> impl);

  Result<std::string> Exchange(Method method, const std::string& body, const RawPart& on_part,
                               const Deadline& deadline);
  template <class T>
  static Result<T> DecodeReply(Method method, std::string_view bytes) {
    Result<T> message = Decode<T>(bytes, kReplyLimits);
    if (message) return message;
    Error error = message.error().WithContext("reply to " + std::string(MethodName(method)));
    error.code = ErrorCode::kCorrupt;
    return error;
  }

  std::unique_ptr<Impl> impl_;
};

}  // namespace coppice::protocol
