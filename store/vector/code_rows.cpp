#include "store/vector/code_rows.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/check.h"
#include "store/vector/check_vectors.h"
#include "store/vector/half.h"
#include "store/vector/kernels.h"

namespace coppice::store {
namespace {

constexpr float kLargestCode = 127.0F;

std::size_t RoundUp(std::size_t value, std::size_t step) {
  return (value + step - 1) / step * step;
}

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

}  // namespace

// Codes are not initialised: pages are touched when rows are written.
CodeRows::Block::Block(std::size_t width, std::uint32_t base)
    : first_row(base),
      texts(new std::int32_t[kBlockRows]),
      scales(new float[kBlockRows]),
      codes(new std::int8_t[kBlockRows * width]),
      halves(new std::uint16_t[kBlockRows * width]) {}

struct CodeRows::Segment {
  std::array<std::atomic<Block*>, kBlocksInSegment> blocks{};
};

CodeRows::CodeRows(int dimensions)
    : dimensions_(static_cast<std::size_t>(std::max(dimensions, 1))),
      width_(RoundUp(dimensions_, kCodeAlignment)) {
  COPPICE_CHECK(dimensions > 0 && dimensions <= 65536, "dimensions of a vector index");
}

CodeRows::~CodeRows() {
  for (auto& slot : segments_) {
    const std::unique_ptr<Segment> segment(slot.load(std::memory_order_relaxed));
    if (segment == nullptr) continue;
    for (auto& entry : segment->blocks) {
      const std::unique_ptr<Block> block(entry.load(std::memory_order_relaxed));
      if (block == nullptr) continue;
      for (const auto& bits : block->bits) delete bits.load(std::memory_order_relaxed);
    }
  }
}

const CodeRows::Block& CodeRows::BlockAt(std::size_t index) const {
  const Segment* segment = segments_[index / kBlocksInSegment].load(std::memory_order_acquire);
  return *segment->blocks[index % kBlocksInSegment].load(std::memory_order_acquire);
}

CodeRows::Block& CodeRows::BlockForAppend(std::size_t index) {
  auto& slot = segments_[index / kBlocksInSegment];
  if (slot.load(std::memory_order_relaxed) == nullptr) {
    slot.store(std::make_unique<Segment>().release(), std::memory_order_release);
  }
  auto& entry = slot.load(std::memory_order_relaxed)->blocks[index % kBlocksInSegment];
  if (entry.load(std::memory_order_relaxed) == nullptr) {
    auto block = std::make_unique<Block>(width_, static_cast<std::uint32_t>(index * kBlockRows));
    entry.store(block.release(), std::memory_order_release);
  }
  return *entry.load(std::memory_order_relaxed);
}

bool CodeRows::IsNew(TextNo text) {
  const auto bit = static_cast<std::size_t>(text.value);
  if (bit / 64 >= known_.size()) known_.resize(std::max(bit / 64 + 1, known_.size() * 2));
  const std::uint64_t mask = std::uint64_t{1} << (bit % 64);
  return (std::exchange(known_[bit / 64], known_[bit / 64] | mask) & mask) == 0;
}

void CodeRows::Write(std::size_t row, TextNo text, std::span<const float> vector) {
  Block& block = BlockForAppend(row / kBlockRows);
  const std::size_t at = row % kBlockRows;
  std::int8_t* codes = &block.codes[at * width_];
  std::uint16_t* halves = &block.halves[at * width_];
  std::fill(codes + dimensions_, codes + width_, std::int8_t{0});
  std::fill(halves + dimensions_, halves + width_, std::uint16_t{0});
  block.texts[at] = text.value;
  block.scales[at] = Quantise(vector, codes);
  if (block.scales[at] == 0) std::fill(codes, codes + width_, std::int8_t{0});
  std::transform(vector.begin(), vector.end(), halves, HalfOf);
  if ((at + 1) % kSliceRows == 0) AddBits(block, at / kSliceRows);
}

void CodeRows::AddBits(Block& block, std::size_t slice) const {
  std::vector<float> vectors(kSliceRows * width_);
  const std::uint16_t* halves = &block.halves[slice * vectors.size()];
  std::transform(halves, halves + vectors.size(), vectors.begin(), FloatOf);
  block.bits[slice].store(std::make_unique<BitCodes>(vectors, width_).release(),
                          std::memory_order_release);
}

Result<void> CodeRows::Append(std::span<const TextNo> texts, std::span<const float> vectors) {
  COPPICE_TRY(CheckVectors(texts, vectors, dimensions_));
  MutexLock lock(writer_);
  std::size_t rows = published_.load(std::memory_order_relaxed);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (rows >= kSegments * kBlocksInSegment * kBlockRows) {
      return MakeError(ErrorCode::kResourceExhausted, "vector index: full");
    }
    if (IsNew(texts[i])) Write(rows++, texts[i], vectors.subspan(i * dimensions_, dimensions_));
  }
  published_.store(rows, std::memory_order_release);
  return {};
}

Result<CodedQuery> CodeRows::Code(std::span<const float> query) const {
  COPPICE_TRY(CheckQueryVector(query, dimensions_));
  CodedQuery coded;
  coded.values.assign(query.begin(), query.end());
  coded.values.resize(width_);
  coded.codes.resize(width_);
  const float scale = Quantise(query, coded.codes.data());
  if (scale == 0) return CodedQuery();
  coded.scale = scale;
  return coded;
}

void CodeRows::CodeScores(const CodedQuery& query, std::span<const std::uint32_t> rows,
                          float* out) const {
  constexpr std::size_t kRun = 64;  // rows of one block handed to the kernel at once
  std::array<std::uint32_t, kRun> places{};
  std::array<std::int32_t, kRun> dots{};
  for (std::size_t i = 0; i < rows.size();) {
    const std::size_t number = rows[i] / kBlockRows;
    std::size_t count = 0;
    while (i + count < rows.size() && count < kRun && rows[i + count] / kBlockRows == number) {
      places[count] = static_cast<std::uint32_t>(rows[i + count] % kBlockRows);
      ++count;
    }
    const Block& block = BlockAt(number);
    DotRows(block.codes.get(), width_, std::span(places).first(count), query.codes.data(),
            dots.data());
    for (std::size_t j = 0; j < count; ++j) {
      out[i + j] = static_cast<float>(dots[j]) * block.scales[places[j]] * query.scale;
    }
    i += count;
  }
}

void CodeRows::ExactScores(const CodedQuery& query, std::span<const std::uint32_t> rows,
                           float* out) const {
  std::vector<const std::uint16_t*> halves(rows.size());
  std::transform(rows.begin(), rows.end(), halves.begin(), [&](std::uint32_t row) {
    return &BlockAt(row / kBlockRows).halves[row % kBlockRows * width_];
  });
  DotHalves(halves, width_, query.values.data(), out);
  std::transform(out, out + rows.size(), out,
                 [](float score) { return std::clamp(score, -1.0F, 1.0F); });
}

void CodeRows::Read(std::uint32_t row, float* out) const {
  const std::uint16_t* halves = &BlockAt(row / kBlockRows).halves[row % kBlockRows * width_];
  std::transform(halves, halves + dimensions_, out, FloatOf);
}

}  // namespace coppice::store
