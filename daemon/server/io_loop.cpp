#include "daemon/server/io_loop.h"

#include <algorithm>
#include <tuple>

#include "base/check.h"
#include "base/format.h"
#include "base/log.h"
#include "protocol/codec.h"

namespace coppice::server {
namespace {

using protocol::Method;
using protocol::ReplyKind;

constexpr std::chrono::milliseconds kTurn{200};
constexpr std::chrono::milliseconds kOutboxTurn{10};
constexpr int kMessagesPerTurn = 256;
constexpr int kRepliesPerTurn = 1024;
constexpr std::int64_t kRestartMs = 1000;

Error Stopping() {
  Error error = MakeError(ErrorCode::kUnavailable, "the daemon is stopping",
                          "try again once it has been started");
  error.retry_after_ms = kRestartMs;
  return error;
}

Error OtherMethod(Method running) {
  return MakeError(
      ErrorCode::kConflict,
      fmt::format("this request id belongs to a call of '{}'", protocol::MethodName(running)),
      "use a fresh random id for each request");
}

/// What a client calls its trace context, if it looks like one: "00-4bf9…-00f0…-01".
std::string TraceContext(const std::string& text) {
  constexpr std::size_t kSize = 55;
  const bool good =
      text.size() == kSize && text.find_first_not_of("0123456789abcdef-") == std::string::npos;
  return good ? text : std::string();
}

bool IsAnsweredHere(Method method) {
  return method == Method::kHello || method == Method::kPing || method == Method::kHealth ||
         method == Method::kCancel || method == Method::kCredit;
}

}  // namespace

IoLoop::IoLoop(protocol::RouterSocket socket, IoOptions options,
               const std::vector<HandlerRow>& rows, Admission& admission, ReplyQueue& replies,
               Health health)
    : socket_(std::move(socket)),
      options_(std::move(options)),
      admission_(admission),
      replies_(replies),
      health_(std::move(health)),
      outbox_(socket_, options_.outbox),
      reply_cache_(options_.reply_cache) {
  for (const HandlerRow& row : rows) {
    const auto index = static_cast<std::size_t>(row.method);
    COPPICE_CHECK(index < rows_.size() && rows_[index] == nullptr, "one row for each method");
    rows_[index] = &row;
  }
}

Result<void> IoLoop::Step(std::chrono::milliseconds span) {
  COPPICE_TRY(
      socket_.Wait(replies_.wake_fd(), outbox_.empty() ? span : std::min(span, kOutboxTurn)));
  replies_.ClearWake();
  for (int i = 0; i < kRepliesPerTurn; ++i) {
    const std::optional<Outgoing> reply = replies_.TryPop();
    if (!reply) break;
    COPPICE_TRY(OnReply(*reply));
    if (i + 1 == kRepliesPerTurn) replies_.Wake();
  }
  for (int i = 0; i < kMessagesPerTurn; ++i) {
    COPPICE_ASSIGN(std::optional<protocol::Routed> message, socket_.Receive());
    if (!message) break;
    COPPICE_TRY(OnMessage(std::move(*message)));
  }
  COPPICE_ASSIGN(const std::vector<std::string> gone, outbox_.Flush());
  for (const std::string& route : gone) GiveUp(route);
  return EndUnread();
}

void IoLoop::Run() {
  while (phase() != Phase::kFinished) {
    if (const Result<void> step = Step(kTurn); !step) {
      LogError("server_io", {{"error", step.error().ToString()}});
    }
    Advance();
  }
  const Deadline flush = Deadline::After(std::chrono::seconds(1));
  while (!outbox_.empty() && !flush.expired()) {
    if (!Step(kOutboxTurn)) break;
  }
}

IoLoop::Phase IoLoop::phase() const {
  MutexLock lock(mutex_);
  return phase_;
}

void IoLoop::BeginStop(const Deadline& drain) {
  {
    MutexLock lock(mutex_);
    if (phase_ != Phase::kServing) return;
    phase_ = Phase::kDraining;
    drain_ = drain;
  }
  replies_.Wake();
}

void IoLoop::WaitDrained() {
  MutexLock lock(mutex_);
  while (phase_ == Phase::kDraining) drained_.Wait(mutex_);
}

void IoLoop::Finish() {
  {
    MutexLock lock(mutex_);
    phase_ = Phase::kFinished;
  }
  replies_.Wake();
}

void IoLoop::Advance() {
  {
    MutexLock lock(mutex_);
    if (phase_ != Phase::kDraining) return;
    if (in_flight_.size() > 0 && !drain_.expired()) return;
  }
  AbortRest();
  MutexLock lock(mutex_);
  phase_ = Phase::kDrained;
  drained_.NotifyAll();
}

void IoLoop::AbortRest() {
  for (const std::uint64_t serial : in_flight_.AllSerials()) {
    InFlight* request = in_flight_.Find(serial);
    if (request == nullptr) continue;  // its client turned out to be gone
    StopOne(*request);
    const std::string route = request->route;
    const protocol::Frames frames =
        protocol::BuildError(request->id, request->next_seq, Stopping());
    in_flight_.Erase(serial);
    if (const Result<void> told = Deliver(route, frames); !told) {
      LogError("server_io", {{"error", told.error().ToString()}});
    }
  }
}

Result<void> IoLoop::OnMessage(protocol::Routed message) {
  protocol::ParsedRequest parsed = protocol::ParseRequest(message.frames);
  if (parsed.request) return OnRequest(message.route, std::move(parsed.request).value());
  LogDebug("bad_request", {{"code", ErrorCodeName(parsed.request.error().code)},
                           {"error", parsed.request.error().message}});
  return Refuse(message.route, parsed.id, parsed.request.error());
}

Result<void> IoLoop::OnRequest(const std::string& route, protocol::Request request) {
  if (!IsAnsweredHere(request.method)) return Accept(route, std::move(request));
  const std::string& id = request.header.id.value;
  switch (request.method) {
    case Method::kHello:
      return AnswerHere(route, id, HelloBody());
    case Method::kHealth: {
      protocol::HealthReply reply;
      std::tie(reply.state, reply.detail) = health_();
      if (phase() != Phase::kServing) reply.state = "stopping";
      return AnswerHere(route, id, protocol::Encode(reply));
    }
    case Method::kCancel:
      return Cancel(route, request);
    case Method::kCredit:
      return Credit(route, request);
    default:
      return AnswerHere(route, id, protocol::Encode(protocol::Empty{}));
  }
}

Result<void> IoLoop::Accept(const std::string& route, protocol::Request request) {
  COPPICE_ASSIGN(const bool rejoined, Rejoin(route, request));
  if (rejoined) return {};
  const std::string id = request.header.id.value;
  if (const std::optional<Error> refusal = Refusal(route, request)) {
    return Refuse(route, id, *refusal);
  }
  InFlight entry;
  entry.serial = next_serial_++;
  entry.route = route;
  entry.id = id;
  entry.method = request.method;
  entry.traceparent = TraceContext(request.header.traceparent);
  entry.gate = std::make_shared<CreditGate>(request.header.credits, options_.max_credits,
                                            options_.stall, options_.patience);
  entry.received_at = std::chrono::steady_clock::now();
  const std::chrono::milliseconds span =
      request.header.deadline_ms ? std::chrono::milliseconds(std::min<std::int64_t>(
                                       *request.header.deadline_ms, options_.max_deadline.count()))
                                 : options_.default_deadline;
  const Lane lane = rows_[static_cast<std::size_t>(request.method)]->lane;
  auto call =
      std::make_unique<Call>(entry.serial, std::move(request),
                             Deadline::After(span, entry.stop.get_token()), entry.gate, replies_);
  if (const Result<void> submitted = admission_.Submit(call, lane); !submitted) {
    call->Drop();
    return Refuse(route, id, submitted.error());
  }
  in_flight_.Add(std::move(entry));
  return {};
}

Result<bool> IoLoop::Rejoin(const std::string& route, const protocol::Request& request) {
  const std::string& id = request.header.id.value;
  const bool mutating = protocol::InfoOf(request.method).mutating;
  InFlight* running = in_flight_.Find(route, id);
  if (running == nullptr && mutating) running = in_flight_.FindMutating(id);
  if (running != nullptr) {
    if (running->method != request.method) {
      COPPICE_TRY(Refuse(route, id, OtherMethod(running->method)));
    } else if (running->route != route) {
      in_flight_.Move(*running, route);
      running->gate->Grant(request.header.credits);
    }
    return true;
  }
  const ReplyCache::Entry* answered =
      mutating ? reply_cache_.Find(id, ReplyCache::Clock::now()) : nullptr;
  if (answered == nullptr) return false;
  if (answered->method != request.method) {
    COPPICE_TRY(Refuse(route, id, OtherMethod(answered->method)));
  } else if (answered->reply.kind == ReplyKind::kError) {
    COPPICE_TRY(Refuse(route, id, answered->reply.error));
  } else {
    COPPICE_TRY(AnswerHere(route, id, answered->reply.body));
  }
  return true;
}

std::optional<Error> IoLoop::Refusal(const std::string& route,
                                     const protocol::Request& request) const {
  const HandlerRow* row = rows_[static_cast<std::size_t>(request.method)];
  const std::string_view name = protocol::MethodName(request.method);
  if (row == nullptr) {
    return MakeError(ErrorCode::kUnsupported, fmt::format("'{}' is not served here", name));
  }
  if (phase() != Phase::kServing) return Stopping();
  if (request.header.deadline_ms && *request.header.deadline_ms <= 0) {
    return MakeError(ErrorCode::kDeadlineExceeded, fmt::format("{}: came past its deadline", name));
  }
  if (in_flight_.CountOf(route) >= options_.max_inflight) {
    return Overloaded(
        fmt::format("{} requests of this client are in flight already", options_.max_inflight),
        row->lane);
  }
  return std::nullopt;
}

Result<void> IoLoop::Cancel(const std::string& route, const protocol::Request& request) {
  const std::string& id = request.header.id.value;
  const auto body = protocol::Decode<protocol::CancelRequest>(request.body);
  if (!body) return Refuse(route, id, body.error());
  if (InFlight* running = in_flight_.Find(route, body->id.value)) {
    StopOne(*running);
    const protocol::Frames frames =
        protocol::BuildError(running->id, running->next_seq,
                             MakeError(ErrorCode::kCancelled, "cancelled by its client"));
    in_flight_.Erase(running->serial);
    COPPICE_TRY(Deliver(route, frames));
  }
  return AnswerHere(route, id, protocol::Encode(protocol::Empty{}));
}

Result<void> IoLoop::Credit(const std::string& route, const protocol::Request& request) {
  const std::string& id = request.header.id.value;
  const auto body = protocol::Decode<protocol::CreditRequest>(request.body);
  if (!body) return Refuse(route, id, body.error());
  if (const InFlight* running = in_flight_.Find(route, body->id.value)) {
    running->gate->Grant(body->credits);
  }
  return AnswerHere(route, id, protocol::Encode(protocol::Empty{}));
}

std::string IoLoop::HelloBody() const {
  protocol::HelloReply reply;
  reply.version = options_.version;
  reply.wire_majors = {protocol::kWireMajor};
  reply.max_message_bytes = static_cast<std::uint32_t>(protocol::kMaxRequestBytes);
  reply.max_inflight = options_.max_inflight;
  reply.max_credits = options_.max_credits;
  reply.max_limit = options_.max_limit;
  reply.schema = options_.schema;
  return protocol::Encode(reply);
}

}  // namespace coppice::server
