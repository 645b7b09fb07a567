#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/deadline.h"
#include "base/result.h"

namespace coppice::embed {

/// What identifies a model. Vectors are comparable only between equal name and revision.
struct ModelInfo {
  std::string name;         ///< "static/default"
  std::string revision;     ///< SHA-256 of the weights file, 64 small hex digits
  int dimensions = 0;       ///< floats per vector
  int max_input_bytes = 0;  ///< longer inputs are embedded by their first max_input_bytes bytes
};

/// What a text is embedded for; some models treat the two differently.
enum class Purpose : std::uint8_t { kDocument, kQuery };

/// Turns texts into vectors whose inner product says how near they are in meaning.
///
/// Place:   opened by App through embed/factory.h; called by the embed stage and by retrieval.
/// Shape:   in  n texts of any bytes;  out  float32 [n * dimensions], row-major, in the order of
/// the
///          inputs, each row of L2 norm 1 within 1e-3, or all zeros where the text holds nothing
///          the model knows. A text's vector depends on that text and the purpose alone.
/// Limits:  thread-safe; blocks for the batch: keep batches small enough for the deadline.
/// Errors:  kInvalidArgument if out.size() != n * dimensions; kDeadlineExceeded between inputs,
/// what
///          stands in `out` is then unspecified; a remote or device model also kUnavailable.
class Embedder {
 public:
  virtual ~Embedder() = default;
  Embedder() = default;
  Embedder(const Embedder&) = delete;
  Embedder& operator=(const Embedder&) = delete;

  virtual const ModelInfo& info() const = 0;

  virtual Result<void> Embed(std::span<const std::string_view> inputs, Purpose purpose,
                             std::span<float> out, const Deadline& deadline) const = 0;
};

}  // namespace coppice::embed
