#include "daemon/retrieval/search/evidence.h"

#include <algorithm>

#include "daemon/retrieval/retriever.h"

namespace coppice::retrieval {
namespace {

// A best cosine that is hardly above the worst must not count in full: where few texts pass the
// filter, all may be alike.
constexpr double kLeastSpread = 0.3;

template <class Rows>
const typename Rows::value_type* FindChunk(const Rows& rows, std::uint32_t chunk) {
  const auto found =
      std::find_if(rows.begin(), rows.end(), [&](const auto& row) { return row.chunk == chunk; });
  return found == rows.end() ? nullptr : &*found;
}

template <class Rows>
std::uint32_t RankAmong(const Rows& rows, double score) {
  return 1 + static_cast<std::uint32_t>(std::count_if(
                 rows.begin(), rows.end(), [&](const auto& row) { return row.score > score; }));
}

}  // namespace

std::vector<double> FuseChunks(const Evidence& evidence, const ClassWeights& of_class,
                               std::size_t chunk_count) {
  std::vector<double> fused(chunk_count, 0);
  if (evidence.lexical.best_chunk > 0) {
    const double factor = of_class.lexical / evidence.lexical.best_chunk;
    for (std::size_t c = 0; c < evidence.lexical.chunks.size(); ++c) {
      fused[c] += factor * evidence.lexical.chunks[c];
    }
  }
  if (!evidence.vector.chunks.empty()) {
    const double best = evidence.vector.chunks.front().score;
    const double worst = evidence.vector.chunks.size() > 1 ? evidence.vector.chunks.back().score : 0;
    const double factor = of_class.vector / std::max(best - worst, kLeastSpread);
    for (const ScoredChunk& hit : evidence.vector.chunks) {
      fused[hit.chunk] += factor * (hit.score - worst);
    }
  }
  if (evidence.symbol.best > 0) {
    const double factor = of_class.symbol * evidence.symbol.strength / evidence.symbol.best;
    for (const DefinedChunk& hit : evidence.symbol.chunks) fused[hit.chunk] += factor * hit.score;
  }
  return fused;
}

std::vector<Finding> FindingsOf(const Evidence& evidence, std::uint32_t chunk) {
  std::vector<Finding> findings;
  if (!evidence.lexical.chunks.empty() && evidence.lexical.chunks[chunk] > 0) {
    const double score = evidence.lexical.chunks[chunk];
    const auto better =
        std::count_if(evidence.lexical.chunks.begin(), evidence.lexical.chunks.end(),
                      [&](double other) { return other > score; });
    findings.push_back({"lexical", 1 + static_cast<std::uint32_t>(better), score});
  }
  if (const ScoredChunk* hit = FindChunk(evidence.vector.chunks, chunk)) {
    findings.push_back({"vector", RankAmong(evidence.vector.chunks, hit->score), hit->score});
  }
  if (const DefinedChunk* hit = FindChunk(evidence.symbol.chunks, chunk)) {
    findings.push_back({"symbol", RankAmong(evidence.symbol.chunks, hit->score), hit->score});
  }
  return findings;
}

}  // namespace coppice::retrieval
