#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/bounded_queue.h"
#include "base/deadline.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "protocol/frames.h"

namespace coppice::server {

/// What the thread that runs a request hands to the I/O thread.
struct Outgoing {
  std::uint64_t serial = 0;  // of the request in this daemon
  protocol::ReplyKind kind = protocol::ReplyKind::kFinal;
  std::string body;
  Error error;  // for kError
};

/// The way back to the I/O thread: a bounded queue and a descriptor that wakes its poll.
///
/// Limits: Push waits while `capacity` replies are queued; the I/O thread never waits for a worker.
class ReplyQueue {
 public:
  /// Errors: kResourceExhausted (no descriptor left).
  static Result<std::unique_ptr<ReplyQueue>> Create(std::size_t capacity);

  /// Any thread. False when the daemon has stopped listening to replies.
  bool Push(Outgoing reply);
  /// The I/O thread; nothing when there is none now.
  std::optional<Outgoing> TryPop();
  void Close() { queue_.Close(); }

  [[nodiscard]] int wake_fd() const { return wake_.get(); }
  /// Any thread.
  void Wake() const;
  /// The I/O thread, before it pops.
  void ClearWake() const;

 private:
  ReplyQueue(std::size_t capacity, UniqueFd wake) : queue_(capacity), wake_(std::move(wake)) {}

  BoundedQueue<Outgoing> queue_;
  UniqueFd wake_;
};

}  // namespace coppice::server
