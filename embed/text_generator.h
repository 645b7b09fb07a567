#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/deadline.h"
#include "base/result.h"

namespace coppice::embed {

enum class Role : std::uint8_t { kSystem, kUser, kAssistant };

/// One turn of a conversation. `text` is data: nothing in it is read as a control token.
struct Message {
  Role role = Role::kUser;
  std::string text;
};

struct GenerateOptions {
  int max_output_tokens = 512;
  double temperature = 0;  // 0 = the likeliest token each time
  double top_p = 1;
  std::uint32_t seed = 0;
  std::string adapter;  // a LoRA adapter that the model was opened with; "" = none
};

enum class StopReason : std::uint8_t { kEnd, kLength };  // the model's own end, or the token limit

struct GenerateUsage {
  int prompt_tokens = 0;
  int output_tokens = 0;
  StopReason stop = StopReason::kEnd;
};

struct GeneratorInfo {
  std::string name;        ///< "local/smollm2-135m-instruct"
  std::string revision;    ///< SHA-256 of the weights; of a server's model what it says of itself
  int context_tokens = 0;  ///< prompt and answer together
};

/// Writes text after a conversation, piece by piece.
///
/// Place:   opened by App; called by daemon/generation only.
/// Shape:   `on_text` gets the bytes as they come, a piece may end in the middle of a character. It
///          is called on the caller's thread or on one of the generator's, never on two at once;
///          when it returns an error, generation stops and Generate returns that error.
/// Limits:  thread-safe; calls beyond what the back end runs side by side wait their turn, within
///          the deadline. The deadline is looked at before every token.
/// Errors:  kInvalidArgument: no messages, an unknown adapter, a prompt longer than the context
///          (names both lengths); kDeadlineExceeded, kCancelled; kUnavailable: device lost, server
///          away; kResourceExhausted: no memory, the server's limit; kUnsupported.
class TextGenerator {
 public:
  using OnText = std::function<Result<void>(std::string_view bytes)>;

  virtual ~TextGenerator() = default;
  TextGenerator() = default;
  TextGenerator(const TextGenerator&) = delete;
  TextGenerator& operator=(const TextGenerator&) = delete;

  virtual const GeneratorInfo& info() const = 0;

  virtual Result<GenerateUsage> Generate(std::span<const Message> messages,
                                         const GenerateOptions& options, const OnText& on_text,
                                         const Deadline& deadline) = 0;

  /// Tokens that `text` takes in a prompt; an estimate, never too low by more than a tenth, where
  /// the model's own vocabulary is not at hand.
  virtual Result<int> CountTokens(std::string_view text) const = 0;
};

}  // namespace coppice::embed
