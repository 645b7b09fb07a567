#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

#include "base/deadline.h"
#include "base/mutex.h"

namespace coppice {

/// Which of two queues a piece of work waits in: an interactive one is always taken first.
enum class Lane : unsigned char { kInteractive = 0, kBatch = 1 };

/// A queue between threads with a capacity for each lane.
///
/// Place:  between two stages; both must stop using it before it is destroyed.
/// Limits: `capacity` items in each lane. TryPush refuses when full (the caller tells its client);
///         Push waits (the caller is slowed down). Nothing is ever dropped silently.
template <class T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) {}

  /// False when the lane is full or the queue is closed; `item` is then untouched.
  bool TryPush(T&& item, Lane lane = Lane::kInteractive) {
    MutexLock lock(mutex_);
    auto& items = lanes_[static_cast<std::size_t>(lane)];
    if (closed_ || items.size() >= capacity_) return false;
    items.push_back(std::move(item));
    changed_.NotifyAll();
    return true;
  }

  /// Waits for room. False when the queue is closed or the deadline passed; `item` is untouched.
  bool Push(T&& item, const Deadline& deadline, Lane lane = Lane::kInteractive) {
    MutexLock lock(mutex_);
    auto& items = lanes_[static_cast<std::size_t>(lane)];
    while (!closed_ && items.size() >= capacity_) {
      if (deadline.expired()) return false;
      changed_.WaitFor(mutex_, deadline.remaining(kWakeInterval));
    }
    if (closed_) return false;
    items.push_back(std::move(item));
    changed_.NotifyAll();
    return true;
  }

  /// Waits for an item. Nothing when the queue is closed and empty, or the deadline passed.
  std::optional<T> Pop(const Deadline& deadline) {
    MutexLock lock(mutex_);
    while (true) {
      for (auto& items : lanes_) {
        if (items.empty()) continue;
        std::optional<T> item(std::move(items.front()));
        items.pop_front();
        changed_.NotifyAll();
        return item;
      }
      if (closed_ || deadline.expired()) return std::nullopt;
      changed_.WaitFor(mutex_, deadline.remaining(kWakeInterval));
    }
  }

  /// No more pushes; what is inside can still be popped.
  void Close() {
    MutexLock lock(mutex_);
    closed_ = true;
    changed_.NotifyAll();
  }

  [[nodiscard]] std::size_t size() const {
    MutexLock lock(mutex_);
    return lanes_[0].size() + lanes_[1].size();
  }

 private:
  /// A stop token does not wake a condition variable: look at it this often.
  static constexpr std::chrono::milliseconds kWakeInterval{100};

  const std::size_t capacity_;
  mutable Mutex mutex_;
  CondVar changed_;
  std::array<std::deque<T>, 2> lanes_ COPPICE_GUARDED_BY(mutex_);
  bool closed_ COPPICE_GUARDED_BY(mutex_) = false;
};

}  // namespace coppice
