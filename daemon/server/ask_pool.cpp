#include "daemon/server/ask_pool.h"

#include <utility>

#include "base/format.h"
#include "base/log.h"

namespace coppice::server {

AskPool::AskPool(const Options& options, Run run)
    : options_(options), run_(std::move(run)), queue_(options.queue) {}

AskPool::~AskPool() { Stop(); }

void AskPool::Start() {
  for (int i = 0; i < options_.threads; ++i) {
    threads_.emplace_back(fmt::format("server-ask-{}", i),
                          [this](const std::stop_token& stop) { Work(stop); });
  }
}

void AskPool::Stop() {
  queue_.Close();
  for (NamedThread& thread : threads_) thread.Join();
  threads_.clear();
}

void AskPool::Submit(std::unique_ptr<Call> call) {
  if (queue_.TryPush(std::move(call))) return;
  call->Fail(MakeError(ErrorCode::kResourceExhausted, "too many questions are being answered",
                       "ask again in a moment"));
}

void AskPool::Work(const std::stop_token& stop) {
  while (auto call = queue_.Pop(Deadline::Never(stop))) {
    if ((*call)->deadline().expired()) {
      const bool cancelled = (*call)->deadline().cancelled();
      (*call)->Fail(
          MakeError(cancelled ? ErrorCode::kCancelled : ErrorCode::kDeadlineExceeded,
                    cancelled ? "cancelled while it waited" : "it waited until its deadline"));
      continue;
    }
    try {
      run_(std::move(*call));
    } catch (const std::exception& failure) {
      // The call was answered kInternal as it was unwound.
      LogError("handler", {{"method", "ask"}, {"error", failure.what()}});
    }
  }
}

}  // namespace coppice::server
