#pragma once

#include <algorithm>
#include <chrono>
#include <stop_token>
#include <utility>

namespace coppice {

/// How long a request may still take, and whether somebody gave it up. Every wait takes one.
///
/// Shape: a point on the steady clock; `Never()` is far away. Copies share the stop token.
class Deadline {
 public:
  using Clock = std::chrono::steady_clock;

  Deadline() : at_(Clock::time_point::max()) {}
  explicit Deadline(Clock::time_point at, std::stop_token stop = {})
      : at_(at), stop_(std::move(stop)) {}

  static Deadline Never(std::stop_token stop = {}) {
    return Deadline(Clock::time_point::max(), std::move(stop));
  }
  static Deadline After(std::chrono::milliseconds span, std::stop_token stop = {}) {
    return Deadline(Clock::now() + span, std::move(stop));
  }

  [[nodiscard]] bool expired() const { return cancelled() || Clock::now() >= at_; }
  [[nodiscard]] bool cancelled() const { return stop_.stop_requested(); }
  [[nodiscard]] Clock::time_point at() const { return at_; }
  [[nodiscard]] const std::stop_token& stop() const { return stop_; }

  /// What is left, never negative, at most `cap`.
  [[nodiscard]] std::chrono::milliseconds remaining(
      std::chrono::milliseconds cap = std::chrono::hours(24)) const {
    if (at_ == Clock::time_point::max()) return cap;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(at_ - Clock::now());
    return std::clamp(left, std::chrono::milliseconds(0), cap);
  }

 private:
  Clock::time_point at_;
  std::stop_token stop_;
};

}  // namespace coppice
