#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/deadline.h"
#include "base/result.h"
#include "base/thread.h"
#include "daemon/server/admission.h"
#include "daemon/server/handlers.h"
#include "daemon/server/io_loop.h"
#include "daemon/server/listener.h"
#include "daemon/server/reply_queue.h"
#include "protocol/socket.h"

namespace coppice::server {

/// The daemon's end of the wire: socket, I/O thread, admission, workers.
///
/// Place:  made by App once what the handlers need is there; destroyed before it.
/// Limits: interactive_workers + batch_workers + 2 threads; see docs/threads.md.
/// Errors: Start: those of Listener::Bind and protocol::ParseEndpoint.
class Server {
 public:
  struct Options {
    std::string endpoint;  // ipc:///path or an absolute path
    mode_t mode = 0660;
    int interactive_workers = 4;
    int batch_workers = 2;
    Admission::Options admission;
    IoOptions io;
    protocol::RouterSocket::Options socket{protocol::kMaxRequestBytes, 64,
                                           std::chrono::milliseconds(1000)};
  };

  /// Serves when it returns.
  static Result<std::unique_ptr<Server>> Start(const Options& options, HandlerSet handlers,
                                               IoLoop::Health health);
  ~Server();

  /// Refuses new requests, lets those in flight end until `drain`, tells the rest to come back, and
  /// closes.
  void Stop(const Deadline& drain);
  [[nodiscard]] const std::string& endpoint() const { return endpoint_; }

 private:
  Server(std::string endpoint, Listener listener, HandlerSet handlers,
         std::unique_ptr<ReplyQueue> replies, const Options& options);
  void Work(Lane lane, const std::stop_token& stop);
  void RunOne(std::unique_ptr<Call> call) const;

  const std::string endpoint_;
  std::optional<Listener> listener_;
  std::unique_ptr<ReplyQueue> replies_;
  HandlerSet handlers_;
  Admission admission_;
  std::unique_ptr<IoLoop> loop_;
  NamedThread io_thread_;
  std::vector<NamedThread> workers_;
  bool stopped_ = false;
};

}  // namespace coppice::server
