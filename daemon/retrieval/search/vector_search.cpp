#include "daemon/retrieval/search/vector_search.h"

#include <algorithm>

namespace coppice::retrieval {
namespace {

bool IsUnfiltered(const SearchFilter& filter) {
  return filter.languages.empty() && filter.path_globs.empty() && filter.kinds.empty() &&
         filter.contents.empty();
}

store::TextFilter AllowedTexts(const ScopeSpace& part) {
  store::TextFilter texts;
  const auto& segments = part.space->segments();
  for (std::size_t s = 0; s < segments.size(); ++s) {
    const auto chunks = segments[s]->chunks();
    for (std::uint32_t c = 0; c < chunks.size(); ++c) {
      if (part.allowed_chunks.Contains(part.space->chunk_base(s) + c)) texts.Add(chunks[c].text);
    }
  }
  return texts;
}

void AddChunks(const ScopeSpace& part, const store::VectorHit& hit,
               std::vector<ScoredChunk>& found) {
  const auto& segments = part.space->segments();
  for (std::size_t s = 0; s < segments.size(); ++s) {
    for (const Segment::TextChunk& entry : segments[s]->FindText(hit.text)) {
      const std::uint32_t chunk = part.space->chunk_base(s) + entry.chunk;
      if (part.allowed_chunks.Contains(chunk)) {
        found.push_back({part.chunk_base + chunk, static_cast<double>(hit.score)});
      }
    }
  }
}

}  // namespace

Result<VectorFindings> SearchVectors(const Scope& scope, const SearchFilter& filter,
                                     const embed::Embedder& embedder, std::string_view text,
                                     std::size_t k, const Deadline& deadline) {
  std::vector<float> query(static_cast<std::size_t>(embedder.info().dimensions));
  COPPICE_TRY(embedder.Embed(std::span(&text, 1), embed::Purpose::kQuery, query, deadline));
  VectorFindings found;
  if (std::all_of(query.begin(), query.end(), [](float value) { return value == 0; })) return found;
  std::vector<std::pair<const ScopeSpace*, store::VectorHit>> nearest;
  for (const ScopeSpace& part : scope.spaces()) {
    const bool whole_view = part.refs.size() == 1 && IsUnfiltered(filter);
    const store::TextFilter own = whole_view ? store::TextFilter() : AllowedTexts(part);
    const store::TextFilter& texts = whole_view ? part.refs.front()->view->texts() : own;
    COPPICE_ASSIGN(auto answer, part.space->vectors()->Search(query, k, texts, deadline));
    for (const store::VectorHit& hit : answer.hits) {
      if (hit.score > 0) nearest.emplace_back(&part, hit);
    }
    found.plans.push_back(std::move(answer.plan));
    found.partial = found.partial || answer.partial;
  }
  if (scope.spaces().size() > 1) {  // those of one are in order
    std::stable_sort(nearest.begin(), nearest.end(),
                     [](const auto& a, const auto& b) { return a.second.score > b.second.score; });
  }
  if (nearest.size() > k) nearest.resize(k);
  for (const auto& [part, hit] : nearest) AddChunks(*part, hit, found.chunks);
  return found;
}

}  // namespace coppice::retrieval
