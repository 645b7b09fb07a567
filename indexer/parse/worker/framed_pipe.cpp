#include "indexer/parse/worker/framed_pipe.h"

#include <algorithm>
#include <cerrno>
#include <poll.h>
#include <unistd.h>

#include <sys/socket.h>

#include "indexer/parse/worker/facts_codec.h"

namespace coppice::indexer {
namespace {

constexpr std::chrono::milliseconds kWakeInterval{100};  // a stop token wakes no poll()

Error Gone() { return MakeError(ErrorCode::kUnavailable, "the parser process is gone"); }

/// Without SIGPIPE where the other end of a socket is gone.
ssize_t WriteSome(int fd, std::string_view bytes) {
  const ssize_t put = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  return put < 0 && errno == ENOTSOCK ? ::write(fd, bytes.data(), bytes.size()) : put;
}

Result<void> WaitFor(int fd, short events, const Deadline& deadline) {
  while (true) {
    if (deadline.cancelled()) return MakeError(ErrorCode::kCancelled, "parsing was given up");
    if (deadline.expired()) {
      return MakeError(ErrorCode::kDeadlineExceeded, "the parser process did not answer in time");
    }
    pollfd entry{fd, events, 0};
    const auto span = deadline.remaining(kWakeInterval).count();
    if (::poll(&entry, 1, static_cast<int>(std::max<std::int64_t>(span, 1))) > 0) return {};
  }
}

Result<std::string> ReadExactly(int fd, std::size_t size, const Deadline& deadline) {
  constexpr std::size_t kStep = std::size_t{256} << 10U;  // room is made as bytes arrive
  std::string bytes;
  while (bytes.size() < size) {
    const std::size_t have = bytes.size();
    bytes.resize(std::min(size, have + kStep));
    const ssize_t got = ::read(fd, bytes.data() + have, bytes.size() - have);
    const int error = errno;
    bytes.resize(have + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got == 0) return Gone();
    if (got < 0 && error == EAGAIN) COPPICE_TRY(WaitFor(fd, POLLIN, deadline));
    if (got < 0 && error != EAGAIN && error != EINTR) return Gone();
  }
  return bytes;
}

}  // namespace

Result<void> WriteAll(int fd, std::string_view bytes, const Deadline& deadline) {
  while (!bytes.empty()) {
    const ssize_t put = WriteSome(fd, bytes);
    if (put >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(put));
    } else if (errno == EAGAIN) {
      COPPICE_TRY(WaitFor(fd, POLLOUT, deadline));
    } else if (errno != EINTR) {
      return Gone();
    }
  }
  return {};
}

Result<std::string> ReadFrame(int fd, const Deadline& deadline) {
  COPPICE_ASSIGN(const std::string header, ReadExactly(fd, kFrameHeaderBytes, deadline));
  COPPICE_ASSIGN(const std::size_t length, PayloadLength(header));
  return ReadExactly(fd, length, deadline);
}

}  // namespace coppice::indexer
