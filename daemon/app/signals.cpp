#include "daemon/app/signals.h"

#include <pthread.h>
#include <unistd.h>

#include <csignal>

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

Signals::Signals() : events_(1) {  // two reloads that nobody has seen yet are one
  const sigset_t set = WatchedSignals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  // A peer that goes away while we write is an error code, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  thread_ = NamedThread("signals", [this](const std::stop_token& stop) { Watch(stop); });
}

Signals::~Signals() {
  thread_.RequestStop();
  kill(getpid(), SIGHUP);  // blocked everywhere else: it wakes the thread, which then ends
  thread_.Join();
}

void Signals::Watch(const std::stop_token& stop) {
  const sigset_t set = WatchedSignals();
  int number = 0;
  while (sigwait(&set, &number) == 0 && !stop.stop_requested()) {
    if (number != SIGHUP) stop_.request_stop();
    events_.TryPush(number == SIGHUP ? SignalEvent::kReload : SignalEvent::kStop);
  }
}

std::optional<SignalEvent> Signals::Wait(std::chrono::milliseconds span) {
  const auto event = events_.Pop(Deadline::After(span, stop()));
  return stop_.stop_requested() ? SignalEvent::kStop : event;
}

}  // namespace coppice::app
