#pragma once

#include <string>
#include <string_view>

#include "base/deadline.h"
#include "base/error.h"

namespace coppice::retrieval {

/// What a call returns that found its deadline expired while it was busy with `what`.
inline Error ExpiredError(const Deadline& deadline, std::string_view what) {
  return deadline.cancelled()
             ? MakeError(ErrorCode::kCancelled, std::string(what) + ": given up by the caller")
             : MakeError(ErrorCode::kDeadlineExceeded, std::string(what) + ": out of time",
                         "ask again with more time");
}

}  // namespace coppice::retrieval
