#pragma once

#include <atomic>
#include <string>

#include "store/pg/pool.h"
#include "store/vector/database/database_graph.h"
#include "store/vector/vector_index.h"

namespace coppice::store {

class PgTransaction;

/// Vectors searched where they are stored: nothing of them is in memory.
///
/// Place:  made by Store::OpenVectorIndex; any thread. Takes a connection of the pool for a search.
/// Shape:  where many texts are allowed and few are wanted: pgvector's HNSW over the texts that a
///         GraphKeeper put there, and an exact order by of those since; else that order by alone.
/// Limits: exact: 0.5 us a text; HNSW: some 15 us a candidate (benchmarks/README.md).
/// Errors: as VectorIndex says; kUnavailable when the database is away.
/// Source: docs/decisions/0012.
class DatabaseIndex final : public VectorIndex {
 public:
  /// `pool` must outlive this.
  DatabaseIndex(PgPool& pool, SpaceNo space, ModelNo model, int dimensions,
                const DatabaseSearchOptions& options)
      : pool_(pool), space_(space), model_(model), dimensions_(dimensions), options_(options) {}

  [[nodiscard]] std::string_view kind() const override { return "database"; }
  [[nodiscard]] int dimensions() const override { return dimensions_; }
  /// What was appended here.
  [[nodiscard]] std::size_t size() const override { return appended_.load(); }
  /// Writes rows. The daemon does not call it: the indexer has written them.
  Result<void> Append(std::span<const TextNo> texts, std::span<const float> vectors) override;
  [[nodiscard]] Result<VectorAnswer> Search(std::span<const float> query, std::size_t k,
                                            const TextFilter& filter,
                                            const Deadline& deadline) const override;
  /// EXPLAIN of the statement with which Search would begin, one line each.
  [[nodiscard]] Result<std::string> Explain(std::span<const float> query, std::size_t k,
                                            const TextFilter& filter,
                                            const Deadline& deadline) const;

 private:
  struct Asked;
  struct Statement;
  [[nodiscard]] Result<Asked> Check(std::span<const float> query, std::size_t k,
                                    const TextFilter& filter) const;
  [[nodiscard]] Statement Plan(PgTransaction& tx, const Asked& asked) const;
  [[nodiscard]] Statement Exactly(PgTransaction& tx, const Asked& asked) const;
  [[nodiscard]] Statement ByGraph(PgTransaction& tx, const Asked& asked,
                                  const DatabaseGraph& graph) const;
  [[nodiscard]] std::string Rows(PgTransaction& tx, const std::string& where) const;
  [[nodiscard]] Result<VectorAnswer> Run(const Asked& asked, bool exactly,
                                         const Deadline& deadline) const;

  PgPool& pool_;
  const SpaceNo space_;
  const ModelNo model_;
  const int dimensions_;
  const DatabaseSearchOptions options_;
  std::atomic<std::size_t> appended_{0};
};

}  // namespace coppice::store
