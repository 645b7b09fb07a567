#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "daemon/retrieval/ranking_weights.h"
#include "daemon/retrieval/retriever.h"
#include "daemon/retrieval/search/path_match.h"
#include "daemon/retrieval/search/query_parser.h"
#include "daemon/retrieval/search/scope.h"

namespace coppice::retrieval {

/// One place in the ranked list.
struct RankedChunk {
  std::uint32_t chunk = 0;  // in the scope
  std::uint32_t doc = 0;
  double score = 0;
  std::string symbol;  // what the symbol search found in it, "" = nothing
  store::SymbolKind kind = store::SymbolKind::kNone;
  std::vector<Finding> found_by;
  std::vector<std::string> reasons;
};

/// Runs the searches of a query over a scope and orders what they find.
///
/// Place:  called by request threads; no state of its own.
/// Shape:  chunk score = sum over searches of  weight * score / best score of the query;
///         file score  = (weight * file BM25F / best + weight * decayed sum of its best chunks /
///         best
///                        + path rules) * what its content, tests, vendored folders are multiplied
///                        with;
///         the best chunk of a file has the file's score, a further one is added where it is nearly
///         as good, with less. Order: score, then repository, path, line.
/// Limits: at most `wanted` places, best first.
/// Errors: kDeadlineExceeded, kCancelled; those of vector index and model.
class Ranker {
 public:
  /// `weights` must outlive this.
  explicit Ranker(const RankingWeights& weights) : weights_(weights) {}

  struct Ranking {
    std::vector<RankedChunk> places;
    bool more = false;     // there are places beyond `wanted`
    std::string plan;      // how vectors were searched; empty: not at all
    bool partial = false;  // the vector search may have missed some
  };
  Result<Ranking> Rank(const Scope& scope, const ParsedQuery& query, const SearchSet& searches,
                       std::size_t wanted, const Deadline& deadline) const;

 private:
  const RankingWeights& weights_;
};

}  // namespace coppice::retrieval
