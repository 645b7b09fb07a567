#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace coppice::retrieval {

/// What kind of text a query is; each has its own row of weights.
enum class QueryClass : std::uint8_t { kSymbol, kKeywords, kQuestion, kIssue };
/// "symbol", "keywords", "question", "issue".
std::string_view QueryClassName(QueryClass query_class);

/// How the parts of a score are weighed for one class of query.
struct ClassWeights {
  // The three searches, each divided by its best score of the query, in the score of a chunk.
  double lexical = 1.0;
  double vector = 0.6;
  double symbol = 0.5;
  // Fields of BM25F: how much one occurrence counts.
  double field_path = 2.0;
  double field_symbol = 4.0;
  double field_signature = 2.0;
  double field_doc_first = 3.0;
  double field_doc_rest = 1.0;
  double field_body = 1.0;
  // Parts of the score of a file.
  double file = 0.6;
  double chunks = 1.0;
  double stem_match = 0.2;
  double folder_match = 0.1;
  double mention = 0.5;
  // What a hit of that content is multiplied with.
  double doc = 1.0;
  double text = 1.0;
};

/// Every number that ranking uses, with its default: the only place where defaults stand.
///
/// Place:  filled by App from [ranking] of the configuration, anew on SIGHUP; request threads read
///         an immutable copy.
/// Source: config/default/ranking.toml says what each means, its range and where it comes from;
///         a test holds file and struct equal.
struct RankingWeights {
  // clang-format off
  ClassWeights symbol{.lexical = 0.4, .vector = 0.1, .symbol = 1.5, .field_path = 2.0,
                      .field_symbol = 5.0, .field_signature = 2.0, .field_doc_first = 1.0,
                      .field_doc_rest = 0.5, .field_body = 1.0, .file = 0.4, .chunks = 1.0,
                      .stem_match = 0.2, .folder_match = 0.05, .mention = 0.5, .doc = 0.6,
                      .text = 0.6};
  ClassWeights keywords{.lexical = 1.0, .vector = 0.5, .symbol = 0.6, .field_path = 3.0,
                        .field_symbol = 4.0, .field_signature = 2.0, .field_doc_first = 2.0,
                        .field_doc_rest = 1.0, .field_body = 1.0, .file = 0.6, .chunks = 1.0,
                        .stem_match = 0.3, .folder_match = 0.15, .mention = 0.5, .doc = 0.8,
                        .text = 0.6};
  ClassWeights question{.lexical = 1.0, .vector = 1.0, .symbol = 0.4, .field_path = 2.0,
                        .field_symbol = 2.0, .field_signature = 1.0, .field_doc_first = 3.0,
                        .field_doc_rest = 1.5, .field_body = 1.0, .file = 0.3, .chunks = 1.0,
                        .stem_match = 0.2, .folder_match = 0.1, .mention = 0.5, .doc = 0.5,
                        .text = 0.6};
  ClassWeights issue{.lexical = 1.0, .vector = 0.3, .symbol = 0.6, .field_path = 8.0,
                     .field_symbol = 5.0, .field_signature = 2.0, .field_doc_first = 1.0,
                     .field_doc_rest = 1.0, .field_body = 1.0, .file = 1.0, .chunks = 1.0,
                     .stem_match = 0.2, .folder_match = 0.05, .mention = 0.8, .doc = 0.5,
                     .text = 0.5};
  // clang-format on

  // BM25F.
  double k1 = 1.2;
  double b_body = 0.9;
  double b_field = 0.4;
  // Words of a query.
  double stem = 0.6;
  double identifier = 1.5;
  double part = 0.6;
  double code_token = 2.0;
  double first_line = 3.0;
  // Matches of the symbol search.
  double name_exact = 1.0;
  double name_other_case = 0.8;
  double name_joined = 0.7;
  double name_prefix = 0.3;
  double vector_candidates = 1500;
  // The score of a file from its chunks, and the chunks shown of it.
  double chunk_count = 3;
  double chunk_decay = 0.3;
  double hits_per_file = 3;
  double further_min = 0.75;
  double further = 0.7;
  // What files of these kinds are multiplied with.
  double test = 0.3;
  double vendored = 0.4;

  [[nodiscard]] const ClassWeights& of(QueryClass query_class) const;
};

/// One weight as the table of them gives it out.
struct WeightRow {
  std::string name;  // "question.vector", "k1": its key below [ranking]
  double* value;
  double min;
  double max;
};

/// Calls `visit` for every weight of `weights`, in the order of the struct.
void ForEachWeight(RankingWeights& weights, const std::function<void(const WeightRow&)>& visit);

/// Sets weights by name. Errors: kInvalidArgument naming the key that is unknown (with the nearest
/// known one), or the value and its range; `weights` is then unchanged.
Result<void> SetWeights(RankingWeights& weights, const std::map<std::string, double>& values);

}  // namespace coppice::retrieval
