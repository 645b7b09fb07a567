#pragma once

#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "daemon/retrieval/ranking_weights.h"
#include "daemon/retrieval/search/query_parser.h"
#include "daemon/retrieval/search/scope.h"

namespace coppice::retrieval {

/// BM25F scores of a query's words.
struct LexicalScores {
  std::vector<double> chunks;    // by chunk of the scope; 0 where not found or not allowed
  std::vector<double> files;     // by document of the scope, with the words of its path
  std::vector<double> word_idf;  // by word of the query, over files
  double best_chunk = 0;
  double best_file = 0;
};

/// Scores every allowed chunk and file. A word counts as written, and beside it, with weight
/// `stem`, every word of its stem.
///
/// Shape:  number of documents, document frequencies and average lengths are those of the scope's
///         views, all of its spaces together, whatever the filter lets through.
/// Limits: one pass over the postings of each word; some ns a posting.
/// Errors: kDeadlineExceeded, kCancelled between words.
Result<LexicalScores> SearchWords(const Scope& scope, const std::vector<QueryWord>& words,
                                  const ClassWeights& of_class, const RankingWeights& weights,
                                  const Deadline& deadline);

}  // namespace coppice::retrieval
