#include "embed/openai/chat_stream.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/format.h"
#include "embed/openai/server_json.h"

namespace coppice::embed {
namespace {

int Count(const Json& usage, const char* name) {
  const Json& value = Member(usage, name);
  if (!value.is_number_integer()) return 0;
  return static_cast<int>(std::clamp<std::int64_t>(value.get<std::int64_t>(), 0, 1 << 30));
}

}  // namespace

ChatStream::ChatStream(int max_output_tokens, std::string server, const ApiKey& key)
    : max_output_tokens_(max_output_tokens), server_(std::move(server)), key_(key) {}

Result<bool> ChatStream::TakeEvent(std::string_view data, const TextGenerator::OnText& on_text) {
  if (data == "[DONE]") return true;
  COPPICE_ASSIGN(const Json event, ReadJson(data, server_));
  if (!Member(event, "error").is_null()) return ErrorOfObject(event, server_, key_);
  TakeUsage(Member(event, "usage"));
  const Json& choices = Member(event, "choices");
  if (!choices.is_array()) {
    return MakeError(ErrorCode::kCorrupt,
                     fmt::format("{}: an event of the stream has no choices", server_));
  }
  for (const Json& choice : choices) COPPICE_TRY(TakeChoice(choice, "delta", on_text));
  if (finished_ || pieces_ < max_output_tokens_) return false;
  // The last token was allowed, and the model's end may be what comes next: one piece more is not.
  if (pieces_ == max_output_tokens_) return false;
  usage_.stop = StopReason::kLength;
  finished_ = true;
  return true;
}

Result<void> ChatStream::TakeWhole(std::string_view body, const TextGenerator::OnText& on_text) {
  COPPICE_ASSIGN(const Json answer, ReadJson(body, server_));
  if (!Member(answer, "error").is_null()) return ErrorOfObject(answer, server_, key_);
  TakeUsage(Member(answer, "usage"));
  const Json& choices = Member(answer, "choices");
  if (!choices.is_array() || choices.empty()) {
    return MakeError(ErrorCode::kCorrupt, fmt::format("{}: the answer has no choices", server_));
  }
  return TakeChoice(choices.front(), "message", on_text);
}

Result<void> ChatStream::TakeChoice(const Json& choice, const char* holder,
                                    const TextGenerator::OnText& on_text) {
  const Json& index = Member(choice, "index");
  if (index.is_number_integer() && index.get<std::int64_t>() != 0) return {};
  const Json& content = Member(Member(choice, holder), "content");
  if (content.is_string() && !content.get_ref<const std::string&>().empty()) {
    if (++pieces_ <= max_output_tokens_) {
      const auto& text = content.get_ref<const std::string&>();
      text_bytes_ += text.size();
      COPPICE_TRY(on_text(text));
    }
  }
  const Json& reason = Member(choice, "finish_reason");
  return reason.is_string() ? TakeFinish(reason.get<std::string>()) : Result<void>();
}

Result<void> ChatStream::TakeFinish(const std::string& reason) {
  if (reason == "content_filter") {
    return MakeError(ErrorCode::kPermissionDenied,
                     fmt::format("{}: the server's filter withheld the answer", server_));
  }
  if (reason == "tool_calls" || reason == "function_call") {
    return MakeError(ErrorCode::kUnsupported,
                     fmt::format("{}: the model called a tool, and it was given none", server_));
  }
  finished_ = true;
  usage_.stop = reason == "length" ? StopReason::kLength : StopReason::kEnd;
  return {};
}

void ChatStream::TakeUsage(const Json& usage) {
  if (!usage.is_object()) return;
  usage_.prompt_tokens = Count(usage, "prompt_tokens");
  usage_.output_tokens = Count(usage, "completion_tokens");
}

Result<GenerateUsage> ChatStream::Finish() const {
  if (!finished_) {
    return MakeError(ErrorCode::kUnavailable,
                     fmt::format("{}: the answer broke off after {} bytes", server_, text_bytes_));
  }
  GenerateUsage usage = usage_;
  if (usage.output_tokens == 0) usage.output_tokens = std::min(pieces_, max_output_tokens_);
  return usage;
}

}  // namespace coppice::embed
