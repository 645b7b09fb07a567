#pragma once

#include <algorithm>
#include <chrono>
#include <random>

namespace kiln {

/// How long to wait before trying again: twice as long each time, up to a bound, with some chance
/// in it so that clients do not all come back at once.
class Backoff {
 public:
  std::chrono::milliseconds Next() {
    wait_ = std::min(wait_ * 2, std::chrono::milliseconds(30000));
    std::uniform_real_distribution<double> chance(0.5, 1.0);
    return std::chrono::milliseconds(static_cast<long>(wait_.count() * chance(random_)));
  }
  void Reset() { wait_ = std::chrono::milliseconds(50); }

 private:
  std::chrono::milliseconds wait_{50};
  std::mt19937 random_{std::random_device{}()};
};

}  // namespace kiln
