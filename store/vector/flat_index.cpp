#include "store/vector/flat_index.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/check.h"
#include "base/format.h"
#include "store/vector/half.h"
#include "store/vector/kernels.h"

namespace coppice::store {
namespace {

constexpr std::size_t kBlockRows = 65'536;
constexpr std::size_t kBlocksInSegment = 128;
constexpr std::size_t kBatchRows = 256;         // handed to the kernel at once
constexpr std::size_t kRowsPerDeadline = 16384;  // scanned between two looks at the clock
constexpr float kLargestCode = 127.0F;

std::size_t RoundUp(std::size_t value, std::size_t step) { return (value + step - 1) / step * step; }

/// Codes of a vector at a scale that makes its largest value 127. Gives that scale, 0 for zeros.
template <class Int>
float Quantise(std::span<const float> vector, Int* codes) {
  float largest = 0;
  for (const float value : vector) largest = std::max(largest, std::fabs(value));
  if (largest == 0) return 0;
  const float factor = kLargestCode / largest;
  for (std::size_t i = 0; i < vector.size(); ++i) {
    codes[i] = static_cast<Int>(std::lround(vector[i] * factor));
  }
  return largest / kLargestCode;
}

bool AllFinite(std::span<const float> values) {
  return std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); });
}

Error WrongShape(std::size_t got, std::size_t wanted) {
  return MakeError(ErrorCode::kInvalidArgument, fmt::format("vector index: {} values, {} expected", got, wanted));
}

}  // namespace

struct FlatIndex::Block {
  // Not initialised: pages are touched when rows are written.
  Block(std::size_t dimensions, std::size_t width)
      : texts(new std::int32_t[kBlockRows]),
        scales(new float[kBlockRows]),
        codes(new std::int8_t[kBlockRows * width]),
        halves(new std::uint16_t[kBlockRows * dimensions]) {}

  std::unique_ptr<std::int32_t[]> texts;
  std::unique_ptr<float[]> scales;
  std::unique_ptr<std::int8_t[]> codes;
  std::unique_ptr<std::uint16_t[]> halves;
};

struct FlatIndex::Segment {
  std::array<std::atomic<Block*>, kBlocksInSegment> blocks{};
};

struct FlatIndex::Candidate {
  float score;
  std::int32_t text;
  std::size_t row;
  /// Best first; the lower text number among equals.
  friend bool operator<(const Candidate& a, const Candidate& b) {
    return a.score != b.score ? a.score > b.score : a.text < b.text;
  }
};

/// The best `limit` rows by their codes.
class FlatIndex::BestRows {
 public:
  explicit BestRows(std::size_t limit) : limit_(limit) { heap_.reserve(limit); }

  void Offer(const Candidate& candidate) {
    if (heap_.size() < limit_) {
      heap_.push_back(candidate);
      std::push_heap(heap_.begin(), heap_.end());
    } else if (candidate < heap_.front()) {
      std::pop_heap(heap_.begin(), heap_.end());
      heap_.back() = candidate;
      std::push_heap(heap_.begin(), heap_.end());
    }
  }
  [[nodiscard]] std::vector<Candidate>& candidates() { return heap_; }

 private:
  std::size_t limit_;
  std::vector<Candidate> heap_;  // the worst on top
};

FlatIndex::FlatIndex(int dimensions)
    : dimensions_(static_cast<std::size_t>(std::max(dimensions, 1))), width_(RoundUp(dimensions_, kCodeAlignment)) {
  COPPICE_CHECK(dimensions > 0 && dimensions <= 65536, "dimensions of a vector index");
}

FlatIndex::~FlatIndex() {
  for (auto& slot : segments_) {
    const std::unique_ptr<Segment> segment(slot.load(std::memory_order_relaxed));
    if (segment == nullptr) continue;
    for (auto& block : segment->blocks) delete block.load(std::memory_order_relaxed);
  }
}

const FlatIndex::Block& FlatIndex::BlockAt(std::size_t index) const {
  const Segment* segment = segments_[index / kBlocksInSegment].load(std::memory_order_acquire);
  return *segment->blocks[index % kBlocksInSegment].load(std::memory_order_acquire);
}

FlatIndex::Block& FlatIndex::BlockForAppend(std::size_t index) {
  auto& slot = segments_[index / kBlocksInSegment];
  if (slot.load(std::memory_order_relaxed) == nullptr) {
    slot.store(std::make_unique<Segment>().release(), std::memory_order_release);
  }
  auto& block = slot.load(std::memory_order_relaxed)->blocks[index % kBlocksInSegment];
  if (block.load(std::memory_order_relaxed) == nullptr) {
    block.store(std::make_unique<Block>(dimensions_, width_).release(), std::memory_order_release);
  }
  return *block.load(std::memory_order_relaxed);
}

bool FlatIndex::IsNew(TextNo text) {
  const auto bit = static_cast<std::size_t>(text.value);
  if (bit / 64 >= known_.size()) known_.resize(std::max(bit / 64 + 1, known_.size() * 2));
  const std::uint64_t mask = std::uint64_t{1} << (bit % 64);
  return (std::exchange(known_[bit / 64], known_[bit / 64] | mask) & mask) == 0;
}

