#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.h"
#include "base/http/message.h"
#include "base/mutex.h"
#include "base/result.h"
#include "base/thread.h"

namespace coppice::http {

class Transfer;

struct HttpClientOptions {
  std::size_t max_in_flight = 64;  // transfers at once
  std::size_t max_waiting = 256;   // more than that are refused
};

/// Speaks HTTP/1.1 to servers: connections are kept and used again.
///
/// Place:   App owns one; embed/openai and the catalogue's downloads share it.
/// Shape:   a status of 400 and above is an answer like any other, not an error. Certificates and
///          host names are always checked, at TLS 1.2 or newer. No cookies, no .netrc, no
///          compression, User-Agent "coppice/VERSION".
/// Limits:  thread-safe; the caller blocks. One thread of its own, http-io, runs all transfers. The
///          deadline and its stop token end a transfer at once. The destructor ends what runs with
///          kCancelled and waits for those calls to return; none may begin any more.
/// Errors:  always with the host's name, never with path, query or headers. kUnavailable: no such
///          name, refused, connection lost, and, not to be retried, a certificate that does not
///          hold; kResourceExhausted: max_waiting, or, not to be retried, a larger answer than
///          asked for; kPermissionDenied: a redirect from https to http; kCorrupt: no HTTP;
///          kInvalidArgument: URL or header; kNotFound: the CA file; kDeadlineExceeded, kCancelled.
class HttpClient {
 public:
  /// Called once, before the first piece.
  using OnHead = std::function<Result<void>(const HttpHead& head)>;
  using OnBody = std::function<Result<void>(std::string_view piece)>;

  /// Errors: kUnavailable where libcurl has no TLS.
  static Result<std::unique_ptr<HttpClient>> Open(const HttpClientOptions& options);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// The whole answer.
  Result<HttpResponse> Send(HttpRequest request, const Deadline& deadline);

  /// The answer as it comes, on the caller's thread. While `on_body` works the server is read ahead
  /// by 256 KiB, no further. An error of either callback ends the transfer and is returned as it
  /// is. When the connection breaks, all bytes that came are delivered before the error.
  Result<HttpHead> Stream(HttpRequest request, const OnHead& on_head, const OnBody& on_body,
                          const Deadline& deadline);

 private:
  explicit HttpClient(const HttpClientOptions& options);

  Result<HttpHead> Follow(const std::shared_ptr<Transfer>& transfer, const OnHead& on_head,
                          const OnBody& on_body, const Deadline& deadline);
  Result<void> Enqueue(std::shared_ptr<Transfer> transfer);
  void Leave(const std::shared_ptr<Transfer>& transfer);
  void Loop(const std::stop_token& stop);
  void StartWaiting();
  void DropAbandoned();
  void Reap();
  void Remove(const std::shared_ptr<Transfer>& transfer);
  void EndAll();

  const HttpClientOptions options_;
  void* multi_ = nullptr;                           // CURLM*
  std::vector<std::shared_ptr<Transfer>> running_;  // of the loop's thread

  Mutex mutex_;
  std::deque<std::shared_ptr<Transfer>> waiting_ COPPICE_GUARDED_BY(mutex_);
  bool closed_ COPPICE_GUARDED_BY(mutex_) = false;
  std::size_t calls_ COPPICE_GUARDED_BY(mutex_) = 0;  // between Enqueue and Leave
  CondVar left_;

  NamedThread thread_;  // last: uses all of the above
};

}  // namespace coppice::http
