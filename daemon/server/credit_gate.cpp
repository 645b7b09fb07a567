#include "daemon/server/credit_gate.h"

#include <algorithm>

#include "base/format.h"

namespace coppice::server {

CreditGate::CreditGate(std::uint32_t credits, std::uint32_t max, std::chrono::milliseconds stall,
                       std::chrono::milliseconds patience)
    : max_(max), stall_(stall), patience_(patience), credits_(std::min(credits, max)) {}

void CreditGate::Grant(std::uint32_t credits) {
  MutexLock lock(mutex_);
  credits_ += std::min(credits, max_ - credits_);
  changed_.NotifyAll();
}

bool CreditGate::TryTake() {
  MutexLock lock(mutex_);
  if (closed_ || credits_ == 0) return false;
  --credits_;
  return true;
}

Result<void> CreditGate::Take(const Deadline& deadline) {
  constexpr std::chrono::milliseconds kWakeInterval{100};
  const Deadline stalled = Deadline::After(stall_);
  MutexLock lock(mutex_);
  const auto begin = Deadline::Clock::now();
  const Deadline worn_out(begin + patience_ - waited_);
  while (true) {
    if (closed_ || deadline.cancelled()) {
      return MakeError(ErrorCode::kCancelled, "the request was cancelled");
    }
    if (deadline.expired()) {
      return MakeError(ErrorCode::kDeadlineExceeded, "the deadline passed during the stream");
    }
    if (credits_ > 0) {
      --credits_;
      waited_ += Deadline::Clock::now() - begin;
      return {};
    }
    if (stalled.expired()) {
      return MakeError(ErrorCode::kResourceExhausted,
                       fmt::format("no credit granted for {} ms", stall_.count()),
                       "grant credits as parts are read");
    }
    if (worn_out.expired()) {
      return MakeError(ErrorCode::kResourceExhausted,
                       fmt::format("waited {} ms in all for credits", patience_.count()),
                       "grant credits as parts are read");
    }
    const Deadline soonest(std::min({deadline.at(), stalled.at(), worn_out.at()}));
    changed_.WaitFor(mutex_, soonest.remaining(kWakeInterval));
  }
}

void CreditGate::Close() {
  MutexLock lock(mutex_);
  closed_ = true;
  changed_.NotifyAll();
}

}  // namespace coppice::server
