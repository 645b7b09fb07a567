#include "store/vector/database/database_graph.h"

#include "base/format.h"
#include "store/pg/transaction.h"

namespace coppice::store {
namespace {

constexpr int kNeighbours = 16;
constexpr int kBuildCandidates = 64;

// Our names are of ^text_vector_graph_SPACE_MODEL_END$; what somebody else made is left alone.
constexpr std::string_view kSelect =
    "SELECT p.n[1]::int4, p.n[2]::int4, p.n[3]::int4, greatest(c.reltuples, 0)::int8, i.indisvalid "
    "FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid "
    "CROSS JOIN LATERAL regexp_match(c.relname::text, "
    "  '^text_vector_graph_([0-9]{1,9})_([0-9]{1,9})_([0-9]{1,10})$') AS p (n) "
    "WHERE i.indrelid = 'coppice.text_vector'::regclass AND p.n IS NOT NULL";

DatabaseGraph FromRow(const pqxx::row& row) {
  DatabaseGraph graph;
  graph.space = SpaceNo(row[0].as<std::int32_t>());
  graph.model = ModelNo(row[1].as<std::int32_t>());
  graph.end = row[2].as<std::int32_t>();
  graph.rows = row[3].as<std::int64_t>();
  graph.valid = row[4].as<bool>();
  return graph;
}

}  // namespace

std::string DatabaseGraph::Name() const {
  return fmt::format("text_vector_graph_{}_{}_{}", space.value, model.value, end);
}

std::vector<DatabaseGraph> ListGraphs(PgTransaction& tx) {
  std::vector<DatabaseGraph> graphs;
  for (const auto& row : tx.Query(fmt::format("{} ORDER BY 1, 2, 3 DESC", kSelect))) {
    graphs.push_back(FromRow(row));
  }
  return graphs;
}

std::optional<DatabaseGraph> FindGraph(PgTransaction& tx, SpaceNo space, ModelNo model) {
  const auto rows =
      tx.Query(fmt::format("{} AND i.indisvalid AND p.n[1]::int4 = $1 AND p.n[2]::int4 "
                           "= $2 ORDER BY 3 DESC LIMIT 1",
                           kSelect),
               space.value, model.value);
  if (rows.empty()) return std::nullopt;
  return FromRow(rows[0]);
}

std::string CreateStatement(const DatabaseGraph& graph, int dimensions, const std::string& schema) {
  return fmt::format(
      "CREATE INDEX CONCURRENTLY {} ON coppice.text_vector USING hnsw ((v::{}.halfvec({})) "
      "{}.halfvec_ip_ops) WITH (m = {}, ef_construction = {}) "
      "WHERE space = {} AND model = {} AND text_no < {}",
      graph.Name(), schema, dimensions, schema, kNeighbours, kBuildCandidates, graph.space.value,
      graph.model.value, graph.end);
}

std::string DropStatement(const DatabaseGraph& graph) {
  return fmt::format("DROP INDEX CONCURRENTLY IF EXISTS coppice.{}", graph.Name());
}

}  // namespace coppice::store
