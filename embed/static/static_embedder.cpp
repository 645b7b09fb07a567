#include "embed/static/static_embedder.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/format.h"
#include "base/text/stem.h"

namespace coppice::embed {
namespace {

/// What one call works with: the memory is used again for each of its inputs.
class Bag {
 public:
  explicit Bag(const StaticTable& table) : table_(table) {}

  /// Writes the vector of `input` to `out`.
  void Embed(std::string_view input, std::span<float> out) {
    rows_.clear();
    text::ForEachStem(input, stemmer_, [this](std::string_view stem) {
      if (const auto row = table_.Find(stem)) rows_.push_back(*row);
    });
    std::sort(rows_.begin(), rows_.end());
    std::fill(out.begin(), out.end(), 0.0F);
    for (auto first = rows_.begin(); first != rows_.end();) {
      const auto last = std::upper_bound(first, rows_.end(), *first);
      const auto count = static_cast<float>(last - first);
      AddRow(std::log1p(count) * table_.scale(*first), table_.row(*first), out);
      first = last;
    }
    Normalise(out);
  }

 private:
  static void AddRow(float weight, std::span<const std::int8_t> row, std::span<float> out) {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] += weight * static_cast<float>(row[i]);
  }

  static void Normalise(std::span<float> out) {
    double squares = 0;
    for (const float value : out) squares += static_cast<double>(value) * value;
    if (squares <= 0) return;
    const auto factor = static_cast<float>(1.0 / std::sqrt(squares));
    for (float& value : out) value *= factor;
  }

  const StaticTable& table_;
  text::Stemmer stemmer_;
  std::vector<std::uint32_t> rows_;
};

}  // namespace

StaticEmbedder::StaticEmbedder(std::string name, StaticTable table)
    : table_(std::move(table)),
      info_{std::move(name), table_.revision(), static_cast<int>(table_.dimensions()),
            kMaxInputBytes} {}

Result<void> StaticEmbedder::Embed(std::span<const std::string_view> inputs, Purpose /*purpose*/,
                                   std::span<float> out, const Deadline& deadline) const {
  const std::size_t dimensions = table_.dimensions();
  if (out.size() != inputs.size() * dimensions) {
    return MakeError(ErrorCode::kInvalidArgument,
                     fmt::format("{}: {} inputs need {} floats, got {}", info_.name, inputs.size(),
                                 inputs.size() * dimensions, out.size()));
  }
  Bag bag(table_);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (deadline.expired()) {
      const auto code = deadline.cancelled() ? ErrorCode::kCancelled : ErrorCode::kDeadlineExceeded;
      return MakeError(
          code, fmt::format("{}: {} of {} texts embedded in time", info_.name, i, inputs.size()));
    }
    bag.Embed(inputs[i].substr(0, kMaxInputBytes), out.subspan(i * dimensions, dimensions));
  }
  return {};
}

}  // namespace coppice::embed
