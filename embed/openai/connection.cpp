#include "embed/openai/connection.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/digest.h"
#include "base/doorbell.h"
#include "base/format.h"
#include "embed/openai/backoff.h"
#include "embed/openai/server_json.h"

namespace coppice::embed {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMaxAnswerBytes = std::size_t{64} << 20U;
constexpr std::size_t kMaxErrorBytes = std::size_t{64} << 10U;
/// A caller in more of a hurry than this learns nothing of the server when its deadline passes.
constexpr milliseconds kFairChance{500};

std::string CredentialsDirectory() {
  // Nothing here calls setenv. NOLINTNEXTLINE(concurrency-mt-unsafe)
  const char* const directory = std::getenv("CREDENTIALS_DIRECTORY");
  return directory == nullptr ? "" : directory;
}

Result<std::string> BaseUrl(std::string url) {
  if (url.find_first_of("?#") != std::string::npos) {
    return MakeError(ErrorCode::kInvalidArgument, "base_url holds a query",
                     "Give what stands before /embeddings: http://HOST:PORT/v1.");
  }
  while (url.ends_with('/')) url.pop_back();
  const std::size_t host = url.find("://");
  const bool path = host != std::string::npos && url.find('/', host + 3) != std::string::npos;
  return path ? url : url + "/v1";
}

bool IsRefusal(int status) { return status == 400 || status == 413 || status == 422; }

/// Whether the server, or what stands before it, says that it is not there.
bool IsAway(int status) { return status == 408 || (status > 501 && status < 600); }

Error Late(const Deadline& deadline, const std::string& server) {
  return deadline.cancelled()
             ? MakeError(ErrorCode::kCancelled, fmt::format("{}: given up", server))
             : MakeError(ErrorCode::kDeadlineExceeded,
                         fmt::format("{}: its places were taken all the time", server));
}

}  // namespace

Result<std::unique_ptr<OpenAiConnection>> OpenAiConnection::Open(http::HttpClient& http,
                                                                 const OpenAiOptions& options) {
  COPPICE_ASSIGN(const http::Origin origin, http::ParseOrigin(options.base_url));
  COPPICE_ASSIGN(std::string base_url, BaseUrl(options.base_url));
  COPPICE_ASSIGN(ApiKey key, ApiKey::Read(options.key_file, CredentialsDirectory()));
  return std::unique_ptr<OpenAiConnection>(
      new OpenAiConnection(http, options, std::move(key), std::move(base_url), origin.name));
}

OpenAiConnection::OpenAiConnection(http::HttpClient& http, const OpenAiOptions& options, ApiKey key,
                                   std::string base_url, std::string server)
    : http_(http),
      options_(options),
      key_(std::move(key)),
      base_url_(std::move(base_url)),
      server_(std::move(server)),
      breaker_(server_, BreakerOptions{}) {}

http::HttpRequest OpenAiConnection::MakeRequest(std::string_view path) const {
  http::HttpRequest request;
  request.url = base_url_ + std::string(path);
  request.max_response_bytes = kMaxAnswerBytes;
  request.connect_timeout = options_.connect_timeout;
  request.idle_timeout = options_.idle_timeout;
  request.ca_file = options_.ca_file;
  if (!key_.empty()) request.headers.push_back(key_.AsHeader());
  return request;
}

Result<ServerAnswer> OpenAiConnection::Post(std::string_view path, const Json& body,
                                            const Deadline& deadline) {
  http::HttpRequest request = MakeRequest(path);
  request.method = http::Method::kPost;
  request.headers.push_back({"Content-Type", "application/json"});
  request.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  COPPICE_ASSIGN(ServerAnswer answer,
                 Repeat([&] { return Try{http_.Send(request, deadline)}; }, deadline));
  return answer;
}

Result<Json> OpenAiConnection::Get(std::string_view path, const Deadline& deadline) {
  const http::HttpRequest request = MakeRequest(path);
  COPPICE_ASSIGN(ServerAnswer answer,
                 Repeat([&] { return Try{http_.Send(request, deadline)}; }, deadline));
  if (answer.refusal) return *answer.refusal;
  return std::move(answer.body);
}

Result<ServerAnswer> OpenAiConnection::Stream(std::string_view path, const Json& body,
                                              std::size_t max_response_bytes,
                                              const http::HttpClient::OnHead& on_head,
                                              const http::HttpClient::OnBody& on_body,
                                              const Deadline& deadline) {
  http::HttpRequest request = MakeRequest(path);
  request.method = http::Method::kPost;
  request.headers.push_back({"Content-Type", "application/json"});
  request.headers.push_back({"Accept", "text/event-stream"});
  request.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  request.max_response_bytes = max_response_bytes;
  const Attempt attempt = [&] {
    http::HttpResponse response;
    bool begun = false;
    bool given_up = false;
    const auto note = [&given_up](Result<void> result) {
      given_up = !result;
      return result;
    };
    const auto head = http_.Stream(
        request,
        [&](const http::HttpHead& came) -> Result<void> {
          response.head = came;
          return came.status == 200 ? note(on_head(came)) : Result<void>();
        },
        [&](std::string_view piece) -> Result<void> {
          if (response.head.status == 200) {
            begun = true;
            return note(on_body(piece));
          }
          response.body.append(piece.substr(0, kMaxErrorBytes - response.body.size()));
          return {};
        },
        deadline);
    if (!head) return Try{head.error(), begun, given_up};
    return Try{std::move(response), begun, false};
  };
  return Repeat(attempt, deadline);
}

