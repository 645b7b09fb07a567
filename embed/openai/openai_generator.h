#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/http/client.h"
#include "base/json.h"
#include "embed/model_spec.h"
#include "embed/openai/connection.h"
#include "embed/openai/options.h"
#include "embed/text_generator.h"

namespace coppice::embed {

/// Writes text through a server that speaks the OpenAI protocol, streamed as server-sent events.
///
/// Place:   made by App, in a chain or alone; called by daemon/generation.
/// Shape:   on_text is called on the caller's thread. The server's own template makes a prompt of
///          the messages: whether text in them can pass for its control tokens is up to the server.
///          Where it does not count tokens, output_tokens are the pieces that came, and
///          prompt_tokens 0.
/// Limits:  as OpenAiOptions. A request is made again only while nothing of its answer came.
/// Errors:  those of OpenAiConnection and ChatStream: an answer that breaks off is kUnavailable,
///          never a short one. kInvalidArgument: no messages, an adapter, too long a prompt.
class OpenAiGenerator : public TextGenerator {
 public:
  /// Asks /models for the model. `http` must outlive it.
  /// Errors: kNotFound: no such model; those of OpenAiConnection.
  static Result<std::unique_ptr<OpenAiGenerator>> Open(http::HttpClient& http,
                                                       const OpenAiOptions& options,
                                                       const ModelSpec& spec,
                                                       const Deadline& deadline);

  const GeneratorInfo& info() const override { return info_; }
  Result<GenerateUsage> Generate(std::span<const Message> messages, const GenerateOptions& options,
                                 const OnText& on_text, const Deadline& deadline) override;
  /// An estimate by the kinds of characters, on the high side.
  Result<int> CountTokens(std::string_view text) const override;
  [[nodiscard]] ServerState state() const { return connection_->state(); }

 private:
  OpenAiGenerator(std::unique_ptr<OpenAiConnection> connection, const OpenAiOptions& options,
                  const ModelSpec& spec);

  Json MakeBody(std::span<const Message> messages, const GenerateOptions& options) const;
  Result<ServerAnswer> Ask(std::span<const Message> messages, const GenerateOptions& options,
                           const OnText& on_text, const Deadline& deadline, GenerateUsage& usage);
  bool Adapt(const Error& refusal);
  Error TooLong(std::span<const Message> messages, const Error& refusal) const;

  const std::unique_ptr<OpenAiConnection> connection_;
  const std::string model_;  // its name on the server
  GeneratorInfo info_;
  // What this server was found to refuse.
  std::atomic<bool> counts_in_stream_{true};  // takes stream_options
  std::atomic<bool> takes_max_tokens_{true};  // under its old name
};

}  // namespace coppice::embed
