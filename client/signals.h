#pragma once

#include <atomic>
#include <stop_token>

#include "base/thread.h"
#include "base/unique_fd.h"

namespace coppice::client {

/// Turns SIGINT and SIGTERM into a stop request: the running call is cancelled on the daemon before
/// the program ends. A second signal ends it at once.
///
/// Place:  made by main before any other thread, which inherit the blocked signals.
/// Errors: where the kernel gives no descriptor, the signals keep their default effect.
class SignalWatcher {
 public:
  SignalWatcher();
  ~SignalWatcher();
  SignalWatcher(const SignalWatcher&) = delete;
  SignalWatcher& operator=(const SignalWatcher&) = delete;

  [[nodiscard]] std::stop_token stop() const { return source_.get_token(); }
  /// The signal that came; 0 = none.
  [[nodiscard]] int received() const { return received_.load(); }

 private:
  void Watch();

  std::stop_source source_;
  std::atomic<int> received_{0};
  UniqueFd signals_;
  UniqueFd wake_;
  NamedThread thread_;
};

}  // namespace coppice::client
