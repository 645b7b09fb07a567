#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/result.h"
#include "protocol/messages.h"
#include "protocol/methods.h"

// A message on the socket: [routing id] [empty] [magic + major] [header] [body]. The routing id is
// added and taken off by the ROUTER; what is called frames here starts with the empty one.
namespace coppice::protocol {

inline constexpr std::string_view kMagic = "COP";
inline constexpr std::size_t kRequestIdBytes = 16;
/// One frame of a request; the daemon's socket closes the connection that sends a larger one.
inline constexpr std::int64_t kMaxRequestBytes = 1 << 20;
/// One frame of a reply.
inline constexpr std::int64_t kMaxReplyBytes = 8 << 20;

using Frames = std::vector<std::string>;

struct RequestHeader {
  Bytes id;            // 16 bytes, random
  std::string method;  // a name of methods.h
  std::optional<std::int64_t>
      deadline_ms;            // what the client will still wait; absent: the daemon's default
  std::string traceparent;    // W3C trace context, for the log line of the request
  std::uint32_t credits = 0;  // parts the client is ready to take
  COPPICE_FIELDS(visit(1, "id", self.id); visit(2, "method", self.method);
                 visit(3, "deadline_ms", self.deadline_ms);
                 visit(4, "traceparent", self.traceparent); visit(5, "credits", self.credits);)
};

struct WireError {
  std::string code;  // ErrorCodeName
  std::string message;
  std::string remedy;
  bool retryable = false;
  std::optional<std::int64_t> retry_after_ms;
  std::vector<std::uint32_t> wire_majors;  // with unsupported_version: what the daemon speaks
  COPPICE_FIELDS(visit(1, "code", self.code); visit(2, "message", self.message);
                 visit(3, "remedy", self.remedy); visit(4, "retryable", self.retryable);
                 visit(5, "retry_after_ms", self.retry_after_ms);
                 visit(6, "wire_majors", self.wire_majors);)
};

struct ReplyHeader {
  Bytes id;               // of the request; 16 zero bytes when it could not be read
  std::uint32_t seq = 0;  // 0, 1, … over the parts and the final reply of one request
  std::string kind;       // "part", "final", "error"
  std::optional<WireError> error;
  COPPICE_FIELDS(visit(1, "id", self.id); visit(2, "seq", self.seq); visit(3, "kind", self.kind);
                 visit(4, "error", self.error);)
};

enum class ReplyKind : std::uint8_t { kPart, kFinal, kError };
std::string_view ReplyKindName(ReplyKind kind);

/// A fresh request id.
std::string NewRequestId();
/// The id of an answer to what had no readable id.
const std::string& NilRequestId();

Frames BuildRequest(const RequestHeader& header, std::string body);
Frames BuildReply(const std::string& id, std::uint32_t seq, ReplyKind kind, std::string body);
/// kUnsupportedVersion carries the list of majors.
Frames BuildError(const std::string& id, std::uint32_t seq, const Error& error);

struct Request {
  RequestHeader header;
  Method method = Method::kPing;
  std::string body;
};
/// A request, or why it is none with the id to answer to (nil where none could be read).
struct ParsedRequest {
  std::string id;
  Result<Request> request;
};
/// Errors: kInvalidArgument (frames, magic, header, id length; an unknown method, named),
/// kUnsupportedVersion.
ParsedRequest ParseRequest(std::span<const std::string> frames);

struct Reply {
  std::string id;
  std::uint32_t seq = 0;
  ReplyKind kind = ReplyKind::kFinal;
  std::optional<Error> error;
  std::string body;
};
/// Errors: kCorrupt, kUnsupportedVersion.
Result<Reply> ParseReply(std::span<const std::string> frames);

}  // namespace coppice::protocol
