#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "embed/embedder.h"

namespace coppice::embed {

using TokenIds = std::vector<std::int32_t>;

/// What one run of a model may hold.
struct BatchLimits {
  int text_tokens = 512;    ///< longest sequence
  int batch_tokens = 2048;  ///< sum over the sequences of a run, >= text_tokens
  int batch_texts = 64;     ///< sequences of a run
};

/// A model that embeds token sequences in batches on one device.
///
/// Place:   opened by a back end (embed/llama); driven by BatchedEmbedder.
/// Shape:   Run: in  n sequences of 1..text_tokens tokens;  out  float32 [n * dimensions],
/// row-major,
///          pooled and normalised as the model's spec says.
/// Limits:  Tokenise is thread-safe; Run is called by one thread at a time and blocks for the
/// batch. Errors:  Run: kInvalidArgument beyond `limits`; kCorrupt where the model gives a number
/// that is
///          not finite (names the first row); kUnavailable: device lost; kResourceExhausted.
class TokenEmbedder {
 public:
  virtual ~TokenEmbedder() = default;
  TokenEmbedder() = default;
  TokenEmbedder(const TokenEmbedder&) = delete;
  TokenEmbedder& operator=(const TokenEmbedder&) = delete;

  virtual const ModelInfo& info() const = 0;
  virtual const BatchLimits& limits() const = 0;

  /// Prefix for the purpose, text, the model's own start and end tokens; cut to `text_tokens` with
  /// the end token kept. Control tokens written out in `text` are read as plain text. Never empty.
  virtual Result<TokenIds> Tokenise(std::string_view text, Purpose purpose) const = 0;

  virtual Result<void> Run(std::span<const TokenIds> sequences, std::span<float> out) = 0;
};

}  // namespace coppice::embed
