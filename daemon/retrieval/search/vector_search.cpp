#include "daemon/retrieval/search/vector_search.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/format.h"

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

/// Whether the rest of a search should go on without the model.
bool IsPassing(const Error& error, const Deadline& deadline) {
  return error.code == ErrorCode::kUnavailable || error.code == ErrorCode::kResourceExhausted ||
         (error.code == ErrorCode::kDeadlineExceeded && !deadline.expired());
}

/// The query's vectors, one for each model it is asked with.
class QueryVectors {
 public:
  QueryVectors(std::string_view text, const Deadline& deadline)
      : text_(text), deadline_(deadline) {}

  const Result<std::vector<float>>& Under(const embed::Embedder& embedder) {
    const auto [entry, fresh] = vectors_.try_emplace(&embedder, std::vector<float>());
    if (fresh) entry->second = Embed(embedder);
    return entry->second;
  }

 private:
  [[nodiscard]] Result<std::vector<float>> Embed(const embed::Embedder& embedder) const {
    std::vector<float> vector(static_cast<std::size_t>(embedder.info().dimensions));
    const Deadline half = Deadline::After(deadline_.remaining() / 2, deadline_.stop());
    COPPICE_TRY(embedder.Embed(std::span(&text_, 1), embed::Purpose::kQuery, vector, half));
    return vector;
  }

  const std::string_view text_;
  const Deadline& deadline_;
  std::map<const embed::Embedder*, Result<std::vector<float>>> vectors_;
};

using Nearest = std::vector<std::pair<const ScopeSpace*, store::VectorHit>>;

Result<void> SearchSpace(const ScopeSpace& part, const SearchFilter& filter,
                         std::span<const float> query, std::size_t k, const Deadline& deadline,
                         VectorFindings& found, Nearest& nearest) {
  const bool whole_view = part.refs.size() == 1 && IsUnfiltered(filter);
  const store::TextFilter own = whole_view ? store::TextFilter() : AllowedTexts(part);
  const store::TextFilter& texts = whole_view ? part.refs.front()->view->texts() : own;
  COPPICE_ASSIGN(auto answer, part.space->vectors().index->Search(query, k, texts, deadline));
  for (const store::VectorHit& hit : answer.hits) {
    if (hit.score > 0) nearest.emplace_back(&part, hit);
  }
  found.plans.push_back(std::move(answer.plan));
  found.partial = found.partial || answer.partial;
  return {};
}

void LeaveOut(std::string_view why, VectorFindings& found) {
  found.plans.push_back(fmt::format("not searched: {}", why));
  found.partial = true;
}

}  // namespace

Result<VectorFindings> SearchVectors(const Scope& scope, const SearchFilter& filter,
                                     std::string_view text, std::size_t k,
                                     const Deadline& deadline) {
  VectorFindings found;
  Nearest nearest;
  QueryVectors queries(text, deadline);
  for (const ScopeSpace& part : scope.spaces()) {
    const auto& embedder = part.space->vectors().embedder;
    if (embedder == nullptr) {
      LeaveOut("the model of its vectors cannot be run here", found);
      continue;
    }
    const auto& query = queries.Under(*embedder);
    if (!query && IsPassing(query.error(), deadline)) {
      LeaveOut(query.error().message, found);
      continue;
    }
    if (!query) return query.error();
    if (std::all_of(query->begin(), query->end(), [](float value) { return value == 0; })) continue;
    COPPICE_TRY(SearchSpace(part, filter, *query, k, deadline, found, nearest));
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
