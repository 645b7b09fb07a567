#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/deadline.h"
#include "base/mutex.h"
#include "base/result.h"
#include "daemon/server/admission.h"
#include "daemon/server/handlers.h"
#include "daemon/server/outbox.h"
#include "daemon/server/reply_cache.h"
#include "daemon/server/reply_queue.h"
#include "daemon/server/request_table.h"
#include "protocol/socket.h"

namespace coppice::server {

/// The limits that one client meets, and what `hello` says of them.
struct IoOptions {
  std::string version;              // of the daemon
  std::uint32_t schema = 0;         // of the database
  std::uint32_t max_inflight = 16;  // requests of one client at a time
  std::uint32_t max_credits = 64;
  std::uint32_t max_limit = 200;
  std::chrono::milliseconds default_deadline{std::chrono::seconds(60)};
  std::chrono::milliseconds max_deadline{std::chrono::hours(24)};
  std::chrono::milliseconds stall{std::chrono::seconds(10)};     // a stream without a credit
  std::chrono::milliseconds patience{std::chrono::seconds(60)};  // all such waits of one stream
  ReplyCache::Options reply_cache;
  Outbox::Options outbox;
};

/// The I/O thread: owns the ROUTER socket, answers hello, ping, health, cancel and credit itself,
/// and passes every other request to admission and every reply back to its client.
///
/// Place:  one thread calls Step or Run; BeginStop, WaitDrained and Finish are for others.
/// Limits: never waits for a worker, a client or the database.
class IoLoop {
 public:
  /// State and detail of HealthReply; asked on this thread, must not wait.
  using Health = std::function<std::pair<std::string, std::string>()>;

  /// Everything referred to must outlive this.
  IoLoop(protocol::RouterSocket socket, IoOptions options, const std::vector<HandlerRow>& rows,
         Admission& admission, ReplyQueue& replies, Health health);

  /// One turn: waits up to `span` for something to do, and does it.
  Result<void> Step(std::chrono::milliseconds span);
  /// Turns until Finish.
  void Run();

  /// From now on requests are refused; those in flight have until `drain`, then they are told to
  /// come back.
  void BeginStop(const Deadline& drain);
  /// Returns when nothing is in flight any more.
  void WaitDrained();
  /// Lets Run return.
  void Finish();

 private:
  enum class Phase : std::uint8_t { kServing, kDraining, kDrained, kFinished };

  Result<void> OnMessage(protocol::Routed message);
  Result<void> OnRequest(const std::string& route, protocol::Request request);
  Result<void> Accept(const std::string& route, protocol::Request request);
  /// A retry of a request that is in flight or was answered; true when it has been dealt with.
  Result<bool> Rejoin(const std::string& route, const protocol::Request& request);
  /// Why the request cannot be accepted.
  std::optional<Error> Refusal(const std::string& route, const protocol::Request& request) const;
  Result<void> Cancel(const std::string& route, const protocol::Request& request);
  Result<void> Credit(const std::string& route, const protocol::Request& request);
  Result<void> OnReply(const Outgoing& reply);

  Result<void> AnswerHere(const std::string& route, const std::string& id, std::string body);
  Result<void> Refuse(const std::string& route, const std::string& id, const Error& error);
  /// A reply of a handler, which may be large: one that its client has no room for ends the
  /// request.
  Result<void> DeliverReply(const std::string& route, std::uint64_t serial, const std::string& id,
                            std::uint32_t seq, protocol::Frames frames);
  /// What is small and must be told.
  Result<void> Deliver(const std::string& route, protocol::Frames frames);
  /// Ends the requests of clients whose replies were dropped because they did not read.
  Result<void> EndUnread();
  /// Stops everything that runs for a client that has left or does not read.
  void GiveUp(const std::string& route);
  void StopOne(InFlight& request);
  void AbortRest();
  void Advance();
  [[nodiscard]] Phase phase() const;
  [[nodiscard]] std::string HelloBody() const;

  protocol::RouterSocket socket_;
  const IoOptions options_;
  std::array<const HandlerRow*, 32> rows_{};  // by method
  Admission& admission_;
  ReplyQueue& replies_;
  const Health health_;
  Outbox outbox_;
  ReplyCache reply_cache_;
  RequestTable in_flight_;
  std::uint64_t next_serial_ = 1;

  mutable Mutex mutex_;
  CondVar drained_;
  Phase phase_ COPPICE_GUARDED_BY(mutex_) = Phase::kServing;
  Deadline drain_ COPPICE_GUARDED_BY(mutex_);
};

}  // namespace coppice::server
