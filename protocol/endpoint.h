#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace coppice::protocol {

/// One endpoint as ZeroMQ spells it; a plain absolute path becomes ipc://path.
/// Errors: kInvalidArgument for a relative path, one too long for a Unix socket, another scheme.
Result<std::string> ParseEndpoint(std::string_view text);
/// "a,b": several. Errors: those above; kInvalidArgument for an empty list.
Result<std::vector<std::string>> ParseEndpoints(std::string_view list);
/// The path of an ipc endpoint; "" for another.
std::string IpcPath(const std::string& endpoint);

/// Whether somebody listens on the socket file. Errors: kUnavailable (missing, or nobody listens),
/// kPermissionDenied.
Result<void> ProbeIpc(const std::string& path);

}  // namespace coppice::protocol
