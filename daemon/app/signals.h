#pragma once

#include <chrono>
#include <optional>
#include <stop_token>

#include "base/bounded_queue.h"
#include "base/thread.h"

namespace coppice::app {

enum class SignalEvent : unsigned char { kStop, kReload };

/// Turns SIGTERM, SIGINT and SIGHUP into values the main thread waits for, and the first two into a
/// stop request for what the main thread is waiting for meanwhile.
///
/// Place:  made first thing in main, before any other thread: it blocks the signals for all of them.
class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  /// Requested by SIGTERM and SIGINT.
  [[nodiscard]] std::stop_token stop() const { return stop_.get_token(); }
  /// The next signal; nothing when none came within `span`. kStop is given again and again.
  std::optional<SignalEvent> Wait(std::chrono::milliseconds span);

 private:
  void Watch(const std::stop_token& stop);

  std::stop_source stop_;
  BoundedQueue<SignalEvent> events_;
  NamedThread thread_;
};

}  // namespace coppice::app
