#include "protocol/frames.h"

#include <utility>

#include "base/digest.h"
#include "base/format.h"
#include "protocol/codec.h"

namespace coppice::protocol {
namespace {

constexpr std::size_t kFrameCount = 4;  // empty, magic + major, header, body
constexpr DecodeLimits kHeaderLimits{16 << 10, 64, 64, 8 << 10, 8};
constexpr std::size_t kMaxErrorText =
    2048;  // of message and of remedy, so that a header stays small
constexpr std::size_t kMaxNameShown = 64;

std::string Preamble() {
  std::string frame(kMagic);
  frame += static_cast<char>(kWireMajor);
  return frame;
}

Error Invalid(std::string message) {
  return MakeError(ErrorCode::kInvalidArgument, std::move(message));
}

/// What both directions have in common. The header frame is left to the caller.
Result<void> CheckFrames(std::span<const std::string> frames) {
  if (frames.size() < 2 || !frames[0].empty()) {
    return Invalid("frames: expected [empty][magic + major][header][body]");
  }
  const std::string& preamble = frames[1];
  if (preamble.size() != kMagic.size() + 1 || !preamble.starts_with(kMagic)) {
    return Invalid("frames: the second frame is not the magic and one byte of version");
  }
  const auto major = static_cast<std::uint8_t>(preamble.back());
  if (major != kWireMajor) {
    return MakeError(
        ErrorCode::kUnsupportedVersion,
        fmt::format("wire version {} is not spoken here; supported: {}", major, kWireMajor),
        "use a client and a daemon of the same release");
  }
  if (frames.size() != kFrameCount) {
    return Invalid(fmt::format("frames: expected {}, got {}", kFrameCount, frames.size()));
  }
  return {};
}

/// The id alone, from a header that may be of another version or otherwise wrong: key 1 in all of
/// them.
std::string ReadIdOnly(std::span<const std::string> frames) {
  if (frames.size() < 3) return NilRequestId();
  const Result<Document> header = Document::Unpack(frames[2], kHeaderLimits);
  Bytes id;
  if (!header || header->root().Field(1).Get(id) != nullptr) return NilRequestId();
  return id.value.size() == kRequestIdBytes ? id.value : NilRequestId();
}

Result<Request> ParseChecked(std::span<const std::string> frames) {
  COPPICE_TRY(CheckFrames(frames));
  Result<RequestHeader> header = Decode<RequestHeader>(frames[2], kHeaderLimits);
  if (!header) return header.error().WithContext("header");
  if (header->id.value.size() != kRequestIdBytes) {
    return Invalid(fmt::format("header: id: expected {} bytes, got {}", kRequestIdBytes,
                               header->id.value.size()));
  }
  const std::optional<Method> method = ParseMethod(header->method);
  if (!method)
    return Invalid(fmt::format("unknown method '{}'", header->method.substr(0, kMaxNameShown)));
  return Request{std::move(*header), *method, frames[3]};
}

Error FromWire(const WireError& wire) {
  Error error;
  error.code = ParseErrorCode(wire.code).value_or(ErrorCode::kInternal);
  error.message = wire.message;
  error.remedy = wire.remedy;
  error.retryable = wire.retryable;
  error.retry_after_ms = wire.retry_after_ms;
  return error;
}

}  // namespace

std::string_view ReplyKindName(ReplyKind kind) {
  switch (kind) {
    case ReplyKind::kPart:
      return "part";
    case ReplyKind::kFinal:
      return "final";
    case ReplyKind::kError:
      return "error";
  }
  return "error";
}

std::string NewRequestId() { return RandomBytes(kRequestIdBytes); }

const std::string& NilRequestId() {
  static const std::string nil(kRequestIdBytes, '\0');
  return nil;
}

Frames BuildRequest(const RequestHeader& header, std::string body) {
  return {std::string(), Preamble(), Encode(header), std::move(body)};
}

Frames BuildReply(const std::string& id, std::uint32_t seq, ReplyKind kind, std::string body) {
  ReplyHeader header;
  header.id.value = id;
  header.seq = seq;
  header.kind = ReplyKindName(kind);
  return {std::string(), Preamble(), Encode(header), std::move(body)};
}

Frames BuildError(const std::string& id, std::uint32_t seq, const Error& error) {
  WireError wire;
  wire.code = ErrorCodeName(error.code);
  wire.message = error.message.substr(0, kMaxErrorText);
  wire.remedy = error.remedy.substr(0, kMaxErrorText);
  wire.retryable = error.retryable;
  wire.retry_after_ms = error.retry_after_ms;
  if (error.code == ErrorCode::kUnsupportedVersion) wire.wire_majors = {kWireMajor};
  ReplyHeader header;
  header.id.value = id;
  header.seq = seq;
  header.kind = ReplyKindName(ReplyKind::kError);
  header.error = std::move(wire);
  return {std::string(), Preamble(), Encode(header), Encode(Empty{})};
}

ParsedRequest ParseRequest(std::span<const std::string> frames) {
  Result<Request> request = ParseChecked(frames);
  std::string id = request ? request->header.id.value : ReadIdOnly(frames);
  return {std::move(id), std::move(request)};
}

Result<Reply> ParseReply(std::span<const std::string> frames) {
  const auto corrupt = [](Error error) {
    if (error.code != ErrorCode::kUnsupportedVersion) error.code = ErrorCode::kCorrupt;
    return error.WithContext("reply");
  };
  if (const Result<void> checked = CheckFrames(frames); !checked) return corrupt(checked.error());
  Result<ReplyHeader> header = Decode<ReplyHeader>(frames[2], kHeaderLimits);
  if (!header) return corrupt(header.error());
  Reply reply;
  reply.id = std::move(header->id.value);
  reply.seq = header->seq;
  reply.body = frames[3];
  if (header->error) reply.error = FromWire(*header->error);
  if (header->kind == ReplyKindName(ReplyKind::kPart)) {
    reply.kind = ReplyKind::kPart;
  } else if (header->kind == ReplyKindName(ReplyKind::kFinal)) {
    reply.kind = ReplyKind::kFinal;
  } else if (header->kind == ReplyKindName(ReplyKind::kError) && reply.error) {
    reply.kind = ReplyKind::kError;
  } else {
    return corrupt(Invalid(fmt::format("kind '{}'", header->kind)));
  }
  return reply;
}

}  // namespace coppice::protocol
