#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/deadline.h"
#include "base/result.h"

namespace coppice::indexer {

/// Writes all of `bytes`. Errors: kDeadlineExceeded, kCancelled; kUnavailable when the other end is
/// gone.
Result<void> WriteAll(int fd, std::string_view bytes, const Deadline& deadline);

/// The frames that come in by one descriptor.
///
/// Place:  one for the life of a pipe: it may hold the beginning of the next frame.
/// Limits: memory grows with the bytes that arrive, up to kMaxFrameBytes and one read.
/// Errors: kDeadlineExceeded, kCancelled (of a non-blocking descriptor); kUnavailable at the end of
///         the stream; kCorrupt for what is no frame.
class FrameReader {
 public:
  explicit FrameReader(int fd = -1) : fd_(fd) {}

  /// The payload of the next frame. Valid until the next call.
  Result<std::string_view> Read(const Deadline& deadline);
  /// The same, while `out` goes out by the descriptor: what was taken is cut off its front. So both
  /// ends may write more than the pipe holds. An end that takes nothing more may still have said
  /// something: that alone is no error, `out` is then empty.
  Result<std::string_view> ReadWhileWriting(std::string_view& out, const Deadline& deadline);

  /// Whether something came in that nobody has read.
  [[nodiscard]] bool HasMore() const { return begin_ != end_; }

 private:
  /// How many bytes of the buffer the next frame takes; 0 while it is not whole.
  Result<std::size_t> WholeFrame() const;
  /// Reads once; false when nothing is there yet.
  Result<bool> ReadSome();
  void MakeRoom();

  int fd_;
  std::string buffer_;  // bytes [begin_, end_) are received and not read
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace coppice::indexer
