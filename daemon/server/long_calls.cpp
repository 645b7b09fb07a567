#include "daemon/server/long_calls.h"

#include <exception>
#include <utility>

#include "base/format.h"
#include "base/log.h"
#include "daemon/server/admission.h"

namespace coppice::server {

LongCalls::LongCalls(std::size_t threads, std::size_t queue, std::string name)
    : thread_count_(threads), name_(std::move(name)), queue_(queue) {}

void LongCalls::Start() {
  for (std::size_t i = 0; i < thread_count_; ++i) {
    threads_.emplace_back(fmt::format("{}-{}", name_, i),
                          [this](const std::stop_token& stop) { Work(stop); });
  }
}

void LongCalls::Stop() {
  queue_.Close();
  for (NamedThread& thread : threads_) thread.Join();
  threads_.clear();
}

void LongCalls::Submit(std::unique_ptr<Call> call, const Run& run) {
  Task task{std::move(call), run};
  if (queue_.TryPush(std::move(task))) return;
  task.call->Fail(Overloaded("too many long requests are waiting", Lane::kBatch));
}

void LongCalls::Work(const std::stop_token& stop) {
  while (std::optional<Task> task = queue_.Pop(Deadline::Never(stop))) {
    const protocol::Method method = task->call->method();
    if (task->call->deadline().expired()) {
      const bool cancelled = task->call->deadline().cancelled();
      task->call->Fail(
          MakeError(cancelled ? ErrorCode::kCancelled : ErrorCode::kDeadlineExceeded,
                    fmt::format("{}: {} in the queue", protocol::MethodName(method),
                                cancelled ? "cancelled" : "waited until its deadline")));
      continue;
    }
    try {
      task->run(std::move(task->call));
    } catch (const std::exception& failure) {
      // The call was answered kInternal as it was unwound.
      LogError("handler", {{"method", protocol::MethodName(method)}, {"error", failure.what()}});
    }
  }
}

}  // namespace coppice::server
