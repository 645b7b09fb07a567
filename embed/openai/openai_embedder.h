#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/http/client.h"
#include "embed/embedder.h"
#include "embed/model_spec.h"
#include "embed/openai/connection.h"
#include "embed/openai/options.h"

namespace coppice::embed {

/// What `status` says of an embedding model behind a server.
struct OpenAiEmbedderState {
  ServerState connection;
  int context_tokens = 0;              // that the server was found to read
  std::uint64_t shortened_inputs = 0;  // had too many tokens: embedded by a part of them
  std::uint64_t refused_inputs = 0;    // the server takes all texts but these: no vector
};

/// Embeds through a server that speaks the OpenAI protocol.
///
/// Place:   made by App, in a chain or alone; called by the embed stage and by retrieval.
/// Shape:   prefixes are put before texts here, vectors are brought to length one here. A text of
///          white space alone has the zero vector and is not sent; so has a document that the
///          server refuses while it takes others (logged once, counted), a query gives an error.
///          The revision is the specification's SHA-256, or else that of what /models says.
/// Limits:  as OpenAiOptions; texts that have too many tokens all the same are made shorter until
///          the server takes them. One request at a time for each call.
/// Errors:  those of OpenAiConnection; kCorrupt for an answer that is not what was asked for:
///          nothing of it is used.
class OpenAiEmbedder : public Embedder {
 public:
  /// Asks /models, embeds a short text for the number of dimensions, then finds out whether the
  /// server silently reads only the beginning of long texts: where `spec.context_tokens` says how
  /// long they may be, such a server is refused; else texts are cut where it was found to stop.
  /// `http` must outlive it.
  ///
  /// Errors: kConflict: other dimensions than `spec` says, or texts cut short; kNotFound: no such
  ///         model; those of OpenAiConnection.
  static Result<std::unique_ptr<OpenAiEmbedder>> Open(http::HttpClient& http,
                                                      const OpenAiOptions& options,
                                                      const ModelSpec& spec,
                                                      const Deadline& deadline);

  const ModelInfo& info() const override { return info_; }
  Result<void> Embed(std::span<const std::string_view> inputs, Purpose purpose,
                     std::span<float> out, const Deadline& deadline) const override;
  [[nodiscard]] OpenAiEmbedderState state() const;

 private:
  /// A text as it is sent, and the row its vector belongs to.
  struct Item {
    std::string text;
    std::size_t row = 0;
  };

  OpenAiEmbedder(std::unique_ptr<OpenAiConnection> connection, const OpenAiOptions& options,
                 const ModelSpec& spec);

  Result<void> ProbeDimensions(const Deadline& deadline);
  Result<void> ProbeContext(int believed, const Deadline& deadline);
  Result<bool> ReadsToTheEnd(int tokens, const Deadline& deadline) const;
  Error ReadsTooLittle(int believed) const;

  Item MakeItem(std::string_view input, Purpose purpose, std::size_t row) const;
  Result<ServerAnswer> Ask(std::span<const Item> items, const Deadline& deadline) const;
  Result<void> EmbedBatch(std::span<const Item> items, Purpose purpose, std::span<float> out,
                          const Deadline& deadline) const;
  Result<void> Bisect(std::span<const Item> items, const ServerAnswer& refused, Purpose purpose,
                      std::span<float> out, const Deadline& deadline) const;
  Result<void> EmbedAlone(Item item, ServerAnswer refused, Purpose purpose, std::span<float> out,
                          const Deadline& deadline) const;
  Result<void> Take(const ServerAnswer& answer, std::span<const Item> items,
                    std::span<float> out) const;
  Result<void> CheckControl(const Error& refusal, const Deadline& deadline) const;

  const std::unique_ptr<OpenAiConnection> connection_;
  const OpenAiOptions options_;
  const ModelSpec spec_;
  const std::string model_;  // its name on the server
  ModelInfo info_;
  int context_tokens_ = 0;
  mutable std::atomic<std::uint64_t> shortened_{0};
  mutable std::atomic<std::uint64_t> refused_{0};
};

}  // namespace coppice::embed
