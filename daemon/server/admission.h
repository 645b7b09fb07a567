#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/bounded_queue.h"
#include "base/deadline.h"
#include "base/result.h"
#include "daemon/server/call.h"

namespace coppice::server {

/// Decides whether a request is taken on, and keeps it until a worker is free.
///
/// Place:  Submit on the I/O thread; Take on the workers.
/// Limits: two lanes with a queue and workers of their own, so that a query never waits for a batch
///         of work, however long that runs. A full queue refuses; nothing is queued without bound.
/// Errors: kResourceExhausted with retry_after_ms.
class Admission {
 public:
  struct Options {
    std::size_t interactive_queue = 128;
    std::size_t batch_queue = 32;
  };
  explicit Admission(const Options& options);

  /// When it is refused, `call` stays with the caller.
  Result<void> Submit(std::unique_ptr<Call>& call, Lane lane);
  /// The next request of the lane; empty once the queue is closed, or at the deadline.
  std::unique_ptr<Call> Take(Lane lane, const Deadline& deadline);
  /// No more submissions; what is queued can still be taken.
  void Close();

 private:
  using Queue = BoundedQueue<std::unique_ptr<Call>>;
  Queue& QueueOf(Lane lane) { return lane == Lane::kInteractive ? interactive_ : batch_; }

  Queue interactive_;
  Queue batch_;
};

/// The refusal of a daemon that has too much to do.
Error Overloaded(const std::string& what, Lane lane);

}  // namespace coppice::server
