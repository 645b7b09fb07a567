#include "base/http/event_stream.h"

#include <utility>

#include "base/format.h"

namespace coppice::http {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

Result<void> EventStreamParser::Feed(std::string_view piece, const OnEvent& on_event) {
  while (!piece.empty()) {
    if (std::exchange(after_cr_, false) && piece.front() == '\n') {
      piece.remove_prefix(1);
      continue;
    }
    const std::size_t end = piece.find_first_of("\r\n");
    const std::string_view text = piece.substr(0, end);
    COPPICE_TRY(CheckSize(text.size()));
    line_.append(text);
    if (end == std::string_view::npos) return {};
    after_cr_ = piece[end] == '\r';
    piece.remove_prefix(end + 1);
    COPPICE_TRY(TakeLine(on_event));
  }
  return {};
}

Result<void> EventStreamParser::CheckSize(std::size_t more) const {
  if (line_.size() + data_.size() + more <= max_event_bytes_) return {};
  Error error =
      MakeError(ErrorCode::kResourceExhausted,
                fmt::format("an event of the stream is larger than {} bytes", max_event_bytes_));
  error.retryable = false;
  return error;
}

Result<void> EventStreamParser::TakeLine(const OnEvent& on_event) {
  const std::string whole = std::exchange(line_, {});
  std::string_view line = whole;
  if (std::exchange(first_line_, false) && line.starts_with(kByteOrderMark)) {
    line.remove_prefix(kByteOrderMark.size());
  }
  if (line.empty()) {
    StreamEvent event;
    if (!type_.empty()) event.type = std::exchange(type_, {});
    event.data = std::exchange(data_, {});
    return std::exchange(has_data_, false) ? on_event(event) : Result<void>();
  }
  const std::size_t colon = line.find(':');
  if (colon == 0) return {};
  std::string_view value = colon == std::string_view::npos ? "" : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  TakeField(line.substr(0, colon), value);
  return {};
}

void EventStreamParser::TakeField(std::string_view name, std::string_view value) {
  if (name == "event") {
    type_ = value;
  } else if (name == "data") {
    if (has_data_) data_ += '\n';
    has_data_ = true;
    data_ += value;
  }
}

}  // namespace coppice::http
