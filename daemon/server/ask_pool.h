#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "base/bounded_queue.h"
#include "base/thread.h"
#include "daemon/server/call.h"

namespace coppice::server {

/// Runs calls that may last a minute, so that they hold none of the workers.
///
/// Place:  owned by the handlers; calls are handed over by workers.
/// Limits: `threads` calls at a time, `queue` that wait; beyond them kResourceExhausted.
class AskPool {
 public:
  struct Options {
    int threads = 4;
    std::size_t queue = 16;
  };
  using Run = std::function<void(std::unique_ptr<Call>)>;

  AskPool(const Options& options, Run run);
  ~AskPool();

  void Start();
  /// No more calls; waits for those that run, which are asked to stop by who owns their deadline.
  void Stop();
  /// Takes the call over, or answers it.
  void Submit(std::unique_ptr<Call> call);

 private:
  void Work(const std::stop_token& stop);

  const Options options_;
  const Run run_;
  BoundedQueue<std::unique_ptr<Call>> queue_;
  std::vector<NamedThread> threads_;
};

}  // namespace coppice::server
