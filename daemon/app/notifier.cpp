#include "daemon/app/notifier.h"

#include <systemd/sd-daemon.h>

#include <cstdint>
#include <ctime>

#include "base/format.h"

namespace coppice::app {
namespace {

void Send(const std::string& state) { sd_notify(0, state.c_str()); }

}  // namespace

void Notifier::Ready(const std::string& status) {
  last_status_ = status;
  Send("READY=1\nSTATUS=" + status);
}

void Notifier::Status(const std::string& status) {
  if (status == last_status_) return;
  last_status_ = status;
  Send("STATUS=" + status);
}

void Notifier::ExtendStart(int seconds) {
  Send(fmt::format("EXTEND_TIMEOUT_USEC={}", std::int64_t{seconds} * 1'000'000));
}

void Notifier::Reloading() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const std::int64_t usec = std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
  Send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", usec));
}

void Notifier::Stopping() {
  last_status_ = "stopping";
  Send("STOPPING=1\nSTATUS=stopping");
}

}  // namespace coppice::app
