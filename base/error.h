#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace coppice {

/// The closed set of ways an operation can fail. The wire and the command line carry the same set,
/// so a value is never renumbered and never removed.
enum class ErrorCode : std::uint8_t {
  kCancelled = 1,
  kInvalidArgument = 2,
  kNotFound = 3,
  kConflict = 4,
  kUnauthenticated = 5,
  kPermissionDenied = 6,
  kResourceExhausted = 7,
  kUnavailable = 8,
  kDeadlineExceeded = 9,
  kCorrupt = 10,
  kUnsupported = 11,
  kUnsupportedVersion = 12,
  kInternal = 13,
};

/// `not_found` and so on: the spelling on the wire and in JSON.
std::string_view ErrorCodeName(ErrorCode code);
/// The inverse; nothing for a spelling that is not in the set.
std::optional<ErrorCode> ParseErrorCode(std::string_view name);

/// An expected failure: what went wrong, and what the reader can do about it.
///
/// Shape: `message` names the thing ("repository /srv/x: ref refs/heads/y does not exist");
///        `remedy` is one imperative sentence, empty where there is none.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
  std::string remedy;
  bool retryable = false;
  std::optional<std::int64_t> retry_after_ms;

  /// The same error with `context` and ": " before its message.
  [[nodiscard]] Error WithContext(std::string_view context) const;
  /// The same error with that remedy.
  [[nodiscard]] Error WithRemedy(std::string_view text) const;
  /// "message; remedy", for people.
  [[nodiscard]] std::string Sentence() const;
  /// "not_found: message (remedy)", for logs.
  [[nodiscard]] std::string ToString() const;
};

/// Makes an error; kUnavailable, kResourceExhausted and kDeadlineExceeded are retryable.
Error MakeError(ErrorCode code, std::string message, std::string remedy = {});

}  // namespace coppice
