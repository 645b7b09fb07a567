#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace coppice::store {

/// The error of an SQLSTATE. Lost connections, a server that starts or stops, serialization
/// failures and deadlocks are kUnavailable and retryable.
ErrorCode CodeOfSqlState(std::string_view sqlstate);

/// Turns the exception in flight into an Error: called from catch (...) only. The message is the
/// server's first line; its details may quote row data and are left out.
Error CurrentPgError();

/// `text` as the server takes it for a text column: invalid UTF-8 becomes U+FFFD, NUL is dropped.
std::string ToValidText(std::string_view text);
/// Whether a text column takes it as it is.
bool IsValidText(std::string_view text);

}  // namespace coppice::store
