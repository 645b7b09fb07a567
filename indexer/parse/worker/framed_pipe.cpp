#include "indexer/parse/worker/framed_pipe.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <unistd.h>
#include <utility>

#include <sys/socket.h>

#include "indexer/parse/worker/facts_codec.h"

namespace coppice::indexer {
namespace {

constexpr std::chrono::milliseconds kWakeInterval{100};  // a stop token wakes no poll()
constexpr std::size_t kReadBytes = std::size_t{64} << 10U;
constexpr std::size_t kKeptBytes = std::size_t{1} << 20U;

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

Result<std::size_t> FrameReader::WholeFrame() const {
  const std::string_view received(buffer_.data() + begin_, end_ - begin_);
  if (received.size() < kFrameHeaderBytes) return std::size_t{0};
  COPPICE_ASSIGN(const std::size_t length, PayloadLength(received.substr(0, kFrameHeaderBytes)));
  const std::size_t whole = kFrameHeaderBytes + length;
  return received.size() < whole ? 0 : whole;
}

void FrameReader::MakeRoom() {
  if (begin_ == end_) {
    begin_ = end_ = 0;
    if (buffer_.size() > kKeptBytes) buffer_ = {};  // of one enormous frame
  } else if (begin_ > 0 && buffer_.size() - end_ < kReadBytes) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= std::exchange(begin_, 0);
  }
  // Not as much as a header promises: room is made as bytes arrive.
  if (buffer_.size() - end_ < kReadBytes) {
    buffer_.resize(std::max(end_ + kReadBytes, buffer_.size() * 2));
  }
}

Result<bool> FrameReader::ReadSome() {
  MakeRoom();
  const ssize_t got = ::read(fd_, buffer_.data() + end_, buffer_.size() - end_);
  if (got > 0) {
    end_ += static_cast<std::size_t>(got);
    return true;
  }
  if (got == 0 || (errno != EAGAIN && errno != EINTR)) return Gone();
  return errno == EINTR;
}

Result<std::string_view> FrameReader::ReadWhileWriting(std::string_view& out,
                                                       const Deadline& deadline) {
  while (true) {
    COPPICE_ASSIGN(const std::size_t whole, WholeFrame());
    if (whole > 0) {
      const std::size_t at = std::exchange(begin_, begin_ + whole);
      return std::string_view(buffer_).substr(at + kFrameHeaderBytes, whole - kFrameHeaderBytes);
    }
    if (!out.empty()) {
      const ssize_t put = WriteSome(fd_, out);
      if (put >= 0) {
        out.remove_prefix(static_cast<std::size_t>(put));
      } else if (errno != EAGAIN && errno != EINTR) {
        out = {};
      }
    }
    COPPICE_ASSIGN(const bool more, ReadSome());
    if (more) continue;
    const int events = out.empty() ? POLLIN : POLLIN | POLLOUT;
    COPPICE_TRY(WaitFor(fd_, static_cast<short>(events), deadline));
  }
}

Result<std::string_view> FrameReader::Read(const Deadline& deadline) {
  std::string_view nothing;
  return ReadWhileWriting(nothing, deadline);
}

}  // namespace coppice::indexer
