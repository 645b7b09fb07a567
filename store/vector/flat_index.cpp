#include "store/vector/flat_index.h"

#include <algorithm>

#include "base/format.h"
#include "store/vector/flat_scan.h"

namespace coppice::store {

Result<VectorAnswer> FlatIndex::Search(std::span<const float> query, std::size_t k,
                                       const TextFilter& filter, const Deadline& deadline) const {
  COPPICE_ASSIGN(const CodedQuery coded, rows_.Code(query));
  const std::size_t count = rows_.size();
  k = std::min(k, count);
  VectorAnswer answer;
  answer.plan = fmt::format("flat: {} of {} texts", std::min(filter.Count(), count), count);
  if (k == 0 || coded.zero()) return answer;
  BestRows best(std::min(count, KeptByCodes(k)));
  COPPICE_TRY(ScanRows(rows_, coded, {0, count}, filter, k, deadline, best));
  answer.hits = RankExactly(rows_, coded, k, best);
  return answer;
}

std::unique_ptr<VectorIndex> MakeFlatIndex(int dimensions) {
  return std::make_unique<FlatIndex>(dimensions);
}

}  // namespace coppice::store
