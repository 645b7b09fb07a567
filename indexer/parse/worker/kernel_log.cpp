#include "indexer/parse/worker/kernel_log.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <fcntl.h>
#include <poll.h>
#include <string>
#include <unistd.h>

#include "base/deadline.h"
#include "base/format.h"
#include "base/unique_fd.h"

namespace coppice::indexer {
namespace {

constexpr std::chrono::milliseconds kPatience{200};  // the kernel writes a little later

/// The next record; "" where there is none yet.
std::string NextRecord(int log) {
  std::array<char, 8192> buffer{};
  ssize_t got = 0;
  do {
    got = ::read(log, buffer.data(), buffer.size());
  } while (got < 0 && (errno == EINTR || errno == EPIPE));  // EPIPE: one was overwritten meanwhile
  return got > 0 ? std::string(buffer.data(), static_cast<std::size_t>(got)) : std::string();
}

}  // namespace

std::optional<int> ForbiddenCallIn(std::string_view record, pid_t pid) {
  constexpr std::string_view kCall = " syscall=";
  if (record.find("type=1326") == std::string_view::npos) return std::nullopt;
  if (record.find(fmt::format(" pid={} ", pid)) == std::string_view::npos) return std::nullopt;
  const std::size_t at = record.find(kCall);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view number = record.substr(at + kCall.size());
  int call = 0;
  const auto parsed = std::from_chars(number.data(), number.data() + number.size(), call);
  if (parsed.ec != std::errc()) return std::nullopt;
  return call;
}

std::optional<int> ForbiddenCallOf(pid_t pid) {
  const UniqueFd log(::open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!log.valid()) return std::nullopt;
  const Deadline deadline = Deadline::After(kPatience);
  std::optional<int> call;  // of the last record: numbers of processes are used again
  while (true) {
    const std::string record = NextRecord(log.get());
    if (const auto found = ForbiddenCallIn(record, pid)) call = found;
    if (deadline.expired()) return call;
    if (!record.empty()) continue;
    if (call) return call;
    pollfd entry{log.get(), POLLIN, 0};
    ::poll(&entry, 1, static_cast<int>(deadline.remaining(kPatience).count()));
  }
}

}  // namespace coppice::indexer
