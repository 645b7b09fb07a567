#pragma once

#include <memory>
#include <stop_token>

#include "base/mutex.h"
#include "base/thread.h"
#include "store/vector/code_rows.h"
#include "store/vector/hnsw/hnsw_graph.h"
#include "store/vector/vector_index.h"

namespace coppice::store {

/// Codes scanned in order while they are few, while the filter leaves few, or where many are
/// wanted; else a graph over most of them, and a scan of the tail that came after it.
///
/// Place:  made by MakeGraphIndex. A thread of its own reads or builds a graph and ends; none runs
///         where none is needed.
/// Shape:  rows as in FlatIndex; the graph is immutable and replaced by one over all rows when the
///         tail has grown beyond a share of it. One that was built is kept in a file, if there is
///         one, and read by the next process.
/// Limits: as FlatIndex; while a graph is being built the old one and the scan answer.
/// Errors: as VectorIndex says. A graph that cannot be read is built, one that cannot be built or
///         kept is logged; the scan goes on answering.
class GraphIndex final : public VectorIndex {
 public:
  /// `memory`, if any, must outlive this.
  GraphIndex(int dimensions, const GraphOptions& options, MemoryBudget* memory = nullptr)
      : options_(options),
        rows_(dimensions),
        rows_memory_(MemoryBudget::OpenIn(memory, "vectors")),
        graph_memory_(MemoryBudget::OpenIn(memory, "vectors")) {}

  [[nodiscard]] std::string_view kind() const override { return "hnsw"; }
  [[nodiscard]] int dimensions() const override { return static_cast<int>(rows_.dimensions()); }
  [[nodiscard]] std::size_t size() const override { return rows_.size(); }
  Result<void> Append(std::span<const TextNo> texts, std::span<const float> vectors) override;
  [[nodiscard]] Result<VectorAnswer> Search(std::span<const float> query, std::size_t k,
                                            const TextFilter& filter,
                                            const Deadline& deadline) const override;

  /// Waits until no graph is being built. Errors: kDeadlineExceeded.
  Result<void> WaitForGraph(const Deadline& deadline);

 private:
  using Graph = std::shared_ptr<const HnswGraph>;
  [[nodiscard]] Graph graph() const COPPICE_EXCLUDES(mutex_);
  [[nodiscard]] bool NeedsGraph(std::size_t covered) const COPPICE_REQUIRES(mutex_);
  /// Waits until nothing has come for a while.
  void Settle(const std::stop_token& stop) const;
  [[nodiscard]] Result<Graph> LoadGraph();
  [[nodiscard]] Result<Graph> BuildGraph(const std::stop_token& stop);
  [[nodiscard]] Result<Graph> MakeGraph(const std::stop_token& stop);
  [[nodiscard]] Result<Graph> Keep(std::uint64_t held, Result<HnswLinks> links);
  [[nodiscard]] bool GraphPays(std::size_t covered, std::size_t allowed,
                               std::size_t candidates) const;
  void BuildGraphs(const std::stop_token& stop) COPPICE_EXCLUDES(mutex_);

  const GraphOptions options_;
  CodeRows rows_;
  mutable Mutex mutex_;
  CondVar idle_;
  Graph graph_ COPPICE_GUARDED_BY(mutex_);
  bool building_ COPPICE_GUARDED_BY(mutex_) = false;
  bool failed_ COPPICE_GUARDED_BY(mutex_) = false;
  std::size_t least_rows_ COPPICE_GUARDED_BY(mutex_) = 0;  // before it is tried again
  MemoryBudget::Share rows_memory_;
  MemoryBudget::Share graph_memory_;  // the builder's
  NamedThread builder_;               // last: it ends before what it uses
};

}  // namespace coppice::store
