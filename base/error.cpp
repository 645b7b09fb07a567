#include "base/error.h"

#include <array>
#include <utility>

namespace coppice {
namespace {

constexpr std::array<std::pair<ErrorCode, std::string_view>, 13> kNames = {{
    {ErrorCode::kCancelled, "cancelled"},
    {ErrorCode::kInvalidArgument, "invalid_argument"},
    {ErrorCode::kNotFound, "not_found"},
    {ErrorCode::kConflict, "conflict"},
    {ErrorCode::kUnauthenticated, "unauthenticated"},
    {ErrorCode::kPermissionDenied, "permission_denied"},
    {ErrorCode::kResourceExhausted, "resource_exhausted"},
    {ErrorCode::kUnavailable, "unavailable"},
    {ErrorCode::kDeadlineExceeded, "deadline_exceeded"},
    {ErrorCode::kCorrupt, "corrupt"},
    {ErrorCode::kUnsupported, "unsupported"},
    {ErrorCode::kUnsupportedVersion, "unsupported_version"},
    {ErrorCode::kInternal, "internal"},
}};

bool RetryableByDefault(ErrorCode code) {
  return code == ErrorCode::kUnavailable || code == ErrorCode::kResourceExhausted ||
         code == ErrorCode::kDeadlineExceeded;
}

}  // namespace

std::string_view ErrorCodeName(ErrorCode code) {
  for (const auto& [value, name] : kNames) {
    if (value == code) return name;
  }
  return "internal";
}

std::optional<ErrorCode> ParseErrorCode(std::string_view name) {
  for (const auto& [value, spelling] : kNames) {
    if (spelling == name) return value;
  }
  return std::nullopt;
}

Error Error::WithContext(std::string_view context) const {
  Error copy = *this;
  copy.message = std::string(context) + ": " + message;
  return copy;
}

Error Error::WithRemedy(std::string_view text) const {
  Error copy = *this;
  copy.remedy = text;
  return copy;
}

std::string Error::Sentence() const { return remedy.empty() ? message : message + "; " + remedy; }

std::string Error::ToString() const {
  std::string text(ErrorCodeName(code));
  text += ": " + message;
  if (!remedy.empty()) text += " (" + remedy + ")";
  return text;
}

Error MakeError(ErrorCode code, std::string message, std::string remedy) {
  Error error;
  error.code = code;
  error.message = std::move(message);
  error.remedy = std::move(remedy);
  error.retryable = RetryableByDefault(code);
  return error;
}

}  // namespace coppice
