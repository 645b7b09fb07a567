#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace coppice::http {

struct Header {
  std::string name;
  std::string value;
};
using Headers = std::vector<Header>;

enum class Method : std::uint8_t { kGet, kPost };

/// What is asked of a server, and how much of an answer is taken.
///
/// Shape:  `url` is http or https and carries no account; nothing of its path or query, and no
///         header, is ever written to a log or an error. Zero milliseconds = no such limit.
/// Limits: an answer beyond `max_response_bytes` ends the transfer; its head may hold 64 KiB.
struct HttpRequest {
  Method method = Method::kGet;
  std::string url;
  Headers headers = {};
  std::string body = {};  // of a POST
  std::size_t max_response_bytes = std::size_t{16} << 20U;
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(10);
  std::chrono::milliseconds idle_timeout{0};  // without one byte, while the caller waits for it
  std::string ca_file = {};  // PEM, instead of the system's certificates; "" = the system's
  /// Redirects followed, for downloads: never from https to http, and Authorization stays with the
  /// first host; other headers go along. A POST is not to be redirected: leave it at 0.
  int max_redirects = 0;
  /// Whether http_proxy, https_proxy, all_proxy and no_proxy of the environment count. A server on
  /// this machine's loopback is always spoken to directly.
  bool environment_proxy = false;
};

/// Status line and headers of an answer, of the last one where redirects were followed.
struct HttpHead {
  int status = 0;  // 200, 206, 404, ...
  Headers headers;

  /// The first header of that name, in any case, without spaces around its value.
  [[nodiscard]] std::optional<std::string_view> Find(std::string_view name) const;
};

struct HttpResponse {
  HttpHead head;
  std::string body;
};

/// How long the server asks to be left alone: "retry-after-ms", or "Retry-After" in seconds or as a
/// date, which is read against the answer's own "Date". Nothing where it does not say; at most a
/// day.
std::optional<std::chrono::milliseconds> RetryAfter(const HttpHead& head);

/// Where a URL leads, as errors and the log may say it.
struct Origin {
  bool tls = false;
  std::string host;  // "models.example", "::1"
  std::string name;  // host, with ":port" where the URL has one
};

/// Errors: kInvalidArgument for what is no http or https URL, or one with an account in it.
Result<Origin> ParseOrigin(const std::string& url);

}  // namespace coppice::http
