#pragma once

#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "daemon/retrieval/search/lexical_search.h"
#include "daemon/retrieval/search/path_match.h"
#include "daemon/retrieval/search/symbol_search.h"
#include "daemon/retrieval/search/vector_search.h"

namespace coppice::retrieval {

/// What all searches say about one query.
struct Evidence {
  LexicalScores lexical;
  VectorFindings vector;
  SymbolScores symbol;
  std::unordered_map<std::uint32_t, PathMatch> paths;
};

/// The score of each chunk of the scope: the sum of the three searches, each divided by its best.
/// Cosines are first taken above that of the worst text found, since all of them are high.
std::vector<double> FuseChunks(const Evidence& evidence, const ClassWeights& of_class,
                               std::size_t chunk_count);

/// For each of `chunks` its rank in each search that found it, 1 + how many are better.
std::vector<std::vector<Finding>> FindingsOf(const Evidence& evidence,
                                             std::span<const std::uint32_t> chunks);

}  // namespace coppice::retrieval
