#include "store/vector/flat_index.h"

#include "store/vector/flat_scan.h"

namespace coppice::store {

Result<VectorAnswer> FlatIndex::Search(std::span<const float> query, std::size_t k,
                                       const TextFilter& filter, const Deadline& deadline) const {
  COPPICE_ASSIGN(const CodedQuery coded, rows_.Code(query));
  return ScanAll(rows_, coded, rows_.size(), k, filter, deadline);
}

std::unique_ptr<VectorIndex> MakeFlatIndex(int dimensions) {
  return std::make_unique<FlatIndex>(dimensions);
}

}  // namespace coppice::store
