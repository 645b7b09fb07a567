#include "protocol/client.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/format.h"
#include "base/mutex.h"
#include "protocol/frames.h"
#include "protocol/socket.h"

namespace coppice::protocol {
namespace {

constexpr std::chrono::milliseconds kHelloTimeout{5000};
constexpr std::chrono::milliseconds kCancelLinger{200};
constexpr std::chrono::milliseconds kFirstPause{100};
constexpr int kMaxAttempts = 4;
constexpr std::uint32_t kCredits = 16;

/// Waits without work, at most until the deadline.
void Pause(std::chrono::milliseconds span, const Deadline& deadline) {
  constexpr std::chrono::milliseconds kStep{50};
  const Deadline end = Deadline::After(span);
  Mutex mutex;
  CondVar never;
  MutexLock lock(mutex);
  while (!end.expired() && !deadline.expired()) {
    never.WaitFor(mutex, std::min(end.remaining(), deadline.remaining(kStep)));
  }
}

/// Keeps the first problem that is more telling than "no such socket".
Error Combine(const std::optional<Error>& before, const Error& now) {
  if (!before) return now;
  Error combined = before->code == ErrorCode::kUnavailable ? now : *before;
  combined.message = before->message + "; " + now.message;
  return combined;
}

Error WithDaemonRemedy(const Error& error) {
  if (error.code != ErrorCode::kUnavailable || !error.remedy.empty()) return error;
  return error.WithRemedy("start coppiced, or name its socket with --connect or COPPICE_CONNECT");
}

}  // namespace

struct Client::Impl {
  std::vector<std::string> endpoints;
  std::size_t current = 0;
  std::optional<DealerSocket> socket;
  HelloReply hello;

