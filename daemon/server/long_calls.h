#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/bounded_queue.h"
#include "base/thread.h"
#include "daemon/server/call.h"

namespace coppice::server {

/// Runs calls that take minutes or hours, such as the download of a model or a long answer, so that
/// they hold none of the workers: searches, `add` and `sync` go on beside them.
///
/// Place:  of a HandlerSet; workers hand calls over, Server starts and stops it.
/// Limits: `threads` calls at a time and `queue` that wait; more are answered kResourceExhausted.
class LongCalls {
 public:
  using Run = std::function<void(std::unique_ptr<Call>)>;

  /// Its threads are called `name`-N.
  explicit LongCalls(std::size_t threads = 2, std::size_t queue = 8,
                     std::string name = "server-long");
  ~LongCalls() { Stop(); }

  void Start();
  /// After the calls in flight have been told to end.
  void Stop();
  /// Takes the call over, or answers it.
  void Submit(std::unique_ptr<Call> call, const Run& run);

 private:
  struct Task {
    std::unique_ptr<Call> call;
    Run run;
  };
  void Work(const std::stop_token& stop);

  const std::size_t thread_count_;
  const std::string name_;
  BoundedQueue<Task> queue_;
  std::vector<NamedThread> threads_;
};

}  // namespace coppice::server
