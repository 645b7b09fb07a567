#pragma once

#include <string>
#include <vector>

#include "daemon/retrieval/ranking_weights.h"
#include "daemon/retrieval/search/query_parser.h"
#include "daemon/retrieval/search/scope.h"

namespace coppice::retrieval {

/// A chunk in which something of a wanted name is defined.
struct DefinedChunk {
  std::uint32_t chunk;  // in the scope
  double score;
  std::string symbol;  // of the best definition in it
  store::SymbolKind kind = store::SymbolKind::kNone;
};

struct SymbolScores {
  std::vector<DefinedChunk> chunks;  // by chunk number
  double best = 0;
  double strength = 0;  // weight of the heaviest name found: 1 for code, less for plain words
};

/// Looks the query's names up among the definitions of the scope. One match is worth
/// weight of the name * how it matches / number of files of the views that define it so.
///
/// Shape:  matches: as written, in other case, without '_' and case, by prefix (only where nothing
///         else matches, and not for words that stand side by side); a plain word never matches
///         a field or a variable. A definition whose symbol path
///         lacks the qualifiers of the name counts for a quarter.
SymbolScores SearchNames(const Scope& scope, const ParsedQuery& query,
                         const RankingWeights& weights);

}  // namespace coppice::retrieval
