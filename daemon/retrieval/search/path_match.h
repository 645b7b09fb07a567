#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "daemon/retrieval/search/query_parser.h"
#include "daemon/retrieval/search/scope.h"

namespace coppice::retrieval {

/// What the path of a document says about a query.
struct PathMatch {
  double stem = 0;  // share of the query's words, weighed by their idf, that its file name matches
  double folder = 0;                      // likewise the folder it lies in
  bool mentioned = false;                 // the query names this file
  std::vector<std::uint32_t> stem_words;  // which words of the query
  std::vector<std::uint32_t> folder_words;
};

/// Documents (of the scope, allowed) whose chosen path matches words or is named.
///
/// Shape:  words match by prefix of at least 4 letters either way, or when equal; `word_idf` has
/// one
///         number for each word of the query.
std::unordered_map<std::uint32_t, PathMatch> MatchPaths(const Scope& scope,
                                                        const ParsedQuery& query,
                                                        const std::vector<double>& word_idf);

}  // namespace coppice::retrieval