Result<ServerAnswer> OpenAiConnection::Repeat(const Attempt& attempt, const Deadline& deadline) {
  for (int failures = 1;; ++failures) {
    COPPICE_ASSIGN(const Try made, Once(attempt, deadline));
    const int status = made.response ? made.response->head.status : 0;
    if (status == 200) {
      ServerAnswer answer;
      if (!made.begun && !made.response->body.empty()) {
        COPPICE_ASSIGN(answer.body, ReadJson(made.response->body, server_));
      }
      return answer;
    }
    if (IsRefusal(status)) return Refused(*made.response);
    const Error error =
        made.response ? ErrorOfAnswer(*made.response, server_, key_) : made.response.error();
    if (status == 500 && (SaysTooLong(status, error.message) || failures > 1)) {
      return Refused(*made.response);
    }
    if (!MayRepeat(made, error, failures)) {
      MutexLock lock(mutex_);
      ++failures_;
      return error;
    }
    COPPICE_TRY(WaitBefore(failures, error, deadline));
  }
}

bool OpenAiConnection::MayRepeat(const Try& made, const Error& error, int failures) const {
  return error.retryable && !made.begun && !made.given_up &&
         error.code != ErrorCode::kDeadlineExceeded && failures < options_.max_attempts;
}

Result<OpenAiConnection::Try> OpenAiConnection::Once(const Attempt& attempt,
                                                     const Deadline& deadline) {
  COPPICE_TRY(Enter(deadline));
  if (const auto admitted = breaker_.Admit(); !admitted) {
    Leave();
    return admitted.error();
  }
  const auto began = Deadline::Clock::now();
  Try made = attempt();
  Judge(made, std::chrono::duration_cast<milliseconds>(Deadline::Clock::now() - began));
  Leave();
  return made;
}

void OpenAiConnection::Judge(const Try& made, milliseconds took) {
  if (made.response) {
    if (!IsAway(made.response->head.status)) return breaker_.Succeeded();
    return breaker_.Failed(ErrorOfAnswer(*made.response, server_, key_));
  }
  const Error& error = made.response.error();
  const bool hangs = error.code == ErrorCode::kDeadlineExceeded && took >= kFairChance;
  const bool broken = error.code == ErrorCode::kUnavailable || error.code == ErrorCode::kCorrupt;
  if (!made.given_up && (hangs || broken)) return breaker_.Failed(error);
  if (made.begun) return breaker_.Succeeded();
  breaker_.Withdrawn();
}

Result<void> OpenAiConnection::Enter(const Deadline& deadline) {
  constexpr milliseconds kLookAtStop{100};
  MutexLock lock(mutex_);
  while (inflight_ >= options_.max_inflight) {
    if (deadline.expired()) return Late(deadline, server_);
    left_.WaitFor(mutex_, deadline.remaining(kLookAtStop));
  }
  ++inflight_;
  ++requests_;
  return {};
}

void OpenAiConnection::Leave() {
  MutexLock lock(mutex_);
  --inflight_;
  left_.NotifyOne();
}

Result<void> OpenAiConnection::WaitBefore(int failures, const Error& error,
                                          const Deadline& deadline) {
  std::uint32_t random = 0;
  std::memcpy(&random, RandomBytes(sizeof(random)).data(), sizeof(random));
  milliseconds wait = Backoff(failures, random);
  if (error.retry_after_ms) wait = std::max(wait, milliseconds(*error.retry_after_ms));
  {
    MutexLock lock(mutex_);
    ++(wait < deadline.remaining() ? retries_ : failures_);
  }
  // Sooner is what the server asked not to do, later is what the caller does not wait for.
  if (wait >= deadline.remaining()) return error;
  Doorbell nobody_rings;
  nobody_rings.Wait(Deadline(Deadline::Clock::now() + wait, deadline.stop()));
  if (deadline.expired()) return Late(deadline, server_);
  return {};
}

ServerAnswer OpenAiConnection::Refused(const http::HttpResponse& response) const {
  ServerAnswer answer;
  answer.refusal = ErrorOfAnswer(response, server_, key_);
  answer.too_long = SaysTooLong(response.head.status, answer.refusal->message);
  return answer;
}

ServerState OpenAiConnection::state() const {
  ServerState state;
  state.server = server_;
  state.breaker = breaker_.state();
  state.last_error = breaker_.last_error();
  MutexLock lock(mutex_);
  state.requests = requests_;
  state.retries = retries_;
  state.failures = failures_;
  return state;
}

}  // namespace coppice::embed
