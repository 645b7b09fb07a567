#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

// Attributes that clang's -Wthread-safety reads; nothing elsewhere.
#if defined(__clang__)
#define COPPICE_THREAD_ATTRIBUTE(x) __attribute__((x))
#else
#define COPPICE_THREAD_ATTRIBUTE(x)
#endif
#define COPPICE_CAPABILITY(name) COPPICE_THREAD_ATTRIBUTE(capability(name))
#define COPPICE_SCOPED_CAPABILITY COPPICE_THREAD_ATTRIBUTE(scoped_lockable)
#define COPPICE_GUARDED_BY(mutex) COPPICE_THREAD_ATTRIBUTE(guarded_by(mutex))
#define COPPICE_REQUIRES(...) COPPICE_THREAD_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define COPPICE_ACQUIRE(...) COPPICE_THREAD_ATTRIBUTE(acquire_capability(__VA_ARGS__))
#define COPPICE_RELEASE(...) COPPICE_THREAD_ATTRIBUTE(release_capability(__VA_ARGS__))
#define COPPICE_EXCLUDES(...) COPPICE_THREAD_ATTRIBUTE(locks_excluded(__VA_ARGS__))
#define COPPICE_NO_THREAD_SAFETY COPPICE_THREAD_ATTRIBUTE(no_thread_safety_analysis)

namespace coppice {

/// A mutex whose protected data is marked COPPICE_GUARDED_BY and checked by clang.
class COPPICE_CAPABILITY("mutex") Mutex {
 public:
  void Lock() COPPICE_ACQUIRE() { mutex_.lock(); }
  void Unlock() COPPICE_RELEASE() { mutex_.unlock(); }

 private:
  friend class CondVar;
  std::mutex mutex_;
};

/// Holds a Mutex for a scope.
class COPPICE_SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) COPPICE_ACQUIRE(mutex) : mutex_(mutex) { mutex_.Lock(); }
  ~MutexLock() COPPICE_RELEASE() { mutex_.Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

/// Waits for a change of data guarded by a Mutex; the caller tests its condition in a loop.
class CondVar {
 public:
  void NotifyOne() { condition_.notify_one(); }
  void NotifyAll() { condition_.notify_all(); }

  void Wait(Mutex& mutex) COPPICE_REQUIRES(mutex) COPPICE_NO_THREAD_SAFETY {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    condition_.wait(lock);
    lock.release();
  }
  /// False when `span` passed without a notification.
  bool WaitFor(Mutex& mutex, std::chrono::milliseconds span)
      COPPICE_REQUIRES(mutex) COPPICE_NO_THREAD_SAFETY {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
#if defined(__SANITIZE_THREAD__)
    // TSan knows pthread_cond_timedwait, not the clockwait of newer libcs.
    const auto status = condition_.wait_until(lock, std::chrono::system_clock::now() + span);
#else
    // Not on the system clock: one that is set back would prolong every wait.
    const auto status = condition_.wait_until(lock, std::chrono::steady_clock::now() + span);
#endif
    lock.release();
    return status == std::cv_status::no_timeout;
  }

 private:
  std::condition_variable condition_;
};

}  // namespace coppice
