#include "daemon/retrieval/ranking_weights.h"

#include <algorithm>
#include <array>

#include "base/format.h"
#include "daemon/retrieval/nearest.h"

namespace coppice::retrieval {
namespace {

constexpr std::array<std::string_view, 4> kClassNames = {"symbol", "keywords", "question", "issue"};

struct ClassRow {
  QueryClass query_class;
  ClassWeights RankingWeights::*member;
};
constexpr std::array<ClassRow, 4> kClasses = {{
    {QueryClass::kSymbol, &RankingWeights::symbol},
    {QueryClass::kKeywords, &RankingWeights::keywords},
    {QueryClass::kQuestion, &RankingWeights::question},
    {QueryClass::kIssue, &RankingWeights::issue},
}};

template <class Owner>
struct Row {
  std::string_view name;
  double Owner::*member;
  double min;
  double max;
};

constexpr std::array<Row<ClassWeights>, 16> kClassRows = {{
    {"lexical", &ClassWeights::lexical, 0, 10},
    {"vector", &ClassWeights::vector, 0, 10},
    {"symbol", &ClassWeights::symbol, 0, 10},
    {"field_path", &ClassWeights::field_path, 0, 100},
    {"field_symbol", &ClassWeights::field_symbol, 0, 100},
    {"field_signature", &ClassWeights::field_signature, 0, 100},
    {"field_doc_first", &ClassWeights::field_doc_first, 0, 100},
    {"field_doc_rest", &ClassWeights::field_doc_rest, 0, 100},
    {"field_body", &ClassWeights::field_body, 0, 100},
    {"file", &ClassWeights::file, 0, 10},
    {"chunks", &ClassWeights::chunks, 0, 10},
    {"stem_match", &ClassWeights::stem_match, 0, 10},
    {"folder_match", &ClassWeights::folder_match, 0, 10},
    {"mention", &ClassWeights::mention, 0, 10},
    {"doc", &ClassWeights::doc, 0, 2},
    {"text", &ClassWeights::text, 0, 2},
}};

constexpr std::array<Row<RankingWeights>, 20> kCommonRows = {{
    {"k1", &RankingWeights::k1, 0.01, 10},
    {"b_body", &RankingWeights::b_body, 0, 1},
    {"b_field", &RankingWeights::b_field, 0, 1},
    {"stem", &RankingWeights::stem, 0, 10},
    {"identifier", &RankingWeights::identifier, 0, 10},
    {"part", &RankingWeights::part, 0, 10},
    {"code_token", &RankingWeights::code_token, 0, 10},
    {"first_line", &RankingWeights::first_line, 0, 10},
    {"name_exact", &RankingWeights::name_exact, 0, 1},
    {"name_other_case", &RankingWeights::name_other_case, 0, 1},
    {"name_joined", &RankingWeights::name_joined, 0, 1},
    {"name_prefix", &RankingWeights::name_prefix, 0, 1},
    {"vector_candidates", &RankingWeights::vector_candidates, 1, 10000},
    {"chunk_count", &RankingWeights::chunk_count, 1, 100},
    {"chunk_decay", &RankingWeights::chunk_decay, 0, 1},
    {"hits_per_file", &RankingWeights::hits_per_file, 1, 100},
    {"further_min", &RankingWeights::further_min, 0, 1},
    {"further", &RankingWeights::further, 0, 1},
    {"test", &RankingWeights::test, 0, 1},
    {"vendored", &RankingWeights::vendored, 0, 1},
}};

}  // namespace

std::string_view QueryClassName(QueryClass query_class) {
  return kClassNames[static_cast<std::size_t>(query_class)];
}

const ClassWeights& RankingWeights::of(QueryClass query_class) const {
  return this->*kClasses[static_cast<std::size_t>(query_class)].member;
}

void ForEachWeight(RankingWeights& weights, const std::function<void(const WeightRow&)>& visit) {
  for (const ClassRow& row : kClasses) {
    ClassWeights& of_class = weights.*row.member;
    for (const auto& [name, member, min, max] : kClassRows) {
      visit({fmt::format("{}.{}", QueryClassName(row.query_class), name), &(of_class.*member), min,
             max});
    }
  }
  for (const auto& [name, member, min, max] : kCommonRows) {
    visit({std::string(name), &(weights.*member), min, max});
  }
}

Result<void> SetWeights(RankingWeights& weights, const std::map<std::string, double>& values) {
  RankingWeights changed = weights;
  std::map<std::string, WeightRow> rows;
  ForEachWeight(changed, [&](const WeightRow& row) { rows.emplace(row.name, row); });
  for (const auto& [name, value] : values) {
    const auto found = rows.find(name);
    if (found == rows.end()) {
      const auto nearest =
          std::min_element(rows.begin(), rows.end(), [&name = name](const auto& a, const auto& b) {
            return EditDistance(name, a.first) < EditDistance(name, b.first);
          });
      return MakeError(ErrorCode::kInvalidArgument,
                       fmt::format("unknown setting 'ranking.{}'", name),
                       fmt::format("did you mean 'ranking.{}'?", nearest->first));
    }
    const WeightRow& row = found->second;
    if (!(value >= row.min && value <= row.max)) {
      return MakeError(
          ErrorCode::kInvalidArgument,
          fmt::format("ranking.{} = {}: allowed is {} to {}", name, value, row.min, row.max));
    }
    *row.value = value;
  }
  weights = changed;
  return {};
}

}  // namespace coppice::retrieval