void FlatIndex::WriteRow(std::size_t row, TextNo text, std::span<const float> vector) {
  Block& block = BlockForAppend(row / kBlockRows);
  const std::size_t at = row % kBlockRows;
  std::int8_t* codes = &block.codes[at * width_];
  std::fill(codes, codes + width_, std::int8_t{0});
  block.texts[at] = text.value;
  block.scales[at] = Quantise(vector, codes);
  std::transform(vector.begin(), vector.end(), &block.halves[at * dimensions_], HalfOf);
}

Result<void> FlatIndex::Append(std::span<const TextNo> texts, std::span<const float> vectors) {
  if (vectors.size() != texts.size() * dimensions_) return WrongShape(vectors.size(), texts.size() * dimensions_);
  if (!AllFinite(vectors) || std::any_of(texts.begin(), texts.end(), [](TextNo t) { return t.value < 0; })) {
    return MakeError(ErrorCode::kInvalidArgument, "vector index: a value that is not finite, or a negative text number");
  }
  MutexLock lock(writer_);
  std::size_t rows = published_.load(std::memory_order_relaxed);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (rows >= kSegments * kBlocksInSegment * kBlockRows) {
      return MakeError(ErrorCode::kResourceExhausted, "vector index: full");
    }
    if (IsNew(texts[i])) WriteRow(rows++, texts[i], vectors.subspan(i * dimensions_, dimensions_));
  }
  published_.store(rows, std::memory_order_release);
  return {};
}

Result<void> FlatIndex::Scan(std::span<const std::int16_t> query, std::size_t rows, const TextFilter& filter,
                             const Deadline& deadline, BestRows& best) const {
  std::array<std::uint32_t, kBatchRows> batch{};
  std::array<std::int32_t, kBatchRows> dots{};
  for (std::size_t begin = 0; begin < rows; begin += kBlockRows) {
    const Block& block = BlockAt(begin / kBlockRows);
    const auto end = static_cast<std::uint32_t>(std::min(rows - begin, kBlockRows));
    for (std::uint32_t row = 0; row < end;) {
      if (row % kRowsPerDeadline == 0 && deadline.expired()) {
        const auto code = deadline.cancelled() ? ErrorCode::kCancelled : ErrorCode::kDeadlineExceeded;
        return MakeError(code, "vector search did not end in time");
      }
      std::size_t count = 0;
      const auto stop = static_cast<std::uint32_t>(
          std::min<std::size_t>(end, RoundUp(row + std::size_t{1}, kRowsPerDeadline)));
      for (; row < stop && count < kBatchRows; ++row) {
        batch[count] = row;
        count += filter.Contains(TextNo(block.texts[row])) && block.scales[row] > 0 ? 1U : 0U;
      }
      DotRows(block.codes.get(), width_, std::span(batch).first(count), query.data(), dots.data());
      for (std::size_t i = 0; i < count; ++i) {
        const std::uint32_t at = batch[i];
        best.Offer({static_cast<float>(dots[i]) * block.scales[at], block.texts[at], begin + at});
      }
    }
  }
  return {};
}

float FlatIndex::ExactScore(std::size_t row, std::span<const float> query) const {
  const std::uint16_t* halves = &BlockAt(row / kBlockRows).halves[row % kBlockRows * dimensions_];
  float sum = 0;
  for (std::size_t i = 0; i < dimensions_; ++i) sum += FloatOf(halves[i]) * query[i];
  return std::clamp(sum, -1.0F, 1.0F);
}

Result<VectorAnswer> FlatIndex::Search(std::span<const float> query, std::size_t k, const TextFilter& filter,
                                       const Deadline& deadline) const {
  if (query.size() != dimensions_) return WrongShape(query.size(), dimensions_);
  if (!AllFinite(query)) {
    return MakeError(ErrorCode::kInvalidArgument, "vector index: a query value that is not finite");
  }
  const std::size_t rows = size();
  k = std::min(k, rows);
  std::vector<std::int16_t> codes(width_, 0);
  VectorAnswer answer;
  answer.plan = fmt::format("flat: {} of {} texts", std::min(filter.Count(), rows), rows);
  if (k == 0 || Quantise(query, codes.data()) == 0) return answer;
  BestRows best(std::min(rows, 2 * k + 32));
  COPPICE_TRY(Scan(codes, rows, filter, deadline, best));
  std::vector<Candidate>& candidates = best.candidates();
  for (Candidate& candidate : candidates) candidate.score = ExactScore(candidate.row, query);
  const std::size_t count = std::min(k, candidates.size());
  std::partial_sort(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(count), candidates.end());
  answer.hits.reserve(count);
  for (std::size_t i = 0; i < count; ++i) answer.hits.push_back({TextNo(candidates[i].text), candidates[i].score});
  return answer;
}

std::unique_ptr<VectorIndex> MakeFlatIndex(int dimensions) { return std::make_unique<FlatIndex>(dimensions); }

}  // namespace coppice::store
