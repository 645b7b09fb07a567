#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace coppice::retrieval {

/// Where in a chunk a word stands.
enum class Field : std::uint8_t { kSymbol, kSignature, kDocFirst, kDocRest, kBody };
inline constexpr std::size_t kFieldCount = 5;
using FieldCounts = std::array<std::uint16_t, kFieldCount>;

/// How often a word stands in each field of one chunk.
struct Posting {
  std::uint32_t chunk = 0;
  FieldCounts counts{};
};

// One posting in bytes: varint of (chunk - chunk before), one byte with the mask of the fields and
// kAllOnes, and unless kAllOnes a varint of the count for each field in the mask.
namespace posting_format {
inline constexpr std::uint8_t kAllOnes = 0x20;
}

/// Appends the postings of one word, chunks ascending.
class PostingWriter {
 public:
  void Append(const Posting& posting, std::vector<std::uint8_t>& out) {
    AppendVarint(posting.chunk - last_chunk_, out);
    last_chunk_ = posting.chunk;
    std::uint8_t mask = posting_format::kAllOnes;
    for (std::size_t f = 0; f < kFieldCount; ++f) {
      if (posting.counts[f] == 0) continue;
      mask = static_cast<std::uint8_t>(mask | (1U << f));
      if (posting.counts[f] != 1)
        mask = static_cast<std::uint8_t>(mask & ~posting_format::kAllOnes);
    }
    out.push_back(mask);
    if ((mask & posting_format::kAllOnes) != 0) return;
    for (std::size_t f = 0; f < kFieldCount; ++f) {
      if (posting.counts[f] != 0) AppendVarint(posting.counts[f], out);
    }
  }

 private:
  static void AppendVarint(std::uint32_t value, std::vector<std::uint8_t>& out) {
    while (value >= 0x80) {
      out.push_back(static_cast<std::uint8_t>(value | 0x80U));
      value >>= 7U;
    }
    out.push_back(static_cast<std::uint8_t>(value));
  }

  std::uint32_t last_chunk_ = 0;
};

/// Reads what a PostingWriter wrote: after each NextChunk one ForEachCount.
class PostingReader {
 public:
  PostingReader() = default;
  /// `bytes` must outlive the reader.
  explicit PostingReader(std::span<const std::uint8_t> bytes)
      : next_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  bool NextChunk() {
    if (next_ == end_) return false;
    chunk_ += ReadVarint();
    mask_ = *next_++;
    return true;
  }
  [[nodiscard]] std::uint32_t chunk() const { return chunk_; }
  /// Calls `visit(field, count)` for each field of the chunk that has the word.
  template <class Visit>
  void ForEachCount(const Visit& visit) {
    constexpr auto kBody = static_cast<std::size_t>(Field::kBody);
    if (mask_ == (posting_format::kAllOnes | 1U << kBody)) {  // most of them
      visit(kBody, 1U);
      return;
    }
    const bool all_ones = (mask_ & posting_format::kAllOnes) != 0;
    for (unsigned fields = mask_ & ((1U << kFieldCount) - 1); fields != 0; fields &= fields - 1) {
      const auto field = static_cast<std::size_t>(std::countr_zero(fields));
      visit(field, all_ones ? 1U : ReadVarint());
    }
  }
  bool Next(Posting& posting) {
    if (!NextChunk()) return false;
    posting.chunk = chunk_;
    posting.counts.fill(0);
    ForEachCount([&](std::size_t field, std::uint32_t count) {
      posting.counts[field] = static_cast<std::uint16_t>(count);
    });
    return true;
  }

 private:
  std::uint32_t ReadVarint() {
    std::uint32_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      const std::uint8_t byte = *next_++;
      value |= static_cast<std::uint32_t>(byte & 0x7FU) << shift;
      if (byte < 0x80) return value;
    }
  }

  const std::uint8_t* next_ = nullptr;
  const std::uint8_t* end_ = nullptr;
  std::uint32_t chunk_ = 0;
  std::uint8_t mask_ = 0;  // of the posting at hand
};

}  // namespace coppice::retrieval
