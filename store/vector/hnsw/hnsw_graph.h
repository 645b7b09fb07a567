#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "store/vector/code_rows.h"
#include "store/vector/flat_scan.h"
#include "store/vector/hnsw/hnsw_links.h"
#include "store/vector/vector_index.h"

namespace coppice::store {

/// A hierarchical navigable small world graph over the first rows of some CodeRows. Immutable.
///
/// Source: Malkov and Yashunin, 2018. FAISS builds it; the search is our own, because FAISS 1.7.3
///         takes no filter, and scores by our int8 codes.
/// Limits: some 80 bytes a row.
class HnswGraph {
 public:
  /// Rows of [0, size()) to which no link leads, and which are not zero, are scored one by one.
  HnswGraph(HnswLinks links, const CodeRows& rows);

  [[nodiscard]] const HnswLinks& links() const { return links_; }
  [[nodiscard]] std::uint32_t size() const { return links_.size(); }
  /// How many rows it saves a scan.
  [[nodiscard]] std::size_t covered() const { return size() - left_out_.size(); }
  [[nodiscard]] std::uint64_t MemoryBytes() const {
    return links_.MemoryBytes() + left_out_.capacity() * sizeof(std::uint32_t);
  }

  /// Offers the best `candidates` allowed rows that it finds on the way to the query: the walk goes
  /// through all rows and ends when the nearest one not yet visited is further than the worst of
  /// those; and the allowed ones among those to which nothing leads. Gives how many the walk found.
  /// Errors: kDeadlineExceeded, kCancelled.
  Result<std::size_t> Search(const CodeRows& rows, const CodedQuery& query, std::size_t candidates,
                             const TextFilter& filter, const Deadline& deadline,
                             BestRows& best) const;

 private:
  class Walk;

  const HnswLinks links_;
  const std::vector<std::uint32_t> left_out_;  // ascending
};

}  // namespace coppice::store