  /// One request on the present connection, from sending to its final reply.
  Result<std::string> Attempt(RequestHeader& header, const std::string& body,
                              const RawPart& on_part, const Deadline& deadline);
  Result<std::string> AwaitFinal(const RequestHeader& header, const RawPart& on_part,
                                 const Deadline& deadline);
  /// Connects to `endpoints[index]` and asks for its limits.
  Result<void> Open(std::size_t index, const Deadline& deadline);
  /// The first endpoint that answers, beginning with `first`; only that one when `pinned`.
  Result<void> OpenAny(std::size_t first, bool pinned, const Deadline& deadline);
  void SendCancel(const std::string& id);
  Result<void> Grant(const std::string& id, std::uint32_t credits, const Deadline& deadline);
};

Client::Client(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

const HelloReply& Client::hello() const { return impl_->hello; }
const std::string& Client::endpoint() const { return impl_->endpoints[impl_->current]; }

Result<Client> Client::Connect(const std::vector<std::string>& endpoints,
                               const Deadline& deadline) {
  if (endpoints.empty()) return MakeError(ErrorCode::kInvalidArgument, "no endpoint given");
  auto impl = std::make_unique<Impl>();
  impl->endpoints = endpoints;
  COPPICE_TRY(impl->OpenAny(0, false, deadline));
  return Client(std::move(impl));
}

Result<void> Client::Impl::Open(std::size_t index, const Deadline& deadline) {
  socket.reset();
  COPPICE_ASSIGN(socket, DealerSocket::Connect(endpoints[index]));
  current = index;
  const Deadline soon = Deadline::After(deadline.remaining(kHelloTimeout), deadline.stop());
  RequestHeader header;
  header.id.value = NewRequestId();
  header.method = MethodName(Method::kHello);
  Result<std::string> body = Attempt(header, Encode(Empty{}), nullptr, soon);
  if (!body) {
    if (body.error().code != ErrorCode::kDeadlineExceeded) return body.error();
    return MakeError(
        ErrorCode::kUnavailable,
        fmt::format("{}: the socket is there, but no daemon answers", endpoints[index]));
  }
  COPPICE_ASSIGN(hello, Decode<HelloReply>(*body, kReplyLimits));
  return {};
}

Result<void> Client::Impl::OpenAny(std::size_t first, bool pinned, const Deadline& deadline) {
  std::optional<Error> problem;
  const std::size_t count = pinned ? 1 : endpoints.size();
  for (std::size_t i = 0; i < count; ++i) {
    const Result<void> opened = Open((first + i) % endpoints.size(), deadline);
    if (opened) return {};
    problem = Combine(problem, opened.error());
    if (deadline.expired()) break;
  }
  socket.reset();
  return WithDaemonRemedy(*problem);
}

Result<std::string> Client::Impl::Attempt(RequestHeader& header, const std::string& body,
                                          const RawPart& on_part, const Deadline& deadline) {
  header.deadline_ms.reset();
  if (deadline.at() != Deadline::Clock::time_point::max()) {
    header.deadline_ms = deadline.remaining().count();
  }
  COPPICE_TRY(socket->Send(BuildRequest(header, body), deadline));
  Result<std::string> reply = AwaitFinal(header, on_part, deadline);
  if (!reply && deadline.expired()) SendCancel(header.id.value);
  return reply;
}

Result<std::string> Client::Impl::AwaitFinal(const RequestHeader& header, const RawPart& on_part,
                                             const Deadline& deadline) {
  std::uint32_t taken = 0;
  while (true) {
    COPPICE_ASSIGN(const Frames frames, socket->Receive(deadline));
    COPPICE_ASSIGN(Reply reply, ParseReply(frames));
    // Answers to `credit`, and late ones to requests that were given up.
    if (reply.id != header.id.value) continue;
    if (reply.kind == ReplyKind::kError) return *reply.error;
    if (reply.kind == ReplyKind::kFinal) return std::move(reply.body);
    if (on_part == nullptr) continue;
    if (const Result<void> used = on_part(reply.body); !used) {
      SendCancel(header.id.value);
      return used.error();
    }
    if (++taken * 2 >= kCredits) {
      COPPICE_TRY(Grant(header.id.value, taken, deadline));
      taken = 0;
    }
  }
}

void Client::Impl::SendCancel(const std::string& id) {
  RequestHeader header;
  header.id.value = NewRequestId();
  header.method = MethodName(Method::kCancel);
  CancelRequest request;
  request.id.value = id;
  socket->SetLinger(kCancelLinger);
  // The caller reports why it gave up; a cancel that cannot be sent changes nothing about it.
  static_cast<void>(
      socket->Send(BuildRequest(header, Encode(request)), Deadline::After(kCancelLinger)));
}

Result<void> Client::Impl::Grant(const std::string& id, std::uint32_t credits,
                                 const Deadline& deadline) {
  RequestHeader header;
  header.id.value = NewRequestId();
  header.method = MethodName(Method::kCredit);
  CreditRequest request;
  request.id.value = id;
  request.credits = credits;
  return socket->Send(BuildRequest(header, Encode(request)), deadline);
}

Result<std::string> Client::Exchange(Method method, const std::string& body, const RawPart& on_part,
                                     const Deadline& deadline) {
  if (body.size() > static_cast<std::size_t>(kMaxRequestBytes)) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        fmt::format("a request of {} bytes: the limit is {}", body.size(), kMaxRequestBytes));
  }
  RequestHeader header;
  header.id.value = NewRequestId();
  header.method = MethodName(method);
  if (on_part != nullptr) header.credits = kCredits;
  const bool pinned = InfoOf(method).mutating;
  bool delivered = false;
  RawPart noted;
  if (on_part != nullptr) {
    noted = [&](std::string_view part) {
      delivered = true;
      return on_part(part);
    };
  }
  Error last;
  std::chrono::milliseconds pause = kFirstPause;
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    if (attempt > 0) {
      Pause(pause, deadline);
      pause = 2 * pause;
    }
    if (deadline.expired() && attempt > 0) break;
    Result<void> open;
    if (!impl_->socket) open = impl_->OpenAny(impl_->current, pinned, deadline);
    Result<std::string> reply =
        open ? impl_->Attempt(header, body, noted, deadline) : Result<std::string>(open.error());
    if (reply) return reply;
    last = reply.error();
    // Rows that were handed out must not come twice; progress may.
    if (delivered && !pinned) break;
    if (last.code == ErrorCode::kUnavailable && last.retryable) {
      impl_->socket.reset();
      if (!pinned) impl_->current = (impl_->current + 1) % impl_->endpoints.size();
    } else if (last.code == ErrorCode::kResourceExhausted && last.retry_after_ms) {
      pause = std::max(pause, std::chrono::milliseconds(*last.retry_after_ms));
    } else {
      break;
    }
  }
  return WithDaemonRemedy(last);
}

}  // namespace coppice::protocol
