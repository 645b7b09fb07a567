#pragma once

#include <chrono>
#include <optional>

namespace coppice::app {

enum class SignalEvent : unsigned char { kStop, kReload };

/// Turns SIGTERM, SIGINT and SIGHUP into values the main thread waits for.
///
/// Place:  made first thing in main, before any thread: it blocks the signals for all of them.
class Signals {
 public:
  Signals();

  /// The next signal; nothing when none came within `span`.
  std::optional<SignalEvent> Wait(std::chrono::milliseconds span);
};

}  // namespace coppice::app
