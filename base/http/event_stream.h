#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace coppice::http {

/// One event of a text/event-stream.
struct StreamEvent {
  std::string type = "message";
  std::string data;  // lines joined by '\n'
};

/// Cuts the bytes of a text/event-stream into events, wherever the pieces were cut.
///
/// Place:   between HttpClient::Stream and what reads the events; no threads, no I/O.
/// Shape:   lines end with CR, LF or CR LF; a byte order mark at the start, comments, and the
///          fields that tell a browser how to connect again (id, retry) are passed over. What comes
///          after the last blank line is no event: a cut stream never gives half of one.
/// Limits:  an event of more than `max_event_bytes` ends the stream.
/// Errors:  kResourceExhausted, not to be retried, for such an event; the callback's own.
/// Source:  the HTML standard, "Server-sent events", parsing an event stream.
class EventStreamParser {
 public:
  using OnEvent = std::function<Result<void>(const StreamEvent& event)>;

  explicit EventStreamParser(std::size_t max_event_bytes = std::size_t{1} << 20U)
      : max_event_bytes_(max_event_bytes) {}

  /// Takes the next piece; calls back for each event that ends in it. Not to be used after an
  /// error.
  Result<void> Feed(std::string_view piece, const OnEvent& on_event);

 private:
  Result<void> TakeLine(const OnEvent& on_event);
  void TakeField(std::string_view name, std::string_view value);
  Result<void> CheckSize(std::size_t more) const;

  const std::size_t max_event_bytes_;
  bool first_line_ = true;
  bool after_cr_ = false;  // an LF that comes next belongs to it
  std::string line_;
  std::string type_;
  std::string data_;
  bool has_data_ = false;
};

}  // namespace coppice::http
