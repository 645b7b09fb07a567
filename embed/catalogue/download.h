#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "base/deadline.h"
#include "base/http/client.h"
#include "base/result.h"
#include "embed/catalogue/incoming_file.h"

namespace coppice::embed {

struct DownloadOptions {
  std::uint64_t expected_bytes = 0;  // 0 = not known
  /// Its SHA-256 is known: what the server cannot vouch for may be gone on with all the same.
  bool hash_known = false;
  int max_failures = 6;  // one after the other, without getting further by
  std::uint64_t progress_bytes = 1 << 20;
  std::chrono::milliseconds first_pause{1000};
  std::chrono::milliseconds idle_timeout{60'000};
};

/// Gets a file from a server, going on where `part` ends.
///
/// Place:   of `coppice model pull`; a thread of long calls.
/// Shape:   beside `part` lies `<part>.json` with URL, ETag and length, so that a later call asks
///          for the rest (Range, If-Range) and gets it only if it is of the same file. Where the
///          server cannot say, or has another file now, it begins anew. A broken connection, 429
///          and 5xx are tried again after a pause that doubles and varies; Retry-After counts.
/// Limits:  memory below 1 MiB whatever comes. `check_space(bytes)` is asked before they are
///          written, 64 MiB at a time where the server does not say how many come.
/// Errors:  none of them to be retried by machine, and what came stays in `part`: kNotFound,
///          kPermissionDenied (401, 403; a redirect away from https), kUnavailable after
///          max_failures, kCorrupt where the length is another than expected, kCancelled,
///          kDeadlineExceeded; those of `check_space`, of writing.
Result<void> Download(http::HttpClient& client, const std::string& url,
                      const DownloadOptions& options, IncomingFile& part,
                      const std::function<Result<void>(std::uint64_t bytes)>& check_space,
                      const std::function<void(std::uint64_t done, std::uint64_t total)>& on_bytes,
                      const Deadline& deadline);

/// Whether something may be got from there: https, or http to this machine itself or where it is
/// allowed. Errors: kInvalidArgument.
Result<void> CheckDownloadUrl(const std::string& url, bool allow_http);

}  // namespace coppice::embed
