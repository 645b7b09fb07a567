#include "daemon/server/admission.h"

#include <utility>

namespace coppice::server {
namespace {

// Some ten queries' time, or one small repository's.
constexpr std::int64_t kInteractiveRetryMs = 200;
constexpr std::int64_t kBatchRetryMs = 2000;

}  // namespace

Error Overloaded(const std::string& what, Lane lane) {
  Error error = MakeError(ErrorCode::kResourceExhausted, what, "try again later");
  error.retry_after_ms = lane == Lane::kInteractive ? kInteractiveRetryMs : kBatchRetryMs;
  return error;
}

Admission::Admission(const Options& options)
    : interactive_(options.interactive_queue), batch_(options.batch_queue) {}

Result<void> Admission::Submit(std::unique_ptr<Call>& call, Lane lane) {
  if (QueueOf(lane).TryPush(std::move(call))) return {};
  return Overloaded("too many requests are waiting", lane);
}

std::unique_ptr<Call> Admission::Take(Lane lane, const Deadline& deadline) {
  std::optional<std::unique_ptr<Call>> call = QueueOf(lane).Pop(deadline);
  return call ? std::move(*call) : nullptr;
}

void Admission::Close() {
  interactive_.Close();
  batch_.Close();
}

}  // namespace coppice::server
