#include "store/vector/database/database_index.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/format.h"
#include "store/pg/transaction.h"
#include "store/vector/check_vectors.h"
#include "store/vector/flat_scan.h"
#include "store/vector/half.h"
#include "store/vector_rows.h"

namespace coppice::store {
namespace {

constexpr std::size_t kMostCandidates = 1000;  // pgvector's limit of hnsw.ef_search
constexpr std::size_t kProbeCost = 8;  // a text looked up costs as much as so many read in a row

/// "[0.5,…]" of what half precision keeps of it.
std::string HalfText(std::span<const float> values) {
  std::string text = "[";
  for (const float value : values) text += fmt::format("{},", FloatOf(HalfOf(value)));
  text.back() = ']';
  return text;
}

/// PostgreSQL's get_bit counts as we do: byte 0 first, its lowest bit first.
std::string BitsOf(const TextFilter& filter) {
  std::string bytes;
  bytes.reserve(filter.words().size() * 8);
  for (std::uint64_t word : filter.words()) {
    for (int i = 0; i < 8; ++i, word >>= 8U) bytes += static_cast<char>(word & 0xFFU);
  }
  return bytes;
}

std::vector<std::int32_t> NumbersOf(const TextFilter& filter) {
  std::vector<std::int32_t> numbers;
  for (std::size_t i = 0; i < filter.words().size(); ++i) {
    for (std::uint64_t word = filter.words()[i]; word != 0; word &= word - 1) {
      numbers.push_back(static_cast<std::int32_t>(i * 64) + std::countr_zero(word));
    }
  }
  return numbers;
}

std::size_t CountBelow(const TextFilter& filter, std::int32_t end) {
  std::size_t count = 0;
  const auto whole = std::min(filter.words().size(), static_cast<std::size_t>(end) / 64);
  for (std::size_t i = 0; i < whole; ++i) {
    count += static_cast<std::size_t>(std::popcount(filter.words()[i]));
  }
  for (auto text = static_cast<std::int32_t>(whole * 64); text < end; ++text) {
    count += filter.Contains(TextNo(text)) ? 1U : 0U;
  }
  return count;
}

}  // namespace

struct DatabaseIndex::Asked {
  std::string query;
  std::size_t k = 0;
  const TextFilter* filter = nullptr;
  std::size_t allowed = 0;
  bool nothing = false;  // a query of zeros, none wanted or none allowed
};

/// $1 the query, $2 the filter, $3 how many.
struct DatabaseIndex::Statement {
  std::string sql;
  std::string filter;  // bits, or an array of numbers
  std::string plan;
  bool by_graph = false;
};

Result<DatabaseIndex::Asked> DatabaseIndex::Check(std::span<const float> query, std::size_t k,
                                                  const TextFilter& filter) const {
  COPPICE_TRY(CheckQueryVector(query, static_cast<std::size_t>(dimensions_)));
  Asked asked;
  asked.filter = &filter;
  asked.allowed = filter.Count();
  asked.k = std::min(k, asked.allowed);
  const bool zero =
      std::all_of(query.begin(), query.end(), [](float v) { return HalfOf(v) % 0x8000U == 0; });
  asked.nothing = asked.k == 0 || zero;
  if (!asked.nothing) asked.query = HalfText(query);
  return asked;
}

// Zero vectors are told by a comparison, which ends at the first value that differs.
std::string DatabaseIndex::Rows(PgTransaction& tx, const std::string& where) const {
  const std::string& schema = tx.vector_type().schema;
  return fmt::format(
      "SELECT text_no, v::{0}.halfvec({1}) OPERATOR({0}.<#>) $1::{0}.halfvec({1}) AS d "
      "FROM coppice.text_vector WHERE space = {2} AND model = {3} AND {4} "
      "AND v OPERATOR({0}.<>) array_fill(0::float4, ARRAY[{1}])::{0}.halfvec",
      schema, dimensions_, space_.value, model_.value, where);
}

DatabaseIndex::Statement DatabaseIndex::Exactly(PgTransaction& tx, const Asked& asked) const {
  Statement statement;
  const std::size_t span = asked.filter->words().size() * 64;
  if (asked.allowed * kProbeCost < span) {
    // One probe of the primary key for each, whatever the planner believes.
    const std::string rows = Rows(tx, "text_no = n");
    statement.sql = fmt::format(
        "SELECT r.text_no, r.d FROM unnest($2::int4[]) AS n CROSS JOIN LATERAL ({} OFFSET 0) AS r "
        "ORDER BY r.d, r.text_no LIMIT $3",
        rows);
    const auto numbers = NumbersOf(*asked.filter);
    statement.filter = BinaryArray::OfInts(numbers).bytes();
  } else {
    const std::string allowed = fmt::format(
        "text_no < {0} AND CASE WHEN text_no < {0} THEN get_bit($2::bytea, text_no) = 1 END", span);
    statement.sql = fmt::format("{} ORDER BY d, text_no LIMIT $3", Rows(tx, allowed));
    statement.filter = BitsOf(*asked.filter);
  }
  statement.plan = fmt::format("database exact: {} texts", asked.allowed);
  return statement;
}

DatabaseIndex::Statement DatabaseIndex::ByGraph(PgTransaction& tx, const Asked& asked,
                                                const DatabaseGraph& graph) const {
  const std::string& schema = tx.vector_type().schema;
  const std::size_t candidates =
      std::clamp(2 * asked.k, options_.least_candidates, kMostCandidates);
  // Sorting forbidden: the graph's order is the only one left, whatever the planner believes.
  tx.Execute(
      fmt::format("SET LOCAL hnsw.ef_search = {}; SET LOCAL hnsw.iterative_scan = "
                  "relaxed_order; SET LOCAL hnsw.max_scan_tuples = {}; "
                  "SET LOCAL enable_sort = off",
                  candidates, options_.most_visited));
  const std::size_t span = asked.filter->words().size() * 64;
  const std::string allowed =
      fmt::format("CASE WHEN text_no < {} THEN get_bit($2::bytea, text_no) = 1 END", span);
  Statement statement;
  statement.by_graph = true;
  statement.sql = fmt::format(
      "WITH graph AS MATERIALIZED ({} ORDER BY v::{}.halfvec({}) OPERATOR({}.<#>) "
      "$1::{}.halfvec({}) LIMIT $3), tail AS MATERIALIZED ({} ORDER BY d, text_no LIMIT $3) "
      "SELECT text_no, d FROM (SELECT * FROM graph UNION ALL SELECT * FROM tail) AS u "
      "ORDER BY d, text_no LIMIT $3",
      Rows(tx, fmt::format("text_no < {} AND {}", graph.end, allowed)), schema, dimensions_, schema,
      schema, dimensions_,
      Rows(tx, fmt::format("text_no >= {} AND text_no < {} AND {}", graph.end, span, allowed)));
  statement.filter = BitsOf(*asked.filter);
  statement.plan = fmt::format("pgvector hnsw: {} texts, ef {}; exact: the {} since", graph.rows,
                               candidates, asked.allowed - CountBelow(*asked.filter, graph.end));
  return statement;
}

DatabaseIndex::Statement DatabaseIndex::Plan(PgTransaction& tx, const Asked& asked) const {
  const auto graph = FindGraph(tx, space_, model_);
  if (!graph) return Exactly(tx, asked);
  const std::size_t inside = CountBelow(*asked.filter, graph->end);
  const auto rows = static_cast<std::size_t>(graph->rows);
  if (inside < options_.least_allowed || inside == 0) return Exactly(tx, asked);
  // What a walk must visit so that `k` of it are allowed.
  const std::size_t visited =
      std::max(options_.least_candidates, asked.k * std::max(rows, inside) / inside);
  const bool pays =
      visited <= options_.most_visited && visited * options_.rows_in_a_candidate <= inside;
  return pays ? ByGraph(tx, asked, *graph) : Exactly(tx, asked);
}

Result<VectorAnswer> DatabaseIndex::Run(const Asked& asked, bool exactly,
                                        const Deadline& deadline) const {
  const auto search = [&](PgTransaction& tx) -> Result<VectorAnswer> {
    tx.Execute("SET LOCAL jit = off");
    const Statement statement = exactly ? Exactly(tx, asked) : Plan(tx, asked);
    VectorAnswer answer;
    answer.plan = statement.plan;
    for (const auto& row : tx.Query(statement.sql, asked.query, Bytes(statement.filter),
                                    static_cast<std::int64_t>(asked.k))) {
      const auto score = -static_cast<float>(row[1].as<double>());
      answer.hits.push_back({TextNo(row[0].as<std::int32_t>()), std::clamp(score, -1.0F, 1.0F)});
    }
    answer.partial = statement.by_graph && answer.hits.size() < asked.k;
    return answer;
  };
  return RunTransaction(pool_, PgAccess::kRead, deadline, search);
}

Result<VectorAnswer> DatabaseIndex::Search(std::span<const float> query, std::size_t k,
                                           const TextFilter& filter,
                                           const Deadline& deadline) const {
  COPPICE_ASSIGN(const Asked asked, Check(query, k, filter));
  COPPICE_TRY(CheckDeadline(deadline, "vector search"));
  if (asked.nothing) return VectorAnswer{{}, "database exact: 0 texts", false};
  COPPICE_ASSIGN(VectorAnswer answer, Run(asked, false, deadline));
  if (!answer.partial) return answer;
  // The walk met too few: the exact order answers, unless that takes too long.
  auto exact = Run(asked, true, Deadline::After(deadline.remaining() / 2, deadline.stop()));
  if (exact || exact.error().code != ErrorCode::kDeadlineExceeded) return exact;
  return answer;
}

Result<std::string> DatabaseIndex::Explain(std::span<const float> query, std::size_t k,
                                           const TextFilter& filter,
                                           const Deadline& deadline) const {
  COPPICE_ASSIGN(const Asked asked, Check(query, k, filter));
  if (asked.nothing) return std::string();
  return RunTransaction(
      pool_, PgAccess::kRead, deadline, [&](PgTransaction& tx) -> Result<std::string> {
        tx.Execute("SET LOCAL jit = off");
        const Statement statement = Plan(tx, asked);
        std::string text;
        for (const auto& row :
             tx.Query("EXPLAIN " + statement.sql, asked.query, Bytes(statement.filter),
                      static_cast<std::int64_t>(asked.k))) {
          text += row[0].as<std::string>() + '\n';
        }
        return text;
      });
}

Result<void> DatabaseIndex::Append(std::span<const TextNo> texts, std::span<const float> vectors) {
  const auto width = static_cast<std::size_t>(dimensions_);
  COPPICE_TRY(CheckVectors(texts, vectors, width));
  std::vector<std::int32_t> numbers;
  std::vector<std::span<const float>> values;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    numbers.push_back(texts[i].value);
    values.push_back(vectors.subspan(i * width, width));
  }
  const auto insert = [&](PgTransaction& tx) -> Result<std::size_t> {
    return InsertVectors(tx, space_, model_, numbers, values);
  };
  COPPICE_ASSIGN(const std::size_t added,
                 RunTransaction(pool_, PgAccess::kWrite, Deadline::Never(), insert));
  appended_ += added;
  return {};
}

}  // namespace coppice::store
