#include "embed/circuit_breaker.h"

#include <algorithm>
#include <utility>

#include "base/format.h"
#include "base/log.h"

namespace coppice::embed {

std::string_view BreakerStateName(BreakerState state) {
  switch (state) {
    case BreakerState::kClosed:
      return "closed";
    case BreakerState::kOpen:
      return "open";
    case BreakerState::kHalfOpen:
      return "half_open";
  }
  return "closed";
}

CircuitBreaker::CircuitBreaker(std::string name, BreakerOptions options, Now now)
    : name_(std::move(name)),
      options_(options),
      now_(std::move(now)),
      pause_(options.first_pause) {}

Result<void> CircuitBreaker::Admit() {
  using std::chrono::milliseconds;
  MutexLock lock(mutex_);
  if (state_ == BreakerState::kClosed) return {};
  const auto now = now_();
  if (now >= retry_at_ && !trial_runs_) {
    state_ = BreakerState::kHalfOpen;
    trial_runs_ = true;
    return {};
  }
  Error error = MakeError(ErrorCode::kUnavailable,
                          fmt::format("{} is left alone after {} failures in a row, the last: {}",
                                      name_, failures_, last_error_));
  const auto left = std::chrono::duration_cast<milliseconds>(retry_at_ - now);
  error.retry_after_ms = std::max(left, milliseconds(1)).count();
  return error;
}

void CircuitBreaker::Succeeded() {
  MutexLock lock(mutex_);
  if (state_ != BreakerState::kClosed && options_.log)
    LogInfo("backend_back", {{"backend", name_}});
  state_ = BreakerState::kClosed;
  trial_runs_ = false;
  failures_ = 0;
  pause_ = options_.first_pause;
  last_error_.clear();
}

void CircuitBreaker::Failed(const Error& error) {
  MutexLock lock(mutex_);
  ++failures_;
  last_error_ = error.message;
  if (state_ == BreakerState::kHalfOpen) {
    pause_ = std::min(pause_ * 2, options_.longest_pause);
    Open();
  } else if (state_ == BreakerState::kClosed && failures_ >= options_.failures_to_open) {
    if (options_.log) {
      LogWarning("backend_left_alone",
                 {{"backend", name_}, {"failures", failures_}, {"error", last_error_}});
    }
    Open();
  }
}

void CircuitBreaker::Open() {
  state_ = BreakerState::kOpen;
  trial_runs_ = false;
  retry_at_ = now_() + pause_;
}

void CircuitBreaker::Withdrawn() {
  MutexLock lock(mutex_);
  trial_runs_ = false;
}

BreakerState CircuitBreaker::state() const {
  MutexLock lock(mutex_);
  return state_;
}

std::string CircuitBreaker::last_error() const {
  MutexLock lock(mutex_);
  return last_error_;
}

}  // namespace coppice::embed
