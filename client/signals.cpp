#include "client/signals.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include <sys/eventfd.h>
#include <sys/signalfd.h>

namespace coppice::client {

SignalWatcher::SignalWatcher() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  UniqueFd signals(::signalfd(-1, &set, SFD_CLOEXEC));
  UniqueFd wake(::eventfd(0, EFD_CLOEXEC));
  if (!signals.valid() || !wake.valid()) return;
  if (::pthread_sigmask(SIG_BLOCK, &set, nullptr) != 0) return;
  signals_ = std::move(signals);
  wake_ = std::move(wake);
  thread_ = NamedThread("signals", [this](const std::stop_token&) { Watch(); });
}

SignalWatcher::~SignalWatcher() {
  if (!thread_.joinable()) return;
  const std::uint64_t one = 1;
  // The only way to end the thread; a write of eight bytes to an eventfd that is empty cannot fail.
  [[maybe_unused]] const ssize_t written = ::write(wake_.get(), &one, sizeof one);
  thread_.Join();
}

void SignalWatcher::Watch() {
  while (true) {
    std::array<pollfd, 2> ready = {{{signals_.get(), POLLIN, 0}, {wake_.get(), POLLIN, 0}}};
    if (::poll(ready.data(), ready.size(), -1) < 0 && errno != EINTR) return;
    if (ready[1].revents != 0) return;
    if (ready[0].revents == 0) continue;
    signalfd_siginfo info{};
    if (::read(signals_.get(), &info, sizeof info) != sizeof info) return;
    const int number = static_cast<int>(info.ssi_signo);
    if (received_.exchange(number) != 0) {
      constexpr int kSignalBase = 128;
      ::_exit(kSignalBase + number);
    }
    source_.request_stop();
  }
}

}  // namespace coppice::client
