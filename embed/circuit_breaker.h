#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/deadline.h"
#include "base/mutex.h"
#include "base/result.h"

namespace coppice::embed {

enum class BreakerState : std::uint8_t { kClosed, kOpen, kHalfOpen };

/// "closed", "open", "half_open", as `status` says it.
std::string_view BreakerStateName(BreakerState state);

struct BreakerOptions {
  int failures_to_open = 5;  // in a row
  std::chrono::milliseconds first_pause = std::chrono::seconds(1);
  std::chrono::milliseconds longest_pause = std::chrono::seconds(60);
  bool log = true;  // when it opens, and when it closes again
};

/// Keeps calls away from a back end that fails: after some failures in a row it is left alone for a
/// while, then one call tries it, and its verdict counts for all.
///
/// Place:   one for each server, and one for each link of a chain.
/// Shape:   each Admit that succeeds is followed by exactly one of Succeeded, Failed, Withdrawn.
///          The pause doubles with each trial that fails.
/// Limits:  thread-safe; never waits.
/// Errors:  Admit: kUnavailable with retry_after_ms, with what failed last.
class CircuitBreaker {
 public:
  using Clock = Deadline::Clock;
  using Now = std::function<Clock::time_point()>;

  /// `name` is the back end's, for errors and the log.
  CircuitBreaker(std::string name, BreakerOptions options, Now now = &Clock::now);

  /// Whether a call may be made now.
  Result<void> Admit();
  void Succeeded();
  void Failed(const Error& error);
  /// The call ended without saying anything of the back end: it was cancelled.
  void Withdrawn();

  [[nodiscard]] BreakerState state() const;
  /// What failed last, "" while closed.
  [[nodiscard]] std::string last_error() const;

 private:
  void Open() COPPICE_REQUIRES(mutex_);

  const std::string name_;
  const BreakerOptions options_;
  const Now now_;

  mutable Mutex mutex_;
  BreakerState state_ COPPICE_GUARDED_BY(mutex_) = BreakerState::kClosed;
  bool trial_runs_ COPPICE_GUARDED_BY(mutex_) = false;
  int failures_ COPPICE_GUARDED_BY(mutex_) = 0;
  std::chrono::milliseconds pause_ COPPICE_GUARDED_BY(mutex_);
  Clock::time_point retry_at_ COPPICE_GUARDED_BY(mutex_);
  std::string last_error_ COPPICE_GUARDED_BY(mutex_);
};

}  // namespace coppice::embed
