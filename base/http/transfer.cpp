#include "base/http/transfer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <new>
#include <stop_token>
#include <unistd.h>
#include <utility>

#include <curl/curl.h>

#include "base/format.h"
#include "base/version.h"

namespace coppice::http {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{256} << 10U;
constexpr std::size_t kMaxHeadBytes = std::size_t{64} << 10U;
constexpr std::size_t kMaxHeaders = 256;

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

/// The three digits of "HTTP/1.1 206 Partial Content"; 0 for what is none.
int StatusOf(std::string_view line) {
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return 0;
  int status = 0;
  const std::string_view digits = line.substr(space + 1, 3);
  std::from_chars(digits.data(), digits.data() + digits.size(), status);
  return status;
}

bool MayStandInHeader(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

bool IsLoopback(std::string_view host) {
  return host == "localhost" || host == "[::1]" || host == "::1" || host.starts_with("127.");
}

Error NotRetryable(Error error) {
  error.retryable = false;
  return error;
}

}  // namespace

Result<std::shared_ptr<Transfer>> Transfer::Make(HttpRequest request) {
  std::shared_ptr<Transfer> transfer(new Transfer(std::move(request)));
  COPPICE_TRY(transfer->Configure());
  return transfer;
}

Transfer::~Transfer() { Close(); }

void Transfer::Close() {
  if (easy_ != nullptr) curl_easy_cleanup(easy_);
  easy_ = nullptr;
  curl_slist_free_all(static_cast<curl_slist*>(header_list_));
  header_list_ = nullptr;
}

Result<void> Transfer::Configure() {
  COPPICE_ASSIGN(origin_, ParseOrigin(request_.url));
  easy_ = curl_easy_init();
  if (easy_ == nullptr) {
    return MakeError(ErrorCode::kResourceExhausted, "libcurl has no memory for another request");
  }
  COPPICE_TRY(AddHeaders());
  COPPICE_TRY(ConfigureTls());
  error_text_.assign(CURL_ERROR_SIZE, '\0');
  CURL* easy = easy_;
  curl_easy_setopt(easy, CURLOPT_PRIVATE, this);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error_text_.data());
  curl_easy_setopt(easy, CURLOPT_URL, request_.url.c_str());
  curl_easy_setopt(easy, CURLOPT_USERAGENT, fmt::format("coppice/{}", kVersion).c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  // One stream a connection: where one transfer is paused, no other waits.
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(request_.connect_timeout.count()));
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);  // a slow name server holds nobody else up
  if (!request_.environment_proxy || IsLoopback(origin_.host)) {
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
  }
  if (request_.max_redirects > 0) {
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(easy, CURLOPT_MAXREDIRS, static_cast<long>(request_.max_redirects));
    curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, origin_.tls ? "https" : "http,https");
  }
  if (request_.method == Method::kPost) {
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request_.body.data());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request_.body.size()));
  }
  curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE,
                   static_cast<curl_off_t>(request_.max_response_bytes));
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &Transfer::HeaderCallback);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Transfer::BodyCallback);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  return {};
}

