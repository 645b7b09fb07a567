#pragma once

#include "store/vector/code_rows.h"
#include "store/vector/vector_index.h"

namespace coppice::store {

/// Quantised codes scanned in order, the best re-scored exactly.
///
/// Place:  made by MakeFlatIndex.
/// Shape:  CodeRows; 100 k x 256 take some 80 MB.
/// Limits: a search holds no lock: it reads the rows that were published when it began.
/// Errors: as VectorIndex says. A query of zeros finds nothing.
class FlatIndex final : public VectorIndex {
 public:
  explicit FlatIndex(int dimensions) : rows_(dimensions) {}

  [[nodiscard]] std::string_view kind() const override { return "flat"; }
  [[nodiscard]] int dimensions() const override { return static_cast<int>(rows_.dimensions()); }
  [[nodiscard]] std::size_t size() const override { return rows_.size(); }
  Result<void> Append(std::span<const TextNo> texts, std::span<const float> vectors) override {
    return rows_.Append(texts, vectors);
  }
  [[nodiscard]] Result<VectorAnswer> Search(std::span<const float> query, std::size_t k,
                                            const TextFilter& filter,
                                            const Deadline& deadline) const override;

 private:
  CodeRows rows_;
};

}  // namespace coppice::store
