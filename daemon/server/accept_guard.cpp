#include "daemon/server/accept_guard.h"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <unistd.h>

#include <sys/socket.h>
#include <sys/syscall.h>

#include "base/log.h"

namespace coppice::server {
namespace {

using Clock = std::chrono::steady_clock;

// Globals, because accept4() is a function of the process. libzmq accepts on one thread.
std::atomic<int> reserve{-1};
std::atomic<Clock::rep> next_word{0};

int OpenReserve() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }

int Accept(int listener, sockaddr* address, socklen_t* length, int flags) {
  return static_cast<int>(::syscall(SYS_accept4, listener, address, length, flags));
}

/// Takes the client off the queue of the listener, where it would be met again at once.
void HangUp(int listener) {
  if (const int kept = reserve.exchange(-1); kept >= 0) ::close(kept);
  const int client = Accept(listener, nullptr, nullptr, SOCK_CLOEXEC);
  if (client >= 0) ::close(client);
  reserve = OpenReserve();
}

void SayOnceAMinute() {
  const Clock::duration now = Clock::now().time_since_epoch();
  if (now.count() < next_word) return;
  next_word = (now + std::chrono::minutes(1)).count();
  LogWarning("client_turned_away", {{"why", "no file descriptor is left"},
                                    {"remedy", "raise LimitNOFILE, or have clients disconnect"}});
}

}  // namespace

Result<void> ReserveDescriptor() {
  if (reserve >= 0) return {};
  reserve = OpenReserve();
  if (reserve >= 0) return {};
  return MakeError(ErrorCode::kResourceExhausted, "no file descriptor is left",
                   "raise LimitNOFILE");
}

}  // namespace coppice::server

extern "C" int accept4(int listener, sockaddr* address, socklen_t* length, int flags) {
  using namespace coppice::server;  // NOLINT(google-build-using-namespace)
  const int client = Accept(listener, address, length, flags);
  if (client >= 0 || (errno != EMFILE && errno != ENFILE)) return client;
  HangUp(listener);
  SayOnceAMinute();
  errno = ECONNABORTED;
  return -1;
}
