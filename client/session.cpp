#include "client/session.h"

#include <algorithm>
#include <utility>

#include "base/format.h"
#include "client/endpoint.h"
#include "client/json_writer.h"

namespace coppice::client {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kShortTimeout{30'000};
constexpr milliseconds kConnectTimeout{10'000};

milliseconds Span(double span_seconds) {
  return milliseconds(static_cast<std::int64_t>(span_seconds * 1000));
}

}  // namespace

Session::Session(GlobalOptions options, const Environment& environment, Terminal& terminal,
                 std::stop_token stop)
    : options_(std::move(options)),
      environment_(environment),
      terminal_(terminal),
      stop_(std::move(stop)) {}

Deadline Session::ShortDeadline() const {
  if (options_.timeout_seconds > 0) return Deadline::After(Span(options_.timeout_seconds), stop_);
  return Deadline::After(kShortTimeout, stop_);
}

Deadline Session::LongDeadline() const {
  if (options_.timeout_seconds > 0) return ShortDeadline();
  return Deadline::Never(stop_);
}

Result<protocol::Client*> Session::Connect(const Deadline& deadline) {
  if (client_) return &*client_;
  COPPICE_ASSIGN(const EndpointSearch search, FindEndpoints(options_.connect, environment_));
  const Deadline connect = Deadline::After(deadline.remaining(kConnectTimeout), stop_);
  Result<protocol::Client> client = protocol::Client::Connect(search.endpoints, connect);
  if (!client) {
    const ErrorCode code = client.error().code;
    no_daemon_ = code == ErrorCode::kUnavailable || code == ErrorCode::kDeadlineExceeded;
    if (no_daemon_) return NoDaemonError(search, client.error().message);
    return client.error();
  }
  client_.emplace(std::move(client).value());
  if (options_.verbose) {
    Note(fmt::format("connected to {} (coppiced {})\n", client_->endpoint(),
                     client_->hello().version));
  }
  return &*client_;
}

void Session::PrintJson(const Json& json) { terminal_.WriteOut(JsonLine(json)); }

void Session::Note(std::string_view text) {
  if (options_.quiet) return;
  if (options_.mode == OutputMode::kJson && !options_.verbose) return;
  terminal_.WriteErr(text);
}

}  // namespace coppice::client
