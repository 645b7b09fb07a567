#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/language.h"
#include "base/result.h"
#include "store/model.h"

// What a parser process and the daemon say to each other. Both come from one build; a process that
// greets with another version is not used.
namespace coppice::indexer {

/// Version of the frames below. Bumped with every change of their bytes.
///   1  first frames
///   2  the greeting says what is missing of the sandbox
///   3  requests are numbered, and sent without waiting for the answers before
inline constexpr std::uint32_t kWorkerProtocol = 3;

/// A frame is 4 bytes "CPW1", 4 bytes length of the payload, the payload; all numbers
/// little-endian.
inline constexpr std::size_t kFrameHeaderBytes = 8;
/// A request holds one blob, an answer its facts. Each is answered by itself, in the order they
/// came in and before the next is begun: so the first one without an answer is the one in work.
inline constexpr std::size_t kMaxFrameBytes = std::size_t{64} << 20U;

/// The frame around a payload.
std::string MakeFrame(std::string_view payload);
/// Length of the payload that follows a header of kFrameHeaderBytes.
/// Errors: kCorrupt for another magic or a length above kMaxFrameBytes.
Result<std::size_t> PayloadLength(std::string_view header);

/// The first frame of a process: its versions and how it is confined.
struct Greeting {
  std::uint32_t protocol = kWorkerProtocol;
  std::int32_t extractor = 0;
  std::string unconfined;  // what is missing of the sandbox and why; "" = nothing
};
std::string EncodeGreeting(const Greeting& greeting);
/// Of another protocol only its number.
Result<Greeting> DecodeGreeting(std::string_view payload);

/// Parse this.
struct ParseRequest {
  std::uint32_t number = 0;
  Language language = Language::kUnknown;
  std::string_view bytes;  // of the payload, or of the caller's blob
};
std::string EncodeRequest(const ParseRequest& request);
Result<ParseRequest> DecodeRequest(std::string_view payload);

/// The answer to request `number`.
std::string EncodeFacts(std::uint32_t number, const store::BlobFacts& facts);
/// Facts of the blob of request `number`, of `size_bytes` bytes. What is not plausible for such a
/// blob is refused: the process that made it read hostile bytes. Errors: kCorrupt.
Result<store::BlobFacts> DecodeFacts(std::string_view payload, std::uint32_t number,
                                     std::size_t size_bytes);

}  // namespace coppice::indexer
