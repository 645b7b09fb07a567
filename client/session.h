#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/deadline.h"
#include "base/exit_code.h"
#include "base/json.h"
#include "base/result.h"
#include "client/environment.h"
#include "client/terminal.h"
#include "protocol/client.h"

namespace coppice::client {

enum class OutputMode : unsigned char { kHuman, kPlain, kJson };

/// The flags that stand before or after any verb.
struct GlobalOptions {
  std::string connect;
  OutputMode mode = OutputMode::kHuman;
  double timeout_seconds = 0;  // 0 = the verb's own
  bool quiet = false;
  bool verbose = false;
};

/// What a verb works with: the options, the streams, the daemon.
///
/// Place:  made for one run of one verb; `environment` and `terminal` must outlive it.
/// Errors: of Connect and the calls: those of protocol::Client; where no daemon answers,
///         kUnavailable, and `no_daemon()` is true.
class Session {
 public:
  Session(GlobalOptions options, const Environment& environment, Terminal& terminal,
          std::stop_token stop);

  [[nodiscard]] const GlobalOptions& options() const { return options_; }
  [[nodiscard]] Terminal& terminal() { return terminal_; }
  [[nodiscard]] const Display& display() const { return terminal_.out(); }
  [[nodiscard]] bool no_daemon() const { return no_daemon_; }
  /// Whether the user has interrupted it.
  [[nodiscard]] bool stopped() const { return stop_.stop_requested(); }
  /// Whether the answer is JSON lines, the last of which says so.
  [[nodiscard]] bool streams_json() const { return streams_json_; }
  void set_streams_json() { streams_json_ = true; }

  /// `--timeout`, else 30 s.
  [[nodiscard]] Deadline ShortDeadline() const;
  /// `--timeout`, else until stopped.
  [[nodiscard]] Deadline LongDeadline() const;

  /// The connection, made at the first call.
  Result<protocol::Client*> Connect(const Deadline& deadline);

  template <class Reply, class Request>
  Result<Reply> Call(protocol::Method method, const Request& request) {
    const Deadline deadline = ShortDeadline();
    COPPICE_ASSIGN(protocol::Client* const client, Connect(deadline));
    return client->Call<Reply>(method, request, deadline);
  }
  template <class Part, class Reply, class Request>
  Result<Reply> Stream(protocol::Method method, const Request& request,
                       const std::function<Result<void>(const Part&)>& on_part,
                       const Deadline& deadline) {
    COPPICE_ASSIGN(protocol::Client* const client, Connect(deadline));
    return client->Stream<Part, Reply>(method, request, on_part, deadline);
  }

  /// Data.
  void Print(std::string_view text) { terminal_.WriteOut(text); }
  void PrintJson(const Json& json);
  /// A message for people; not with --quiet, and with --json only if --verbose.
  void Note(std::string_view text);

 private:
  const GlobalOptions options_;
  const Environment& environment_;
  Terminal& terminal_;
  const std::stop_token stop_;
  std::optional<protocol::Client> client_;
  bool no_daemon_ = false;
  bool streams_json_ = false;
};

/// A verb with its arguments bound.
using VerbBody = std::function<Result<ExitCode>(Session&)>;

}  // namespace coppice::client
