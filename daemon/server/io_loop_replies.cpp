// The way of replies through the I/O loop: to their clients, or to the end of a client's requests.
#include "base/log.h"
#include "daemon/server/io_loop.h"

namespace coppice::server {
namespace {

using protocol::ReplyKind;

Error NotReading() {
  return MakeError(ErrorCode::kResourceExhausted, "replies wait for a client that does not read",
                   "read what comes before granting more credits");
}

}  // namespace

Result<void> IoLoop::OnReply(const Outgoing& reply) {
  InFlight* request = in_flight_.Find(reply.serial);
  if (request == nullptr) return {};  // cancelled, or its client is gone
  const std::string route = request->route;
  const std::string id = request->id;
  const std::uint32_t seq = request->next_seq++;
  protocol::Frames frames = reply.kind == ReplyKind::kError
                                ? protocol::BuildError(request->id, seq, reply.error)
                                : protocol::BuildReply(request->id, seq, reply.kind, reply.body);
  if (reply.kind != ReplyKind::kPart) {
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - request->received_at);
    const bool failed = reply.kind == ReplyKind::kError;
    LogDebug("request", {{"method", protocol::MethodName(request->method)},
                         {"code", failed ? ErrorCodeName(reply.error.code) : "ok"},
                         {"ms", took.count()},
                         {"traceparent", request->traceparent}});
    if (protocol::InfoOf(request->method).mutating) {
      reply_cache_.Put(request->id, request->method, reply, ReplyCache::Clock::now());
    }
    in_flight_.Erase(reply.serial);
  }
  return DeliverReply(route, reply.serial, id, seq, std::move(frames));
}

Result<void> IoLoop::AnswerHere(const std::string& route, const std::string& id, std::string body) {
  return Deliver(route, protocol::BuildReply(id, 0, ReplyKind::kFinal, std::move(body)));
}

Result<void> IoLoop::Refuse(const std::string& route, const std::string& id, const Error& error) {
  return Deliver(route, protocol::BuildError(id, 0, error));
}

Result<void> IoLoop::DeliverReply(const std::string& route, std::uint64_t serial,
                                  const std::string& id, std::uint32_t seq,
                                  protocol::Frames frames) {
  COPPICE_ASSIGN(const Outbox::Outcome outcome, outbox_.Deliver(route, std::move(frames)));
  if (outcome == Outbox::Outcome::kGone) {
    LogDebug("client_lost", {{"reason", "gone"}});
    GiveUp(route);
  }
  if (outcome == Outbox::Outcome::kFull) {
    if (InFlight* const running = in_flight_.Find(serial)) StopOne(*running);
    in_flight_.Erase(serial);
    COPPICE_TRY(Deliver(route, protocol::BuildError(id, seq, NotReading())));
  }
  return EndUnread();
}

Result<void> IoLoop::Deliver(const std::string& route, protocol::Frames frames) {
  COPPICE_ASSIGN(const Outbox::Outcome outcome,
                 outbox_.Deliver(route, std::move(frames), Outbox::Room::kWithReserve));
  if (outcome == Outbox::Outcome::kDelivered) return {};
  const bool gone = outcome == Outbox::Outcome::kGone;
  LogDebug("client_lost", {{"reason", gone ? "gone" : "not_reading"}});
  outbox_.Drop(route);
  GiveUp(route);
  return {};
}

Result<void> IoLoop::EndUnread() {
  for (const std::string& route : outbox_.TakeDropped()) {
    LogDebug("client_lost", {{"reason", "not_reading"}});
    for (const std::uint64_t serial : in_flight_.SerialsOf(route)) {
      InFlight* const request = in_flight_.Find(serial);
      if (request == nullptr) continue;  // its client turned out to be gone
      StopOne(*request);
      const protocol::Frames frames =
          protocol::BuildError(request->id, request->next_seq, NotReading());
      in_flight_.Erase(serial);
      COPPICE_TRY(Deliver(route, frames));
    }
  }
  return {};
}

void IoLoop::GiveUp(const std::string& route) {
  for (const std::uint64_t serial : in_flight_.SerialsOf(route)) {
    StopOne(*in_flight_.Find(serial));
    in_flight_.Erase(serial);
  }
}

void IoLoop::StopOne(InFlight& request) {
  request.stop.request_stop();
  request.gate->Close();
}

}  // namespace coppice::server
