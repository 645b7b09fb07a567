#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "embed/openai/api_key.h"
#include "embed/text_generator.h"

namespace coppice::embed {

/// Reads the events of a streamed chat completion, or a whole one where a server does not stream.
///
/// Place:   one for each answer, in OpenAiGenerator; no threads, no I/O.
/// Shape:   text goes on as it comes; reasoning, further choices and fields that are not known are
///          passed over. An answer is whole when it gave a finish_reason: [DONE] alone is not
///          enough, and need not come.
/// Limits:  a server that goes on beyond `max_output_tokens` pieces is cut off there, as if it had
///          kept to the limit.
/// Errors:  kCorrupt for what is no completion; those of ErrorOfObject for an error within the
///          stream; kPermissionDenied for an answer that the server's filter withheld; kUnsupported
///          for a tool call; kUnavailable, retryable, where the answer broke off.
class ChatStream {
 public:
  ChatStream(int max_output_tokens, std::string server, const ApiKey& key);

  /// One event's data. True when the answer is whole and no more is wanted.
  Result<bool> TakeEvent(std::string_view data, const TextGenerator::OnText& on_text);
  /// An answer that came as one JSON object.
  Result<void> TakeWhole(std::string_view body, const TextGenerator::OnText& on_text);
  /// After the last event. Errors: kUnavailable where the model's own end is missing.
  Result<GenerateUsage> Finish() const;

  [[nodiscard]] std::size_t text_bytes() const { return text_bytes_; }

 private:
  Result<void> TakeChoice(const Json& choice, const char* holder,
                          const TextGenerator::OnText& on_text);
  Result<void> TakeFinish(const std::string& reason);
  void TakeUsage(const Json& usage);

  const int max_output_tokens_;
  const std::string server_;
  const ApiKey& key_;
  GenerateUsage usage_;
  int pieces_ = 0;
  std::size_t text_bytes_ = 0;
  bool finished_ = false;
};

}  // namespace coppice::embed
