#include "store/vector/flat_scan.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/format.h"
#include "store/vector/kernels.h"

namespace coppice::store {
namespace {

constexpr std::size_t kBatchRows = 256;     // handed to a kernel at once
constexpr std::size_t kSampledRows = 8192;  // from which it is guessed how many estimates are good

static_assert(CodeRows::kSliceRows % kBatchRows == 0);

/// The slice of a block that has 1-bit codes.
struct CodedSlice {
  const CodeRows::Block* block;
  const BitCodes* bits;
  std::size_t begin;  // in the block
};

/// One scan: rows without 1-bit codes at once, the others in the end.
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
        count += Allows(block, row) ? 1U : 0U;
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

  void AddSlice(const CodedSlice& slice) { slices_.push_back(slice); }

  /// Scores by codes at least the best `limit` rows of the slices by their estimates. How good
  /// these are is guessed from a sample; a guess too high is lowered.
  Result<void> ByBits(std::size_t limit, const Deadline& deadline) {
    std::vector<float> sample = Sample();
    const std::size_t rows = slices_.size() * CodeRows::kSliceRows;
    const double share = static_cast<double>(limit) / static_cast<double>(rows);
    const double expected = share * static_cast<double>(sampled_);
    auto wanted = static_cast<std::size_t>(expected + 2 * std::sqrt(expected)) + 1;
    do {
      const float floor = AtRank(sample, wanted);
      COPPICE_TRY(Choose(floor, deadline));
      wanted = floor == kNoFloor ? 0 : wanted * 4;
    } while (wanted > 0 && chosen_.size() < limit);
    if (chosen_.size() > 2 * limit) {  // many alike
      const auto end = chosen_.begin() + static_cast<std::ptrdiff_t>(limit);
      std::nth_element(chosen_.begin(), end, chosen_.end(), [](const auto& a, const auto& b) {
        return a.first != b.first ? a.first > b.first : a.second < b.second;
      });
      chosen_.erase(end, chosen_.end());
      std::sort(chosen_.begin(), chosen_.end(),
                [](const auto& a, const auto& b) { return a.second < b.second; });
    }
    ScoreChosen();
    return {};
  }

 private:
  static constexpr float kNoFloor = -std::numeric_limits<float>::infinity();

  /// The estimate with so many better ones in the sample; kNoFloor where there are not as many.
  static float AtRank(std::vector<float>& sample, std::size_t rank) {
    if (rank >= sample.size()) return kNoFloor;
    const auto at = sample.begin() + static_cast<std::ptrdiff_t>(rank);
    std::nth_element(sample.begin(), at, sample.end(), std::greater<>());
    return *at;
  }
  [[nodiscard]] bool Allows(const CodeRows::Block& block, std::size_t row) const {
    return filter_.Contains(TextNo(block.texts[row])) && block.scales[row] > 0;
  }

  /// Estimates of the allowed rows among every n-th group of eight.
  std::vector<float> Sample() {
    std::vector<float> sample;
    const std::size_t step =
        std::max<std::size_t>(slices_.size() * CodeRows::kSliceRows / kSampledRows, 1) *
        BitCodes::kGroup;
    std::array<float, BitCodes::kGroup> estimates{};
    for (const CodedSlice& slice : slices_) {
      const float mean_score = slice.bits->MeanScore(query_.values);
      for (std::size_t at = 0; at < CodeRows::kSliceRows; at += step) {
        slice.bits->Estimate(bits_, mean_score, at, BitCodes::kGroup, estimates.data());
        sampled_ += BitCodes::kGroup;
        for (std::size_t i = 0; i < BitCodes::kGroup; ++i) {
          if (Allows(*slice.block, slice.begin + at + i)) sample.push_back(estimates[i]);
        }
      }
    }
    return sample;
  }

