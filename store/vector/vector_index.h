#pragma once

#include <bit>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.h"
#include "base/memory_budget.h"
#include "base/result.h"
#include "store/model.h"

namespace coppice::store {

/// One text near a query: cosine similarity in [-1, 1].
struct VectorHit {
  TextNo text;
  float score;
};

/// What a search found, and how.
struct VectorAnswer {
  std::vector<VectorHit> hits;  // best first, ties by text number
  std::string plan;             // "flat: 1,203 of 20,001 texts", for people
  bool partial = false;         // fewer than `k` although more are allowed and not zero
};

/// Which texts a search may return: a bit for each text number; numbers beyond the end are out.
class TextFilter {
 public:
  TextFilter() = default;
  explicit TextFilter(std::vector<std::uint64_t> words) : words_(std::move(words)) {}
  [[nodiscard]] bool Contains(TextNo text) const {
    const auto bit = static_cast<std::size_t>(text.value);
    return bit / 64 < words_.size() && ((words_[bit / 64] >> (bit % 64)) & 1U) != 0;
  }
  void Add(TextNo text) {
    const auto bit = static_cast<std::size_t>(text.value);
    if (bit / 64 >= words_.size()) words_.resize(bit / 64 + 1);
    words_[bit / 64] |= std::uint64_t{1} << (bit % 64);
  }
  [[nodiscard]] std::span<const std::uint64_t> words() const { return words_; }
  [[nodiscard]] std::size_t Count() const {
    std::size_t count = 0;
    for (const std::uint64_t word : words_) count += static_cast<std::size_t>(std::popcount(word));
    return count;
  }

 private:
  std::vector<std::uint64_t> words_;
};

/// Nearest texts of one space for one model.
///
/// Place:  one per (space, model), filled by the publisher, searched by request threads.
/// Shape:  vectors of `dimensions()` floats, unit length; a zero vector is never returned.
/// Limits: one writer at a time (Append); any number of searches beside it. A search sees at least
///         what was appended before it began.
/// Errors: kInvalidArgument for a wrong dimension; kDeadlineExceeded.
class VectorIndex {
 public:
  virtual ~VectorIndex() = default;
  [[nodiscard]] virtual std::string_view kind() const = 0;  // "flat"
  [[nodiscard]] virtual int dimensions() const = 0;
  [[nodiscard]] virtual std::size_t size() const = 0;

  /// Adds texts that are not inside yet (one that is inside is left as it is).
  /// `vectors` holds texts.size() * dimensions() floats.
  virtual Result<void> Append(std::span<const TextNo> texts, std::span<const float> vectors) = 0;

  /// The `k` best allowed texts. Fewer only when fewer are allowed, or the answer says `partial`.
  [[nodiscard]] virtual Result<VectorAnswer> Search(std::span<const float> query, std::size_t k,
                                                    const TextFilter& filter,
                                                    const Deadline& deadline) const = 0;
};

/// Quantised codes scanned in order, the best re-scored exactly. Source: docs/decisions/0001.
std::unique_ptr<VectorIndex> MakeFlatIndex(int dimensions);

struct HnswOptions {
  int neighbours = 16;  // M: links of a row in the layers above the lowest, which has twice as many
  int build_candidates = 100;  // efConstruction
};

/// When a graph is built and used beside the scan.
struct GraphOptions {
  std::size_t least_rows = 1'500'000;  // below, scanning is as fast for what ranking asks
  double tail_share = 0.1;  // rows since the last graph, of those in it, before the next is built
  double least_allowed =
      0.3;  // of the rows in the graph; where a filter leaves fewer, scanning is faster
  std::size_t rows_scanned_in_a_step =
      300;  // in the time in which a walk takes one candidate in (benchmarks/README.md)
  HnswOptions graph;
  std::string file;                        // where it is kept; "" = nowhere
  std::chrono::milliseconds settle{3000};  // without new rows, before one is loaded or built
};

/// The same, with an HNSW graph over most of the codes once they are many. Source:
/// docs/decisions/0009.
/// With a budget, vectors are shares of it ("vectors"); Append: kResourceExhausted. Where it has no
/// room to build a graph, scans go on answering.
std::unique_ptr<VectorIndex> MakeGraphIndex(int dimensions, const GraphOptions& options = {},
                                            MemoryBudget* memory = nullptr);

/// When the database's own graph answers a search.
struct DatabaseSearchOptions {
  std::size_t least_allowed =
      20'000;  // of the texts in it; where fewer are, ordering them is faster
  std::size_t rows_in_a_candidate = 40;  // texts ordered exactly in the time of one candidate
  std::size_t least_candidates = 400;    // hnsw.ef_search; pgvector takes 1,000 at most
  std::size_t most_visited = 200'000;    // hnsw.max_scan_tuples
};

/// When it is built.
struct DatabaseGraphOptions {
  std::int64_t least_rows = 50'000;  // of a space, as many as take 25 ms to order exactly
  double tail_share = 0.1;           // rows since the last one, of those in it, before the next
};

}  // namespace coppice::store
