#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/mutex.h"
#include "store/vector/vector_index.h"

namespace coppice::store {

/// Quantised codes scanned in order, the best re-scored exactly.
///
/// Place:  made by MakeFlatIndex.
/// Shape:  blocks of 65,536 rows, never moved: int8 codes with a scale for each row, and the vector in half
///         precision for the exact score.
/// Limits: a search holds no lock: it reads the rows that were published when it began. Appends are
///         serialised. 100 k x 256: some 80 MB, about 1 ms a search on one core.
/// Errors: as VectorIndex says. A query of zeros finds nothing.
class FlatIndex final : public VectorIndex {
 public:
  explicit FlatIndex(int dimensions);
  ~FlatIndex() override;

  [[nodiscard]] std::string_view kind() const override { return "flat"; }
  [[nodiscard]] int dimensions() const override { return static_cast<int>(dimensions_); }
  [[nodiscard]] std::size_t size() const override { return published_.load(std::memory_order_acquire); }
  Result<void> Append(std::span<const TextNo> texts, std::span<const float> vectors) override;
  [[nodiscard]] Result<VectorAnswer> Search(std::span<const float> query, std::size_t k, const TextFilter& filter,
                                            const Deadline& deadline) const override;

 private:
  struct Block;
  struct Segment;
  struct Candidate;
  class BestRows;
  static constexpr std::size_t kSegments = 256;

  [[nodiscard]] const Block& BlockAt(std::size_t index) const;
  Block& BlockForAppend(std::size_t index) COPPICE_REQUIRES(writer_);
  bool IsNew(TextNo text) COPPICE_REQUIRES(writer_);
  void WriteRow(std::size_t row, TextNo text, std::span<const float> vector) COPPICE_REQUIRES(writer_);
  Result<void> Scan(std::span<const std::int16_t> query, std::size_t rows, const TextFilter& filter,
                    const Deadline& deadline, BestRows& best) const;
  [[nodiscard]] float ExactScore(std::size_t row, std::span<const float> query) const;

  const std::size_t dimensions_;
  const std::size_t width_;  // of a row of codes
  std::atomic<std::size_t> published_{0};
  std::array<std::atomic<Segment*>, kSegments> segments_{};
  Mutex writer_;
  std::vector<std::uint64_t> known_ COPPICE_GUARDED_BY(writer_);  // a bit for each text inside
};

}  // namespace coppice::store
