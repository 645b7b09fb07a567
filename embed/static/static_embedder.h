#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "embed/embedder.h"
#include "embed/static/static_table.h"

namespace coppice::embed {

/// Embeds a text as the sum of its words' rows: cut, stem, look up, Σ log(1 + tf) · row, normalise.
///
/// Place:   made by OpenEmbedder.
/// Shape:   as Embedder; both purposes give the same vector. The zero vector if no word is known.
/// Limits:  microseconds for a question, about 20 MB/s and core for documents; no state between
/// calls. Errors:  as Embedder; never kUnavailable.
class StaticEmbedder final : public Embedder {
 public:
  static constexpr int kMaxInputBytes = 64 * 1024;

  StaticEmbedder(std::string name, StaticTable table);

  const ModelInfo& info() const override { return info_; }
  Result<void> Embed(std::span<const std::string_view> inputs, Purpose purpose,
                     std::span<float> out, const Deadline& deadline) const override;

  const StaticTable& table() const { return table_; }

 private:
  StaticTable table_;
  ModelInfo info_;
};

}  // namespace coppice::embed