  /// Fills chosen_ with the allowed rows whose estimate is at least `floor`.
  Result<void> Choose(float floor, const Deadline& deadline) {
    chosen_.clear();
    std::array<float, kBatchRows> estimates{};
    std::array<std::uint32_t, kBatchRows> good{};
    for (const CodedSlice& slice : slices_) {
      COPPICE_TRY(CheckDeadline(deadline, "vector search"));
      const float mean_score = slice.bits->MeanScore(query_.values);
      for (std::size_t first = 0; first < CodeRows::kSliceRows; first += kBatchRows) {
        slice.bits->Estimate(bits_, mean_score, first, kBatchRows, estimates.data());
        std::size_t count = 0;
        for (std::uint32_t i = 0; i < kBatchRows; ++i) {  // no branch: one in ten is good
          good[count] = i;
          count += estimates[i] >= floor ? 1U : 0U;
        }
        for (std::size_t g = 0; g < count; ++g) {
          const std::size_t at = slice.begin + first + good[g];
          if (!Allows(*slice.block, at)) continue;
          chosen_.emplace_back(estimates[good[g]],
                               slice.block->first_row + static_cast<std::uint32_t>(at));
        }
      }
    }
    return {};
  }

  // In the order of the rows, in which they were chosen.
  void ScoreChosen() {
    std::vector<std::uint32_t> numbers;
    numbers.reserve(chosen_.size());
    for (const auto& [estimate, row] : chosen_) numbers.push_back(row);
    std::vector<float> scores(numbers.size());
    rows_.CodeScores(query_, numbers, scores.data());
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      if (scores[i] < best_.floor()) continue;
      best_.Offer({scores[i], rows_.TextAt(numbers[i]), numbers[i]});
    }
  }

  const CodeRows& rows_;
  const CodedQuery& query_;
  const TextFilter& filter_;
  BestRows& best_;
  BitQuery bits_;
  std::vector<CodedSlice> slices_;
  std::size_t sampled_ = 0;                              // rows looked at, allowed or not
  std::vector<std::pair<float, std::uint32_t>> chosen_;  // estimate, row
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
  const std::size_t limit = KeptByBits(k);
  const bool use_bits = filter.Count() > kCoarseFrom;
  Scan scan(rows, query, filter, best);
  std::size_t sliced = 0;
  for (std::size_t first = range.begin; first < range.end;) {
    COPPICE_TRY(CheckDeadline(deadline, "vector search"));
    const CodeRows::Block& block = rows.BlockAt(first / CodeRows::kBlockRows);
    const std::size_t begin = first % CodeRows::kBlockRows;
    const std::size_t step =
        std::min(range.end - first, CodeRows::kSliceRows - begin % CodeRows::kSliceRows);
    const BitCodes* bits =
        use_bits && step == CodeRows::kSliceRows
            ? block.bits[begin / CodeRows::kSliceRows].load(std::memory_order_acquire)
            : nullptr;
    if (bits != nullptr) {
      scan.AddSlice({&block, bits, begin});
      sliced += step;
    } else {
      scan.ByCodes(block, begin, begin + step);
    }
    first += step;
  }
  return sliced == 0 ? Result<void>() : scan.ByBits(limit, deadline);
}

std::vector<VectorHit> RankExactly(const CodeRows& rows, const CodedQuery& query, std::size_t k,
                                   BestRows& best) {
  std::vector<ScoredRow>& found = best.Rows();
  const std::size_t exact = std::min(found.size(), kExactRows);
  std::nth_element(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(exact), found.end());
  std::vector<std::uint32_t> numbers;
  numbers.reserve(exact);
  for (std::size_t i = 0; i < exact; ++i) numbers.push_back(found[i].row);
  std::vector<float> scores(exact);
  rows.ExactScores(query, numbers, scores.data());
  for (std::size_t i = 0; i < exact; ++i) found[i].score = scores[i];
  const std::size_t count = std::min(k, found.size());
  const auto end = found.begin() + static_cast<std::ptrdiff_t>(count);
  if (end != found.end()) std::nth_element(found.begin(), end, found.end());
  std::sort(found.begin(), end);
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
