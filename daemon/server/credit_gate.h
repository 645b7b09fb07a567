#pragma once

#include <chrono>
#include <cstdint>

#include "base/deadline.h"
#include "base/mutex.h"
#include "base/result.h"

namespace coppice::server {

/// How many parts the client of one request is still ready to take.
///
/// Place:  shared by the I/O thread, which grants, and the thread that runs the request, which
///         takes.
/// Limits: never above `max`; a client that grants nothing for `stall`, or is waited for `patience`
///         in all, loses its request: one that trickles holds no worker for long.
class CreditGate {
 public:
  CreditGate(std::uint32_t credits, std::uint32_t max, std::chrono::milliseconds stall,
             std::chrono::milliseconds patience);

  void Grant(std::uint32_t credits);
  bool TryTake();
  /// Waits for a credit. Errors: kDeadlineExceeded, kCancelled, kResourceExhausted (stalled, or
  /// trickled).
  Result<void> Take(const Deadline& deadline);
  /// Wakes who waits, with kCancelled.
  void Close();

 private:
  const std::uint32_t max_;
  const std::chrono::milliseconds stall_;
  const std::chrono::milliseconds patience_;
  Mutex mutex_;
  CondVar changed_;
  std::uint32_t credits_ COPPICE_GUARDED_BY(mutex_);
  Deadline::Clock::duration waited_ COPPICE_GUARDED_BY(mutex_){};
  bool closed_ COPPICE_GUARDED_BY(mutex_) = false;
};

}  // namespace coppice::server
