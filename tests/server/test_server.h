#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.h"
#include "base/mutex.h"
#include "base/result.h"
#include "daemon/server/server.h"
#include "protocol/frames.h"
#include "protocol/messages.h"
#include "protocol/socket.h"

namespace coppice::server {

/// A folder that is removed with everything in it.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// A gate that handlers wait at until the test opens it.
class Gate {
 public:
  void Open();
  /// Errors: kCancelled, kDeadlineExceeded.
  Result<void> Wait(const Deadline& deadline);
  /// Waits until `count` handlers are waiting.
  bool AwaitWaiting(int count);

 private:
  Mutex mutex_;
  CondVar changed_;
  bool open_ COPPICE_GUARDED_BY(mutex_) = false;
  int waiting_ COPPICE_GUARDED_BY(mutex_) = 0;
};

/// What the handlers of a TestServer did and may do.
struct Probe {
  Gate gate;
  std::atomic<int> adds{0};
  std::atomic<int> parts_sent{0};
  std::atomic<int> cancelled{0};
  std::atomic<int> stalled{0};
};

/// The real server on a real socket, with handlers that need no store:
///   search   echoes its query; "wait" waits at the gate; "throw" throws; "large" answers more than
///   a reply may hold files    streams `repo` (a number) parts of one row each add      counts
///   itself and waits at the gate when `wait` is set
class TestServer {
 public:
  explicit TestServer(Server::Options options = {});
  ~TestServer();

  Probe& probe() { return *probe_; }
  Server& server() { return *server_; }
  [[nodiscard]] const std::string& endpoint() const { return endpoint_; }
  [[nodiscard]] std::string socket_path() const;
  /// Ends the server as Stop with this time to drain.
  void Stop(std::chrono::milliseconds drain);
  /// Starts another one at the same place.
  void Restart();

 private:
  TempFolder folder_;
  Server::Options options_;
  std::string endpoint_;
  std::unique_ptr<Probe> probe_;
  std::unique_ptr<Server> server_;
};

HandlerSet TestHandlers(Probe& probe);

/// Frames in, frames out: a client without manners.
class RawClient {
 public:
  explicit RawClient(const std::string& endpoint);

  void Send(const protocol::Frames& frames);
  /// Sends a request with a fresh id and gives the id.
  template <class T>
  std::string Ask(protocol::Method method, const T& body, std::uint32_t credits = 0) {
    protocol::RequestHeader header = HeaderFor(method);
    header.credits = credits;
    Send(protocol::BuildRequest(header, protocol::Encode(body)));
    return header.id.value;
  }
  static protocol::RequestHeader HeaderFor(protocol::Method method);
  std::string AskSearch(const std::string& query);

  /// The next reply; nothing when none comes in `span`.
  std::optional<protocol::Reply> Next(std::chrono::milliseconds span = std::chrono::seconds(10));
  /// The error of the next reply, or what else came as text.
  std::string NextError(std::chrono::milliseconds span = std::chrono::seconds(10));
  /// Whether a search on this connection is answered.
  bool Works();

 private:
  protocol::DealerSocket socket_;
};

/// Whether a fresh client gets an answer.
bool ServesOthers(const std::string& endpoint);

}  // namespace coppice::server
