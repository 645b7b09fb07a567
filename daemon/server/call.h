#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "base/deadline.h"
#include "base/result.h"
#include "daemon/server/credit_gate.h"
#include "daemon/server/reply_queue.h"
#include "protocol/codec.h"
#include "protocol/frames.h"
#include "protocol/methods.h"

namespace coppice::server {

/// One accepted request on its way through a handler.
///
/// Place:  owned by the thread that works on it; may be handed on.
/// Shape:  any number of parts, then exactly one of Finish and Fail. One that is destroyed before
/// is
///         answered kInternal, so that no client waits for nothing.
class Call {
 public:
  /// `replies` must outlive this.
  Call(std::uint64_t serial, protocol::Request request, Deadline deadline,
       std::shared_ptr<CreditGate> gate, ReplyQueue& replies);
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  [[nodiscard]] protocol::Method method() const { return request_.method; }
  [[nodiscard]] const Deadline& deadline() const { return deadline_; }

  /// The request's body. Errors: kInvalidArgument, naming the field.
  template <class T>
  [[nodiscard]] Result<T> Decode() const {
    return protocol::Decode<T>(request_.body);
  }

  /// Waits until the client takes another part. Errors: see CreditGate::Take.
  template <class T>
  Result<void> Part(const T& part) {
    COPPICE_TRY(gate_->Take(deadline_));
    Send(protocol::ReplyKind::kPart, protocol::Encode(part));
    return {};
  }
  /// Sends the part if the client takes one now.
  template <class T>
  bool TryPart(const T& part) {
    if (!gate_->TryTake()) return false;
    Send(protocol::ReplyKind::kPart, protocol::Encode(part));
    return true;
  }
  template <class T>
  void Finish(const T& reply) {
    FinishEncoded(protocol::Encode(reply));
  }
  void Fail(const Error& error);
  /// Gives it up without an answer: for the I/O thread, which answers by itself and must not wait
  /// for room in its own queue.
  void Drop() { finished_ = true; }

 private:
  void Send(protocol::ReplyKind kind, std::string body);
  void FinishEncoded(std::string body);

  const std::uint64_t serial_;
  const protocol::Request request_;
  const Deadline deadline_;
  const std::shared_ptr<CreditGate> gate_;
  ReplyQueue& replies_;
  bool finished_ = false;
};

}  // namespace coppice::server
