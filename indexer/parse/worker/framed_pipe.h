#pragma once

#include <string>
#include <string_view>

#include "base/deadline.h"
#include "base/result.h"

namespace coppice::indexer {

/// Writes all of `bytes` to a non-blocking descriptor.
/// Errors: kDeadlineExceeded, kCancelled; kUnavailable when the other end is gone.
Result<void> WriteAll(int fd, std::string_view bytes, const Deadline& deadline);

/// Reads the payload of one frame from a non-blocking descriptor.
/// Errors: as above (the end of the stream is kUnavailable); kCorrupt for what is no frame.
Result<std::string> ReadFrame(int fd, const Deadline& deadline);

}  // namespace coppice::indexer
