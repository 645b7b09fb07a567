#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace coppice::retrieval {

/// A set of dense numbers, one bit each.
class BitSet {
 public:
  BitSet() = default;
  explicit BitSet(std::size_t size) : words_((size + 63) / 64), size_(size) {}

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool Contains(std::size_t bit) const {
    return ((words_[bit / 64] >> (bit % 64)) & 1U) != 0;
  }
  void Add(std::size_t bit) { words_[bit / 64] |= std::uint64_t{1} << (bit % 64); }
  void Remove(std::size_t bit) { words_[bit / 64] &= ~(std::uint64_t{1} << (bit % 64)); }
  /// Both sets have the same size.
  void Unite(const BitSet& other) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
  }
  /// Calls `visit(bit)` for those inside, ascending, and takes them out.
  template <class Visit>
  void Drain(const Visit& visit) {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      for (std::uint64_t word = std::exchange(words_[i], 0); word != 0; word &= word - 1) {
        visit(i * 64 + static_cast<std::size_t>(std::countr_zero(word)));
      }
    }
  }
  [[nodiscard]] std::size_t Count() const {
    std::size_t count = 0;
    for (const std::uint64_t word : words_) {
      count += static_cast<std::size_t>(std::popcount(word));
    }
    return count;
  }

 private:
  std::vector<std::uint64_t> words_;
  std::size_t size_ = 0;
};

}  // namespace coppice::retrieval
