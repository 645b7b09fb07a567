#pragma once

#include <cstdint>

#include "base/deadline.h"
#include "base/mutex.h"

namespace coppice {

/// Counts bytes between a stage that makes them and one that is done with them, and slows the
/// first.
///
/// Place:  between two threads; both must stop using it before it is destroyed.
/// Limits: what is counted is not refused: the maker waits before it makes more.
class ByteGate {
 public:
  void Add(std::uint64_t bytes) {
    MutexLock lock(mutex_);
    bytes_ += bytes;
  }
  void Remove(std::uint64_t bytes) {
    MutexLock lock(mutex_);
    bytes_ -= bytes;
    changed_.NotifyAll();
  }
  /// Waits until no more than `most` are counted. False when the deadline passed before.
  bool WaitForAtMost(std::uint64_t most, const Deadline& deadline) {
    MutexLock lock(mutex_);
    while (bytes_ > most) {
      if (deadline.expired()) return false;
      changed_.WaitFor(mutex_, deadline.remaining(std::chrono::milliseconds(100)));
    }
    return true;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  std::uint64_t bytes_ COPPICE_GUARDED_BY(mutex_) = 0;
};

}  // namespace coppice
