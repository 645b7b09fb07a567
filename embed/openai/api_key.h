#pragma once

#include <string>
#include <string_view>

#include "base/http/message.h"
#include "base/result.h"

namespace coppice::embed {

/// A secret that goes into one request header and nowhere else: it cannot be printed or logged.
///
/// Errors: kNotFound; kPermissionDenied for a file that group or others may read or write, and for
///         one this account may not read; kInvalidArgument for an empty file, one of more than 16
///         KiB, or with line breaks or other control characters within the key. No message holds a
///         part of it.
class ApiKey {
 public:
  ApiKey() = default;
  /// `key_file` as in OpenAiOptions; `credentials_directory` is $CREDENTIALS_DIRECTORY, whose files
  /// systemd protects, "" where it is not set.
  static Result<ApiKey> Read(const std::string& key_file, const std::string& credentials_directory);

  [[nodiscard]] bool empty() const { return secret_.empty(); }
  /// "Authorization: Bearer …". Not for an empty one.
  [[nodiscard]] http::Header AsHeader() const;
  /// `text`, which came from a server, with *** wherever the key stands in it.
  [[nodiscard]] std::string Hidden(std::string text) const;

 private:
  std::string secret_;
};

}  // namespace coppice::embed
