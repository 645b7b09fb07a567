#pragma once

#include <chrono>

#include "base/deadline.h"
#include "base/mutex.h"

namespace coppice {

/// Wakes one waiting thread early; a ring that comes while nobody waits is kept.
class Doorbell {
 public:
  void Ring() {
    MutexLock lock(mutex_);
    rung_ = true;
    changed_.NotifyAll();
  }

  /// True when somebody rang, false at the deadline or the stop request.
  bool Wait(const Deadline& deadline) {
    constexpr std::chrono::milliseconds kLookAtStop{100};
    MutexLock lock(mutex_);
    while (!rung_ && !deadline.expired()) {
      changed_.WaitFor(mutex_, deadline.remaining(kLookAtStop));
    }
    const bool rung = rung_;
    rung_ = false;
    return rung;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  bool rung_ COPPICE_GUARDED_BY(mutex_) = false;
};

}  // namespace coppice
