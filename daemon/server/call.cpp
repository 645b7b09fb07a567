#include "daemon/server/call.h"

#include "base/check.h"
#include "base/format.h"

namespace coppice::server {

Call::Call(std::uint64_t serial, protocol::Request request, Deadline deadline,
           std::shared_ptr<CreditGate> gate, ReplyQueue& replies)
    : serial_(serial),
      request_(std::move(request)),
      deadline_(std::move(deadline)),
      gate_(std::move(gate)),
      replies_(replies) {}

Call::~Call() {
  if (finished_) return;
  Fail(MakeError(ErrorCode::kInternal, fmt::format("{}: the daemon failed to answer",
                                                   protocol::MethodName(request_.method))));
}

void Call::Send(protocol::ReplyKind kind, std::string body) {
  COPPICE_CHECK(!finished_, "nothing follows the final reply");
  Outgoing out;
  out.serial = serial_;
  out.kind = kind;
  out.body = std::move(body);
  replies_.Push(std::move(out));
}

void Call::FinishEncoded(std::string body) {
  if (body.size() > static_cast<std::size_t>(protocol::kMaxReplyBytes)) {
    return Fail(MakeError(ErrorCode::kInvalidArgument,
                          fmt::format("the answer has {} bytes, above the limit of {}", body.size(),
                                      protocol::kMaxReplyBytes),
                          "ask for fewer results or lines"));
  }
  Send(protocol::ReplyKind::kFinal, std::move(body));
  finished_ = true;
}

void Call::Fail(const Error& error) {
  COPPICE_CHECK(!finished_, "nothing follows the final reply");
  finished_ = true;
  Outgoing out;
  out.serial = serial_;
  out.kind = protocol::ReplyKind::kError;
  out.error = error;
  replies_.Push(std::move(out));
}

}  // namespace coppice::server
