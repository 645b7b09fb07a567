#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "daemon/retrieval/ranking_weights.h"
#include "daemon/retrieval/retriever.h"

namespace coppice::retrieval {

/// A word to look up, with all that the query says about its weight.
struct QueryWord {
  std::string text;  // as the cutter gives it
  std::string stem;
  double weight = 1;
};

/// A name that may be defined somewhere.
struct QueryName {
  std::string text;                     // "Write"; for words that stand side by side "flushjob"
  std::vector<std::string> qualifiers;  // "leveldb", "DBImpl"
  double weight = 1;                    // 1 for what looks like code, less for plain words
  bool code = false;
};

/// A query taken apart: what it filters by, what it looks for, and which row of weights it takes.
struct ParsedQuery {
  QueryClass query_class = QueryClass::kKeywords;
  std::string text;  // without filter words: what is embedded
  std::vector<QueryWord> words;
  std::vector<QueryName> names;
  std::vector<std::string> mentions;  // file names and paths in the text
  bool wants_tests = false;
  ViewSelector view;    // of the query and its words
  SearchFilter filter;  // likewise
};

/// Reads `repo: ref: at: lang: path: sym:` words (of a query of one line), cuts the rest.
/// Errors: kInvalidArgument: nothing to look for, an unknown language, an empty filter word.
Result<ParsedQuery> ParseQuery(const Query& query, const RankingWeights& weights);

}  // namespace coppice::retrieval
