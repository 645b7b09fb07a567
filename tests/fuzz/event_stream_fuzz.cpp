// Whatever the bytes are and wherever they are cut: the events are those of the whole, and an event
// stays within its limit.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/http/event_stream.h"

namespace {

using coppice::Result;
using coppice::http::EventStreamParser;
using coppice::http::StreamEvent;

constexpr std::size_t kLimit = 256;

std::vector<std::string> Events(std::string_view bytes, std::size_t step) {
  EventStreamParser parser(kLimit);
  std::vector<std::string> events;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    const auto fed =
        parser.Feed(bytes.substr(at, step), [&](const StreamEvent& event) -> Result<void> {
          COPPICE_CHECK(event.data.size() <= kLimit + 64, "an event within its limit");
          events.push_back(event.type + "|" + event.data);
          return {};
        });
    if (!fed) break;
  }
  return events;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const auto whole = Events(bytes, bytes.size() + 1);
  for (const std::size_t step : {std::size_t{1}, std::size_t{3}, std::size_t{7}}) {
    COPPICE_CHECK(Events(bytes, step) == whole, "the same events wherever it is cut");
  }
  return 0;
}