Result<void> Transfer::ConfigureTls() {
  curl_easy_setopt(easy_, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy_, CURLOPT_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(easy_, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (request_.ca_file.empty()) return {};
  if (::access(request_.ca_file.c_str(), R_OK) != 0) {
    return MakeError(
        ErrorCode::kNotFound,
        fmt::format("{}: the CA file {} cannot be read", origin_.name, request_.ca_file),
        "Give a PEM file that the daemon's account may read.");
  }
  curl_easy_setopt(easy_, CURLOPT_CAINFO, request_.ca_file.c_str());
  curl_easy_setopt(easy_, CURLOPT_CAPATH, nullptr);
  return {};
}

Result<void> Transfer::AddHeaders() {
  const auto add = [this](const std::string& line) {
    curl_slist* const longer =
        curl_slist_append(static_cast<curl_slist*>(header_list_), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    header_list_ = longer;
  };
  for (const Header& header : request_.headers) {
    if (header.name.empty() || !MayStandInHeader(header.name) || !MayStandInHeader(header.value)) {
      return MakeError(ErrorCode::kInvalidArgument,
                       fmt::format("{}: a header of the request holds a line break or has no name",
                                   origin_.name));
    }
    // "Name:" alone would take a header of libcurl's own away instead of sending an empty one.
    add(header.value.empty() ? header.name + ";" : header.name + ": " + header.value);
  }
  // A large body is sent at once: many servers never answer the question whether they want it.
  add("Expect:");
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, static_cast<curl_slist*>(header_list_));
  return {};
}

Result<Arrival> Transfer::Wait(const Deadline& deadline) {
  const std::stop_callback waker(deadline.stop(), [this] { Wake(); });
  std::optional<Deadline> silence;
  MutexLock lock(mutex_);
  while (!done_ && buffer_.empty() && (!head_ready_ || head_taken_)) {
    if (deadline.cancelled()) {
      return MakeError(ErrorCode::kCancelled,
                       fmt::format("{}: the request was given up", origin_.name));
    }
    if (deadline.expired()) {
      return MakeError(ErrorCode::kDeadlineExceeded,
                       fmt::format("{}: no answer in time", origin_.name));
    }
    if (started_ && !silence && request_.idle_timeout.count() > 0) {
      silence = Deadline::After(request_.idle_timeout);
    }
    if (silence && silence->expired()) {
      return MakeError(ErrorCode::kUnavailable, fmt::format("{}: silent for {} ms", origin_.name,
                                                            request_.idle_timeout.count()));
    }
    auto span = deadline.remaining();
    if (silence) span = silence->remaining(span);
    changed_.WaitFor(mutex_, span + std::chrono::milliseconds(1));
  }
  Arrival arrival;
  arrival.head = head_ready_ && !head_taken_;
  head_taken_ = head_ready_;
  arrival.bytes.swap(buffer_);
  resume_ = std::exchange(paused_, false) || resume_;
  arrival.end = done_;
  arrival.error = error_;
  return arrival;
}

bool Transfer::resume_wanted() const {
  MutexLock lock(mutex_);
  return resume_;
}

void Transfer::Abandon() {
  MutexLock lock(mutex_);
  abandoned_ = true;
}

void Transfer::Wake() {
  MutexLock lock(mutex_);
  changed_.NotifyAll();
}

void Transfer::Start() {
  MutexLock lock(mutex_);
  started_ = true;
  changed_.NotifyAll();
}

bool Transfer::abandoned() const {
  MutexLock lock(mutex_);
  return abandoned_;
}

void Transfer::ResumeIfWanted() {
  {
    MutexLock lock(mutex_);
    if (!resume_) return;
    resume_ = false;
  }
  curl_easy_pause(easy_, CURLPAUSE_CONT);  // may call BodyCallback
}

void Transfer::Finish(int curl_code) {
  if (curl_code != CURLE_OK) return Fail(refusal_ ? *refusal_ : ErrorOf(curl_code));
  PublishHead();
  MutexLock lock(mutex_);
  done_ = true;
  changed_.NotifyAll();
}

void Transfer::Fail(Error error) {
  MutexLock lock(mutex_);
  if (done_) return;
  error_ = std::move(error);
  done_ = true;
  changed_.NotifyAll();
}

Error Transfer::TooLarge() const {
  return NotRetryable(MakeError(ErrorCode::kResourceExhausted,
                                fmt::format("{}: the answer is larger than {} bytes", origin_.name,
                                            request_.max_response_bytes)));
}

Error Transfer::ErrorOf(int curl_code) const {
  const auto unavailable = [this](std::string_view what) {
    return MakeError(ErrorCode::kUnavailable, fmt::format("{}: {}", origin_.name, what));
  };
  const std::string details = error_text_.substr(0, error_text_.find('\0'));
  switch (curl_code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return unavailable("no such name, or no name server answers");
    case CURLE_COULDNT_RESOLVE_PROXY:
      return unavailable("the name of the proxy in the environment does not resolve");
    case CURLE_COULDNT_CONNECT:
      return unavailable("nothing accepts connections there");
    case CURLE_OPERATION_TIMEDOUT:
      return unavailable(
          fmt::format("no connection within {} ms", request_.connect_timeout.count()));
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
      return NotRetryable(unavailable("its TLS certificate does not hold: " + details)
                              .WithRemedy("Name the certificate that signed it in ca_file."));
    case CURLE_SSL_CONNECT_ERROR:
      return NotRetryable(unavailable("no TLS connection: " + details));
    case CURLE_FILESIZE_EXCEEDED:
      return TooLarge();
    case CURLE_TOO_MANY_REDIRECTS:
      return NotRetryable(
          unavailable(fmt::format("more than {} redirects", request_.max_redirects)));
    case CURLE_UNSUPPORTED_PROTOCOL:
      if (request_.max_redirects > 0 && WillRedirect()) {
        return MakeError(ErrorCode::kPermissionDenied,
                         fmt::format("{}: a redirect away from https, or to no web address, is not "
                                     "followed",
                                     origin_.name));
      }
      [[fallthrough]];
    case CURLE_WEIRD_SERVER_REPLY:
      return MakeError(ErrorCode::kCorrupt,
                       fmt::format("{}: what answers there speaks no HTTP/1.1", origin_.name));
    case CURLE_OUT_OF_MEMORY:
      return MakeError(ErrorCode::kResourceExhausted,
                       fmt::format("{}: out of memory in libcurl", origin_.name));
    default:
      return unavailable(fmt::format("the connection broke ({})",
                                     curl_easy_strerror(static_cast<CURLcode>(curl_code))));
  }
}

bool Transfer::WillRedirect() const {
  constexpr std::array<int, 5> kRedirects = {301, 302, 303, 307, 308};
  return request_.max_redirects > 0 &&
         std::find(kRedirects.begin(), kRedirects.end(), coming_.status) != kRedirects.end() &&
         coming_.Find("location").has_value();
}

void Transfer::PublishHead() {
  if (published_) return;
  published_ = true;
  head_ = coming_;
  MutexLock lock(mutex_);
  head_ready_ = true;
  changed_.NotifyAll();
}

std::size_t Transfer::OnHeaderLine(std::string_view line) {
  if (published_) return line.size();  // a trailer after the body
  if (line.starts_with("HTTP/")) {
    coming_ = {};
    coming_.status = StatusOf(line);
    head_bytes_ = 0;
  }
  head_bytes_ += line.size();
  if (head_bytes_ > kMaxHeadBytes || coming_.headers.size() >= kMaxHeaders) {
    refusal_ = NotRetryable(
        MakeError(ErrorCode::kResourceExhausted,
                  fmt::format("{}: the head of the answer is larger than {} bytes or {} headers",
                              origin_.name, kMaxHeadBytes, kMaxHeaders)));
    return 0;
  }
  if (Trimmed(line).empty()) {
    const bool interim = coming_.status < 200;
    if (!interim && !WillRedirect()) PublishHead();
    return line.size();
  }
  const std::size_t colon = line.find(':');
  if (colon != std::string_view::npos && !line.starts_with("HTTP/")) {
    coming_.headers.push_back({std::string(Trimmed(line.substr(0, colon))),
                               std::string(Trimmed(line.substr(colon + 1)))});
  }
  return line.size();
}

std::size_t Transfer::OnBody(std::string_view bytes) {
  PublishHead();
  MutexLock lock(mutex_);
  if (body_bytes_ + bytes.size() > request_.max_response_bytes) {
    refusal_ = TooLarge();
    return 0;
  }
  if (!buffer_.empty() && buffer_.size() + bytes.size() > kBufferBytes) {
    paused_ = true;
    return CURL_WRITEFUNC_PAUSE;  // the same bytes come again
  }
  body_bytes_ += bytes.size();
  buffer_.append(bytes);
  changed_.NotifyAll();
  return bytes.size();
}

std::size_t Transfer::HeaderCallback(char* data, std::size_t size, std::size_t count, void* self) {
  return static_cast<Transfer*>(self)->OnHeaderLine({data, size * count});
}

std::size_t Transfer::BodyCallback(char* data, std::size_t size, std::size_t count, void* self) {
  return static_cast<Transfer*>(self)->OnBody({data, size * count});
}

}  // namespace coppice::http
