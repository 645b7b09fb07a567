#include "embed/catalogue/download.h"

#include <algorithm>
#include <charconv>
#include <exception>
#include <fstream>
#include <iterator>
#include <limits>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include <arpa/inet.h>

#include "base/atomic_file.h"
#include "base/digest.h"
#include "base/doorbell.h"
#include "base/format.h"
#include "base/json.h"

namespace coppice::embed {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t kSpaceStep = 64ULL << 20U;
constexpr milliseconds kLongestPause{60'000};
constexpr int kMaxRedirects = 5;

std::optional<std::uint64_t> ParseNumber(std::string_view text) {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, value);
  if (problem != std::errc() || stop != end || text.empty()) return std::nullopt;
  return value;
}

/// "bytes 100-199/1000"
struct ContentRange {
  std::uint64_t first = 0;
  std::optional<std::uint64_t> total;
};
std::optional<ContentRange> ParseContentRange(std::string_view text) {
  constexpr std::string_view kUnit = "bytes ";
  const std::size_t dash = text.find('-');
  const std::size_t slash = text.find('/');
  if (!text.starts_with(kUnit) || dash == std::string_view::npos ||
      slash == std::string_view::npos || dash > slash) {
    return std::nullopt;
  }
  const auto first = ParseNumber(text.substr(kUnit.size(), dash - kUnit.size()));
  if (!first) return std::nullopt;
  return ContentRange{*first, ParseNumber(text.substr(slash + 1))};
}

/// What is known of the file whose beginning is here.
struct PartInfo {
  std::string url;
  std::string etag;  // a strong one; "" = none
  std::uint64_t total_bytes = 0;
};

PartInfo ReadInfo(const std::string& path) {
  std::ifstream file(path);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  try {
    const Json json = Json::parse(text);
    return {json.at("url").get<std::string>(), json.at("etag").get<std::string>(),
            json.at("total_bytes").get<std::uint64_t>()};
  } catch (const std::exception&) {
    return {};  // then it begins anew
  }
}

Result<void> WriteInfo(const std::string& path, const PartInfo& info) {
  const Json json = {{"url", info.url}, {"etag", info.etag}, {"total_bytes", info.total_bytes}};
  COPPICE_ASSIGN(AtomicFile file, AtomicFile::Create(path));
  COPPICE_TRY(file.Write(json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"));
  return file.Commit();
}

std::string StrongEtag(const http::HttpHead& head) {
  const auto etag = head.Find("ETag");
  return etag && etag->starts_with('"') ? std::string(*etag) : std::string();
}

Error NotRetryable(Error error) {
  error.retryable = false;
  return error;
}

class Downloader {
 public:
  Downloader(http::HttpClient& client, const std::string& url, const DownloadOptions& options,
             IncomingFile& part, const std::function<Result<void>(std::uint64_t)>& check_space,
             const std::function<void(std::uint64_t, std::uint64_t)>& on_bytes)
      : client_(client),
        url_(url),
        options_(options),
        part_(part),
        info_path_(part.path() + ".json"),
        check_space_(check_space),
        on_bytes_(on_bytes) {}

  Result<void> Run(const Deadline& deadline) {
    COPPICE_ASSIGN(const http::Origin origin, http::ParseOrigin(url_));
    tls_ = origin.tls;
    info_ = ReadInfo(info_path_);
    std::uint64_t farthest = part_.size_bytes();
    for (int failures = 0;;) {
      COPPICE_TRY(ForgetWhatCannotBeGoneOnWith());
      if (info_.total_bytes > 0 && part_.size_bytes() == info_.total_bytes) return {};
      retry_after_.reset();
      const auto got = Attempt(deadline);
      if (got) return {};
      if (!got.error().retryable || deadline.expired()) return NotRetryable(got.error());
      const bool further = part_.size_bytes() >= farthest + options_.progress_bytes;
      failures = further ? 1 : failures + 1;
      farthest = std::max(farthest, part_.size_bytes());
      if (failures >= options_.max_failures) {
        return NotRetryable(
            got.error().WithContext(fmt::format("gave up after {} tries", failures)));
      }
      Pause(failures, deadline);
    }
  }

 private:
  /// Begins anew where nobody can say that the rest would be of the same file.
  Result<void> ForgetWhatCannotBeGoneOnWith() {
    if (part_.size_bytes() == 0) return {};
    const bool vouched = !info_.etag.empty() || options_.hash_known;
    const bool fits = info_.total_bytes == 0 || part_.size_bytes() <= info_.total_bytes;
    if (info_.url == url_ && vouched && fits) return {};
    return Restart();
  }

  Result<void> Restart() {
    info_ = {};
    return part_.Restart();
  }

  Result<void> Attempt(const Deadline& deadline) {
    http::HttpRequest request;
    request.url = url_;
    request.max_response_bytes = std::numeric_limits<std::size_t>::max();  // the disk decides
    request.idle_timeout = options_.idle_timeout;
    request.max_redirects = tls_ ? kMaxRedirects : 0;
    request.environment_proxy = true;
    if (part_.size_bytes() > 0) {
      request.headers.push_back({"Range", fmt::format("bytes={}-", part_.size_bytes())});
      if (!info_.etag.empty()) request.headers.push_back({"If-Range", info_.etag});
    }
    checked_ = part_.size_bytes();
    const auto streamed = client_.Stream(
        std::move(request), [this](const http::HttpHead& head) { return OnHead(head); },
        [this](std::string_view bytes) { return OnBody(bytes); }, deadline);
    if (!streamed) return streamed.error();
    if (info_.total_bytes > 0 && part_.size_bytes() != info_.total_bytes) {
      return MakeError(ErrorCode::kUnavailable, fmt::format("the server ended after {} of {} bytes",
                                                            part_.size_bytes(), info_.total_bytes));
    }
    return {};
  }

  Result<void> OnHead(const http::HttpHead& head) {
    constexpr int kOk = 200;
    constexpr int kPartial = 206;
    constexpr int kNoSuchRange = 416;
    if (head.status == kNoSuchRange && part_.size_bytes() > 0) {
      COPPICE_TRY(Restart());
      return MakeError(ErrorCode::kUnavailable, "the server has a shorter file now");
    }
    if (head.status != kOk && head.status != kPartial) return StatusError(head);
    std::uint64_t total = 0;
    if (head.status == kPartial) {
      const auto range = ParseContentRange(head.Find("Content-Range").value_or(""));
      const bool same = StrongEtag(head) == info_.etag || StrongEtag(head).empty();
      if (!range || range->first != part_.size_bytes() || !same) {
        COPPICE_TRY(Restart());
        return MakeError(ErrorCode::kUnavailable, "the server sent another part than asked for");
      }
      total = range->total.value_or(0);
    } else {
      if (part_.size_bytes() > 0) COPPICE_TRY(part_.Restart());
      total = ParseNumber(head.Find("Content-Length").value_or("")).value_or(0);
    }
    if (total > 0 && options_.expected_bytes > 0 && total != options_.expected_bytes) {
      return MakeError(ErrorCode::kCorrupt,
                       fmt::format("the server has a file of {} bytes, and it must have {}", total,
                                   options_.expected_bytes),
                       "look for it elsewhere, and give --url or add it from a file");
    }
    if (total > part_.size_bytes()) {
      COPPICE_TRY(check_space_(total - part_.size_bytes()));
      checked_ = total;
    }
    info_ = {url_, StrongEtag(head).empty() ? info_.etag : StrongEtag(head), total};
    return WriteInfo(info_path_, info_);
  }

  Result<void> OnBody(std::string_view bytes) {
    const std::uint64_t after = part_.size_bytes() + bytes.size();
    if (info_.total_bytes > 0 && after > info_.total_bytes) {
      return NotRetryable(MakeError(ErrorCode::kCorrupt, "the server sent more than it announced"));
    }
    if (after > checked_) {
      COPPICE_TRY(check_space_(kSpaceStep));
      checked_ = after + kSpaceStep;
    }
    COPPICE_TRY(part_.Write(bytes));
    if (on_bytes_) on_bytes_(part_.size_bytes(), info_.total_bytes);
    return {};
  }

  Error StatusError(const http::HttpHead& head) {
    constexpr int kTooMany = 429;
    const int status = head.status;
    const std::string message = fmt::format("the server answered {}", status);
    if (status == 401 || status == 403) {
      return MakeError(ErrorCode::kPermissionDenied, message,
                       "it may want its terms accepted: do that on the publisher's page, download "
                       "there, and add the file");
    }
    if (status == 404 || status == 410) {
      return MakeError(
          ErrorCode::kNotFound, message,
          "the file may have moved: give its address with --url, or add it from a file");
    }
    if (status == kTooMany || status >= 500) {
      retry_after_ = http::RetryAfter(head);
      return MakeError(ErrorCode::kUnavailable, message);
    }
    const bool redirect = status >= 300 && status < 400;
    return NotRetryable(MakeError(
        ErrorCode::kUnavailable, message,
        redirect
            ? fmt::format("at most {} redirects are followed, and only from https", kMaxRedirects)
            : ""));
  }

  /// Doubles with each failure, and varies by half, so that many do not come back together.
  void Pause(int failures, const Deadline& deadline) const {
    constexpr int kMostDoublings = 6;
    const auto doubled = options_.first_pause * (1 << std::min(failures - 1, kMostDoublings));
    const auto percent = 50 + static_cast<unsigned char>(RandomBytes(1).front()) % 100;
    milliseconds pause = doubled * percent / 100;
    if (retry_after_) pause = std::max(pause, *retry_after_);
    Doorbell().Wait(
        Deadline::After(deadline.remaining(std::min(pause, kLongestPause)), deadline.stop()));
  }

  http::HttpClient& client_;
  const std::string& url_;
  const DownloadOptions& options_;
  IncomingFile& part_;
  const std::string info_path_;
  const std::function<Result<void>(std::uint64_t)>& check_space_;
  const std::function<void(std::uint64_t, std::uint64_t)>& on_bytes_;
  bool tls_ = true;
  PartInfo info_;
  std::uint64_t checked_ = 0;  // up to here there is room on the disk
  std::optional<milliseconds> retry_after_;
};

bool IsLoopback(const std::string& host) {
  if (host == "localhost" || host == "[::1]" || host == "::1") return true;
  in_addr address{};
  constexpr std::uint32_t kNet = 127;
  return ::inet_pton(AF_INET, host.c_str(), &address) == 1 && ntohl(address.s_addr) >> 24U == kNet;
}

}  // namespace

Result<void> Download(http::HttpClient& client, const std::string& url,
                      const DownloadOptions& options, IncomingFile& part,
                      const std::function<Result<void>(std::uint64_t bytes)>& check_space,
                      const std::function<void(std::uint64_t done, std::uint64_t total)>& on_bytes,
                      const Deadline& deadline) {
  return Downloader(client, url, options, part, check_space, on_bytes).Run(deadline);
}

Result<void> CheckDownloadUrl(const std::string& url, bool allow_http) {
  COPPICE_ASSIGN(const http::Origin origin, http::ParseOrigin(url));
  if (origin.tls || allow_http || IsLoopback(origin.host)) return {};
  return MakeError(ErrorCode::kInvalidArgument,
                   fmt::format("{} would be spoken to without encryption", origin.name),
                   "give an https address, or --allow-http: the SHA-256 is checked all the same");
}

}  // namespace coppice::embed
