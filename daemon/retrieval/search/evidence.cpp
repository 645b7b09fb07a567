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

/// For each of a few scores how many of `all` are better.
std::vector<std::uint32_t> CountBetter(const std::vector<double>& all,
                                       const std::vector<double>& scores) {
  std::vector<double> sorted = scores;
  std::sort(sorted.begin(), sorted.end());
  std::vector<std::uint32_t> above(sorted.size() + 1, 0);  // by how many of `sorted` are less
  const double lowest = sorted.empty() ? 0 : sorted.front();
  for (const double score : all) {
    if (sorted.empty() || score <= lowest) continue;
    const auto less = std::lower_bound(sorted.begin(), sorted.end(), score) - sorted.begin();
    ++above[static_cast<std::size_t>(less)];
  }
  for (std::size_t i = above.size() - 1; i > 0; --i) above[i - 1] += above[i];
  std::vector<std::uint32_t> better;
  for (const double score : scores) {
    const auto upto = std::upper_bound(sorted.begin(), sorted.end(), score) - sorted.begin();
    better.push_back(above[static_cast<std::size_t>(upto)]);
  }
  return better;
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
    const double worst =
        evidence.vector.chunks.size() > 1 ? evidence.vector.chunks.back().score : 0;
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

std::vector<std::vector<Finding>> FindingsOf(const Evidence& evidence,
                                             std::span<const std::uint32_t> chunks) {
  const std::vector<double>& lexical = evidence.lexical.chunks;
  std::vector<double> scores(chunks.size(), 0);
  if (!lexical.empty()) {
    std::transform(chunks.begin(), chunks.end(), scores.begin(),
                   [&](std::uint32_t chunk) { return lexical[chunk]; });
  }
  const std::vector<std::uint32_t> better = CountBetter(lexical, scores);
  std::vector<std::vector<Finding>> findings(chunks.size());
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    if (scores[i] > 0) findings[i].push_back({"lexical", 1 + better[i], scores[i]});
    if (const ScoredChunk* hit = FindChunk(evidence.vector.chunks, chunks[i])) {
      findings[i].push_back({"vector", RankAmong(evidence.vector.chunks, hit->score), hit->score});
    }
    if (const DefinedChunk* hit = FindChunk(evidence.symbol.chunks, chunks[i])) {
      findings[i].push_back({"symbol", RankAmong(evidence.symbol.chunks, hit->score), hit->score});
    }
  }
  return findings;
}

}  // namespace coppice::retrieval
