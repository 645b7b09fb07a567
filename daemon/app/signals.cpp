#include "daemon/app/signals.h"

#include <pthread.h>

#include <csignal>
#include <ctime>

namespace coppice::app {
namespace {

sigset_t WatchedSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);
  return set;
}

}  // namespace

Signals::Signals() {
  const sigset_t set = WatchedSignals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  // A peer that goes away while we write is an error code, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
}

std::optional<SignalEvent> Signals::Wait(std::chrono::milliseconds span) {
  const sigset_t set = WatchedSignals();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(span);
  timespec timeout{};
  timeout.tv_sec = seconds.count();
  timeout.tv_nsec = std::chrono::nanoseconds(span - seconds).count();
  switch (sigtimedwait(&set, nullptr, &timeout)) {
    case SIGTERM:
    case SIGINT:
      return SignalEvent::kStop;
    case SIGHUP:
      return SignalEvent::kReload;
    default:
      return std::nullopt;
  }
}

}  // namespace coppice::app
