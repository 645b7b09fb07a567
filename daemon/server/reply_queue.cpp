#include "daemon/server/reply_queue.h"

#include <cerrno>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <sys/eventfd.h>

namespace coppice::server {

Result<std::unique_ptr<ReplyQueue>> ReplyQueue::Create(std::size_t capacity) {
  UniqueFd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake.valid()) {
    return MakeError(ErrorCode::kResourceExhausted,
                     "eventfd: " + std::system_category().message(errno));
  }
  return std::unique_ptr<ReplyQueue>(new ReplyQueue(capacity, std::move(wake)));
}

bool ReplyQueue::Push(Outgoing reply) {
  const bool pushed = queue_.Push(std::move(reply), Deadline::Never());
  Wake();
  return pushed;
}

std::optional<Outgoing> ReplyQueue::TryPop() {
  return queue_.Pop(Deadline(Deadline::Clock::time_point::min()));
}

void ReplyQueue::Wake() const {
  const std::uint64_t one = 1;
  // Fails only when the counter is full, and then the descriptor is readable anyway.
  static_cast<void>(!::write(wake_.get(), &one, sizeof(one)));
}

void ReplyQueue::ClearWake() const {
  std::uint64_t count = 0;
  static_cast<void>(!::read(wake_.get(), &count, sizeof(count)));
}

}  // namespace coppice::server
