#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "store/vector/code_rows.h"
#include "store/vector/vector_index.h"

namespace coppice::store {

/// Errors: kCancelled, kDeadlineExceeded: "`what` did not end in time".
Result<void> CheckDeadline(const Deadline& deadline, const char* what);

struct ScoredRow {
  float score;
  std::int32_t text;
  std::uint32_t row;
  /// Best first; the lower text number among equals.
  friend bool operator<(const ScoredRow& a, const ScoredRow& b) {
    return a.score != b.score ? a.score > b.score : a.text < b.text;
  }
};

/// The best `limit` rows of those offered.
class BestRows {
 public:
  explicit BestRows(std::size_t limit) : limit_(limit) {}

  [[nodiscard]] float floor() const { return floor_; }  // what scores less is not among the best
  void Offer(const ScoredRow& row) {
    if (row.score < floor_) return;
    rows_.push_back(row);
    if (rows_.size() >= 2 * limit_ + 64) Shrink();
  }
  /// Those kept, in no order.
  std::vector<ScoredRow>& Rows() {
    Shrink();
    return rows_;
  }

 private:
  void Shrink();

  std::size_t limit_;
  float floor_ = -std::numeric_limits<float>::infinity();
  std::vector<ScoredRow> rows_;
};

struct RowRange {
  std::size_t begin;
  std::size_t end;
};

/// How many rows to keep so that the best `k` are among them: by 1-bit codes, then by int8 codes.
/// Who wants thousands does not mind which the last of them are.
constexpr std::size_t KeptByBits(std::size_t k) {
  const std::size_t first = std::min<std::size_t>(k, 500);
  return 1000 + 6 * first + (k - first);
}
constexpr std::size_t KeptByCodes(std::size_t k) { return k + std::min<std::size_t>(k, 500) + 32; }

/// Offers the allowed rows of a range with their scores by int8 codes. Where more than
/// `kCoarseFrom` texts are allowed, 1-bit codes choose first, in blocks that have them, which rows
/// are scored at all.
///
/// Limits: `k` is how many the caller wants in the end.
/// Errors: kDeadlineExceeded, kCancelled.
inline constexpr std::size_t kCoarseFrom = 50'000;
Result<void> ScanRows(const CodeRows& rows, const CodedQuery& query, RowRange range,
                      const TextFilter& filter, std::size_t k, const Deadline& deadline,
                      BestRows& best);

/// The best `k` of them, those up to kExactRows with their exact scores.
inline constexpr std::size_t kExactRows = 1000;
std::vector<VectorHit> RankExactly(const CodeRows& rows, const CodedQuery& query, std::size_t k,
                                   BestRows& best);

/// The answer of a scan of the first `count` rows: what VectorIndex::Search promises.
Result<VectorAnswer> ScanAll(const CodeRows& rows, const CodedQuery& query, std::size_t count,
                             std::size_t k, const TextFilter& filter, const Deadline& deadline);

}  // namespace coppice::store
