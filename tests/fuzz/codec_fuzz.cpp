// Whatever the bytes are: decoding ends, within its memory, and what decodes can be encoded and
// decoded again.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "protocol/codec.h"
#include "protocol/frames.h"
#include "protocol/messages.h"

namespace {

using namespace coppice::protocol;  // NOLINT: a program of one file

template <class T>
void Try(std::string_view bytes) {
  const auto message = Decode<T>(bytes);
  if (!message) return;
  const std::string encoded = Encode(*message);
  const auto again = Decode<T>(encoded, kReplyLimits);
  COPPICE_CHECK(again.has_value(), again.error().ToString());
  COPPICE_CHECK(Encode(*again) == encoded, "encoding is stable");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  Try<SearchRequest>(bytes);
  Try<SearchReply>(bytes);
  Try<StatusReply>(bytes);
  Try<FilesPart>(bytes);
  const Frames frames = {"", std::string(kMagic) + static_cast<char>(kWireMajor), bytes, bytes};
  static_cast<void>(ParseRequest(frames));
  static_cast<void>(ParseReply(frames));
  return 0;
}
