#pragma once

#include <cstdint>
#include <memory>

#include "base/deadline.h"
#include "base/result.h"
#include "store/vector/code_rows.h"
#include "store/vector/flat_scan.h"
#include "store/vector/vector_index.h"

namespace coppice::store {

/// A hierarchical navigable small world graph over the first rows of some CodeRows. Immutable.
///
/// Source: Malkov and Yashunin, 2018. FAISS builds it; the search is our own, because FAISS 1.7.3
/// takes no filter, and
///         scores by our int8 codes.
/// Limits: building takes one thread, and 4 bytes a dimension and row beside what stays (some 140
/// bytes a row).
class HnswGraph {
 public:
  /// Over rows [0, count). Errors: kCancelled, kDeadlineExceeded (looked at every thousand rows).
  static Result<std::shared_ptr<const HnswGraph>> Build(const CodeRows& rows, std::uint32_t count,
                                                        const HnswOptions& options,
                                                        const Deadline& deadline);
  ~HnswGraph();
  HnswGraph(const HnswGraph&) = delete;
  HnswGraph& operator=(const HnswGraph&) = delete;

  [[nodiscard]] std::uint32_t size() const { return size_; }
  /// What a graph of so many rows takes once it is built.
  [[nodiscard]] static std::uint64_t MemoryBytes(std::size_t count, const HnswOptions& options);

  /// Offers allowed rows on the way to the query: the walk goes through all rows and ends when the
  /// nearest one not yet visited is further than the worst of the `candidates` best allowed ones.
  /// Gives how many allowed rows it met. Errors: kDeadlineExceeded, kCancelled.
  Result<std::size_t> Search(const CodeRows& rows, const CodedQuery& query, std::size_t candidates,
                             const TextFilter& filter, const Deadline& deadline,
                             BestRows& best) const;

 private:
  struct Links;
  explicit HnswGraph(std::unique_ptr<const Links> links, std::uint32_t size);
  class Walk;

  std::unique_ptr<const Links> links_;
  std::uint32_t size_;
};

}  // namespace coppice::store
