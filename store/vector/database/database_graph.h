#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/model.h"

namespace coppice::store {

class PgTransaction;

/// One HNSW index of pgvector over the texts [0, end) of a space under a model: a partial index on
/// coppice.text_vector. Its name says all of it, so the server's catalogue is the only book kept.
struct DatabaseGraph {
  SpaceNo space;
  ModelNo model;
  std::int32_t end = 0;   // texts from here on are not in it
  std::int64_t rows = 0;  // when it was built
  bool valid = false;     // false: its making was cut short

  [[nodiscard]] std::string Name() const;
};

/// The graphs of this database: broken ones too, the longest first within a space and model.
std::vector<DatabaseGraph> ListGraphs(PgTransaction& tx);
/// The longest one that is whole.
std::optional<DatabaseGraph> FindGraph(PgTransaction& tx, SpaceNo space, ModelNo model);

/// CREATE and DROP, both CONCURRENTLY: neither stops a writer. `schema`: of the vector extension.
std::string CreateStatement(const DatabaseGraph& graph, int dimensions, const std::string& schema);
std::string DropStatement(const DatabaseGraph& graph);

}  // namespace coppice::store
