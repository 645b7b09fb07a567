#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "store/model.h"
#include "store/vector/bit_codes.h"

namespace coppice::store {

/// A query as the kernels read it.
struct CodedQuery {
  std::vector<float> values;        // padded with zeros to the width
  std::vector<std::int16_t> codes;  // likewise; value = code * scale
  float scale = 0;
  [[nodiscard]] bool zero() const { return codes.empty(); }
};

/// Vectors in order of arrival: what every index in memory scores against.
///
/// Place:  inside an index; shared by its parts.
/// Shape:  blocks of kBlockRows rows that never move: text number, int8 codes with a scale, the
/// vector in half
///         precision; a slice of kSliceRows that is full has 1-bit codes too. Rows are padded to a
///         multiple of kCodeAlignment.
/// Limits: appends are serialised; readers take no lock and see the rows published before they
/// began. Errors: Append: kInvalidArgument (shape, not finite, negative number),
/// kResourceExhausted.
class CodeRows {
 public:
  static constexpr std::size_t kBlockRows = 65'536;
  static constexpr std::size_t kSliceRows = 8'192;  // share 1-bit codes

  struct Block {
    Block(std::size_t width, std::uint32_t base);

    std::uint32_t first_row;
    std::unique_ptr<std::int32_t[]> texts;
    std::unique_ptr<float[]> scales;  // 0: a zero vector
    std::unique_ptr<std::int8_t[]> codes;
    std::unique_ptr<std::uint16_t[]> halves;
    std::array<std::atomic<const BitCodes*>, kBlockRows / kSliceRows> bits{};  // by slice
  };

  explicit CodeRows(int dimensions);
  ~CodeRows();
  CodeRows(const CodeRows&) = delete;
  CodeRows& operator=(const CodeRows&) = delete;

  [[nodiscard]] std::size_t dimensions() const { return dimensions_; }
  [[nodiscard]] std::size_t width() const { return width_; }
  /// What `count` rows take.
  [[nodiscard]] std::uint64_t MemoryBytes(std::size_t count) const {
    const std::size_t codes = width_ / 8 + width_ + 2 * width_;  // 1 bit, int8, half precision
    return std::uint64_t{count} * (codes + sizeof(float) + sizeof(std::int32_t));
  }
  [[nodiscard]] std::size_t size() const { return published_.load(std::memory_order_acquire); }

  Result<void> Append(std::span<const TextNo> texts, std::span<const float> vectors);

  /// Errors: kInvalidArgument (shape, not finite). A query of zeros is `zero()`.
  [[nodiscard]] Result<CodedQuery> Code(std::span<const float> query) const;

  /// The block that holds rows [index * kBlockRows, …).
  [[nodiscard]] const Block& BlockAt(std::size_t index) const;
  [[nodiscard]] std::int32_t TextAt(std::uint32_t row) const {
    return BlockAt(row / kBlockRows).texts[row % kBlockRows];
  }
  [[nodiscard]] bool IsZero(std::uint32_t row) const {
    return BlockAt(row / kBlockRows).scales[row % kBlockRows] == 0;
  }
  void Prefetch(std::uint32_t row) const {
    const char* codes =
        reinterpret_cast<const char*>(&BlockAt(row / kBlockRows).codes[row % kBlockRows * width_]);
    for (std::size_t i = 0; i < width_; i += 64) __builtin_prefetch(codes + i);
  }
  /// Cosines by the int8 codes.
  void CodeScores(const CodedQuery& query, std::span<const std::uint32_t> rows, float* out) const;
  /// Cosines by the vectors in half precision, in [-1, 1].
  void ExactScores(const CodedQuery& query, std::span<const std::uint32_t> rows, float* out) const;
  /// The vector of a row, `dimensions()` floats.
  void Read(std::uint32_t row, float* out) const;

 private:
  struct Segment;
  static constexpr std::size_t kBlocksInSegment = 128;
  static constexpr std::size_t kSegments = 256;

  Block& BlockForAppend(std::size_t index) COPPICE_REQUIRES(writer_);
  bool IsNew(TextNo text) COPPICE_REQUIRES(writer_);
  void Write(std::size_t row, TextNo text, std::span<const float> vector) COPPICE_REQUIRES(writer_);
  void AddBits(Block& block, std::size_t slice) const;

  const std::size_t dimensions_;
  const std::size_t width_;
  std::atomic<std::size_t> published_{0};
  std::array<std::atomic<Segment*>, kSegments> segments_{};
  Mutex writer_;
  std::vector<std::uint64_t> known_ COPPICE_GUARDED_BY(writer_);  // a bit for each text inside
};

}  // namespace coppice::store
