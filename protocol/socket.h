#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/deadline.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "protocol/frames.h"

// The only users of ZeroMQ. Its exceptions end here. A socket belongs to one thread at a time.
namespace coppice::protocol {

/// A message as the ROUTER sees it.
struct Routed {
  std::string route;  // names one connection as long as it lasts; opaque
  Frames frames;
};

/// The daemon's end: many clients on one socket.
///
/// Place:  made on one thread, then used by the I/O thread alone.
/// Limits: a frame over `max_message_bytes` closes the connection it came from; `queue_messages`
/// wait
///         in each direction for each client. No ZMTP heartbeats: they can abort libzmq up to 4.3.5
///         together with a high-water mark.
class RouterSocket {
 public:
  struct Options {
    std::int64_t max_message_bytes = kMaxRequestBytes;
    int queue_messages = 64;
    std::chrono::milliseconds linger{1000};
  };
  /// Serves on `listener`, a socket that is bound and listening; `endpoint` is its ipc:// name.
  static Result<RouterSocket> Open(UniqueFd listener, const std::string& endpoint,
                                   const Options& options);
  RouterSocket(RouterSocket&&) noexcept;
  RouterSocket& operator=(RouterSocket&&) noexcept;
  ~RouterSocket();

  /// Waits for a message, for `wake_fd` to be readable, or for `span` to pass.
  Result<void> Wait(int wake_fd, std::chrono::milliseconds span);
  /// The next message that has arrived; nothing when there is none.
  Result<std::optional<Routed>> Receive();

  enum class Sent : std::uint8_t { kYes, kFull, kGone };
  /// Never waits. kFull: the client does not read; kGone: it has left.
  Result<Sent> Send(const std::string& route, const Frames& frames);

 private:
  struct Impl;
  explicit RouterSocket(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// A client's end: one connection to one daemon, which is not made again when it is lost.
class DealerSocket {
 public:
  /// Errors: kUnavailable, kPermissionDenied: see ProbeIpc; a tcp:// endpoint is only tried.
  static Result<DealerSocket> Connect(const std::string& endpoint);
  DealerSocket(DealerSocket&&) noexcept;
  DealerSocket& operator=(DealerSocket&&) noexcept;
  ~DealerSocket();

  /// Errors: kUnavailable (lost, or not made until the deadline), kDeadlineExceeded, kCancelled.
  Result<void> Send(const Frames& frames, const Deadline& deadline);
  /// Waits for the next message. Errors: as above.
  Result<Frames> Receive(const Deadline& deadline);
  /// How long the destructor may take to hand over what was sent; 0 unless set.
  void SetLinger(std::chrono::milliseconds span);

 private:
  struct Impl;
  explicit DealerSocket(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace coppice::protocol
