#include "store/vector/flat_scan.h"

#include <algorithm>
#include <array>

#include "base/format.h"
#include "store/vector/kernels.h"

namespace coppice::store {
namespace {

constexpr std::size_t kBatchRows = 256;          // handed to a kernel at once
constexpr std::size_t kRowsPerDeadline = 16384;  // scanned between two looks at the clock

/// One scan over blocks: those of 1-bit codes into `coarse`, the others by int8 codes into `best`.
class Scan {
 public:
  Scan(const CodeRows& rows, const CodedQuery& query, const TextFilter& filter, BestRows& best)
      : rows_(rows), query_(query), filter_(filter), best_(best), bits_(query.values) {}

  void ByCodes(const CodeRows::Block& block, std::size_t begin, std::size_t end) {
    std::array<std::uint32_t, kBatchRows> batch{};
    std::array<std::int32_t, kBatchRows> dots{};
    for (auto row = static_cast<std::uint32_t>(begin); row < end;) {
      std::size_t count = 0;
      for (; row < end && count < kBatchRows; ++row) {
        batch[count] = row;
        count += filter_.Contains(TextNo(block.texts[row])) && block.scales[row] > 0 ? 1U : 0U;
      }
      DotRows(block.codes.get(), rows_.width(), std::span(batch).first(count), query_.codes.data(),
              dots.data());
      for (std::size_t i = 0; i < count; ++i) {
        const std::uint32_t at = batch[i];
        const float score = static_cast<float>(dots[i]) * block.scales[at] * query_.scale;
        if (score >= best_.floor()) best_.Offer({score, block.texts[at], block.first_row + at});
      }
    }
  }

  void ByBits(const CodeRows::Block& block, const BitCodes& codes, std::size_t begin,
              std::size_t end, BestRows& coarse) {
    std::array<float, kBatchRows> estimates{};
    const float mean_score = codes.MeanScore(query_.values);
    for (std::size_t first = begin; first < end; first += kBatchRows) {
      const std::size_t count = std::min(kBatchRows, end - first);
      codes.Estimate(bits_, mean_score, first, count, estimates.data());
      for (std::size_t i = 0; i < count; ++i) {
        if (estimates[i] < coarse.floor()) continue;
        const auto at = static_cast<std::uint32_t>(first + i);
        if (!filter_.Contains(TextNo(block.texts[at])) || block.scales[at] == 0) continue;
        coarse.Offer({estimates[i], block.texts[at], block.first_row + at});
      }
    }
  }

 private:
  const CodeRows& rows_;
  const CodedQuery& query_;
  const TextFilter& filter_;
  BestRows& best_;
  BitQuery bits_;
};

}  // namespace

Result<void> CheckDeadline(const Deadline& deadline, const char* what) {
  if (!deadline.expired()) return {};
  const auto code = deadline.cancelled() ? ErrorCode::kCancelled : ErrorCode::kDeadlineExceeded;
  return MakeError(code, fmt::format("{} did not end in time", what));
}

void BestRows::Shrink() {
  if (rows_.size() <= limit_) return;
  const auto end = rows_.begin() + static_cast<std::ptrdiff_t>(limit_);
  std::nth_element(rows_.begin(), end, rows_.end());
  rows_.erase(end, rows_.end());
  if (limit_ > 0) floor_ = std::max_element(rows_.begin(), rows_.end())->score;  // the worst kept
}

Result<void> ScanRows(const CodeRows& rows, const CodedQuery& query, RowRange range,
                      const TextFilter& filter, std::size_t k, const Deadline& deadline,
                      BestRows& best) {
  BestRows coarse(KeptByBits(k));
  const bool use_bits = filter.Count() > kCoarseFrom;
  Scan scan(rows, query, filter, best);
  for (std::size_t first = range.begin; first < range.end;) {
    COPPICE_TRY(CheckDeadline(deadline, "vector search"));
    const CodeRows::Block& block = rows.BlockAt(first / CodeRows::kBlockRows);
    const std::size_t begin = first % CodeRows::kBlockRows;
    const std::size_t step =
        std::min(range.end - first, kRowsPerDeadline - begin % kRowsPerDeadline);
    const BitCodes* codes =
        use_bits && begin % BitCodes::kGroup == 0 && step % BitCodes::kGroup == 0
            ? block.bits.load(std::memory_order_acquire)
            : nullptr;
    if (codes != nullptr) {
      scan.ByBits(block, *codes, begin, begin + step, coarse);
    } else {
      scan.ByCodes(block, begin, begin + step);
    }
    first += step;
  }
  std::vector<std::uint32_t> chosen;
  for (const ScoredRow& row : coarse.Rows()) chosen.push_back(row.row);
  std::sort(chosen.begin(), chosen.end());
  std::vector<float> scores(chosen.size());
  rows.CodeScores(query, chosen, scores.data());
  for (std::size_t i = 0; i < chosen.size(); ++i)
    best.Offer({scores[i], rows.TextAt(chosen[i]), chosen[i]});
  return {};
}

std::vector<VectorHit> RankExactly(const CodeRows& rows, const CodedQuery& query, std::size_t k,
                                   BestRows& best) {
  std::vector<ScoredRow>& found = best.Rows();
  const std::size_t exact = std::min(found.size(), kExactRows);
  std::nth_element(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(exact), found.end());
  std::vector<std::uint32_t> numbers;
  for (std::size_t i = 0; i < exact; ++i) numbers.push_back(found[i].row);
  std::vector<float> scores(exact);
  rows.ExactScores(query, numbers, scores.data());
  for (std::size_t i = 0; i < exact; ++i) found[i].score = scores[i];
  const std::size_t count = std::min(k, found.size());
  std::partial_sort(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(count), found.end());
  std::vector<VectorHit> hits;
  hits.reserve(count);
  for (std::size_t i = 0; i < count; ++i) hits.push_back({TextNo(found[i].text), found[i].score});
  return hits;
}

Result<VectorAnswer> ScanAll(const CodeRows& rows, const CodedQuery& query, std::size_t count,
                             std::size_t k, const TextFilter& filter, const Deadline& deadline) {
  k = std::min(k, count);
  VectorAnswer answer;
  answer.plan = fmt::format("flat: {} of {} texts", std::min(filter.Count(), count), count);
  if (k == 0 || query.zero()) return answer;
  BestRows best(std::min(count, KeptByCodes(k)));
  COPPICE_TRY(ScanRows(rows, query, {0, count}, filter, k, deadline, best));
  answer.hits = RankExactly(rows, query, k, best);
  return answer;
}

}  // namespace coppice::store
