#pragma once

#include <optional>
#include <string_view>

#include <sys/types.h>

namespace coppice::indexer {

/// The number of the system call for which a filter killed the process, from the kernel's log.
/// Waits a moment for the line. Nothing where this process may not read the log, where the line was
/// left out (the kernel writes some a second), or where the log knows the process by another number
/// (in a container).
std::optional<int> ForbiddenCallOf(pid_t pid);

/// The same from one record of the log; exposed for its test.
std::optional<int> ForbiddenCallIn(std::string_view record, pid_t pid);

}  // namespace coppice::indexer
