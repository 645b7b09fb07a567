#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "daemon/retrieval/search/scope.h"

namespace coppice::retrieval {

/// A chunk and the score one search gave it.
struct ScoredChunk {
  std::uint32_t chunk;  // in the scope
  double score;
};

/// What the vector search found.
struct VectorFindings {
  std::vector<ScoredChunk> chunks;  // best first; cosine similarity above 0
  std::vector<std::string> plans;   // how each space was searched
  bool partial = false;             // some texts that might belong here were not found
};

/// The allowed chunks whose texts are nearest to `text` in meaning: those of the `k` nearest texts
/// over all spaces.
///
/// Each space is asked with the model that made its vectors. One whose model does not answer (away,
/// busy, not to be run here, or not within half of the time there is) is left out: its plan says
/// why, and the findings are partial.
///
/// Errors: those of the vector index; of the model other ones. A text in which the model knows
///         nothing finds nothing.
Result<VectorFindings> SearchVectors(const Scope& scope, const SearchFilter& filter,
                                     std::string_view text, std::size_t k,
                                     const Deadline& deadline);

}  // namespace coppice::retrieval
