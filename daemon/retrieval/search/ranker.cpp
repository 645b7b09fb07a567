#include "daemon/retrieval/search/ranker.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "base/format.h"
#include "daemon/retrieval/search/evidence.h"

namespace coppice::retrieval {
namespace {

using ScoredChunks = std::vector<std::pair<double, std::uint32_t>>;  // best first, then by number

struct ScoredDoc {
  std::uint32_t doc;
  double chunk_sum = 0;  // decayed, of its best chunks
  double score = 0;
};

/// Orders what the searches found for one query.
class Fusion {
 public:
  Fusion(const Scope& scope, const ParsedQuery& query, const RankingWeights& weights,
         const Evidence& evidence)
      : scope_(scope),
        query_(query),
        weights_(weights),
        of_class_(weights.of(query.query_class)),
        evidence_(evidence),
        fused_(FuseChunks(evidence, of_class_, scope.chunk_count())),
        path_of_doc_(scope.doc_count(), nullptr) {
    for (const auto& [doc, match] : evidence.paths) path_of_doc_[doc] = &match;
  }

  /// The best `wanted` places, and whether there are more.
  Ranker::Ranking Run(std::size_t wanted) {
    CollectDocs();
    double best_sum = 0;
    for (const ScoredDoc& doc : docs_) best_sum = std::max(best_sum, doc.chunk_sum);
    for (ScoredDoc& doc : docs_) ScoreDoc(doc, best_sum);
    std::erase_if(docs_, [](const ScoredDoc& doc) { return doc.score <= 0; });
    // No place of a file is better than the file: the best places lie in the best files.
    SortDocs(wanted);
    Ranker::Ranking ranking;
    for (std::size_t d = 0; d < std::min(wanted, docs_.size()); ++d) {
      AddPlaces(docs_[d], ranking.places);
    }
    SortPlaces(ranking.places);
    ranking.more = ranking.places.size() > wanted || docs_.size() > wanted;
    if (ranking.places.size() > wanted) ranking.places.resize(wanted);
    return ranking;
  }

  void Explain(std::vector<RankedChunk>& places) const {
    std::vector<std::uint32_t> chunks;
    for (const RankedChunk& place : places) chunks.push_back(place.chunk);
    std::vector<std::vector<Finding>> findings = FindingsOf(evidence_, chunks);
    for (std::size_t i = 0; i < places.size(); ++i) {
      places[i].found_by = std::move(findings[i]);
      ExplainOne(places[i]);
    }
  }

 private:
  void ExplainOne(RankedChunk& place) const {
    const auto defined =
        std::find_if(evidence_.symbol.chunks.begin(), evidence_.symbol.chunks.end(),
                     [&](const auto& hit) { return hit.chunk == place.chunk; });
    if (defined != evidence_.symbol.chunks.end()) {
      place.symbol = defined->symbol;
      place.kind = defined->kind;
      place.reasons.push_back(fmt::format("defines {}", defined->symbol));
    }
    for (const Finding& finding : place.found_by) {
      if (finding.search != "vector") continue;
      place.reasons.push_back(fmt::format("near in meaning: {:.2f}", finding.score));
    }
    ExplainPath(place);
    const auto choice = scope_.ChoiceOf(place.doc);
    const FileTraits file = choice->ref->view->table()->traits(choice->file);
    if (IsLoweredTest(file)) place.reasons.push_back(fmt::format("test: x{}", weights_.test));
    if (file.vendored) {
      place.reasons.push_back(fmt::format("vendored: x{}", weights_.vendored));
    }
    const double content = ContentFactor(file);
    if (content != 1) {
      place.reasons.push_back(fmt::format("{}: x{}", ContentName(file.content), content));
    }
    if (choice->other_paths > 0) {
      place.reasons.push_back(fmt::format("same content at {} more path{}", choice->other_paths,
                                          choice->other_paths == 1 ? "" : "s"));
    }
  }

  void CollectDocs() {
    for (const ScopeSpace& part : scope_.spaces()) {
      for (std::size_t s = 0; s < part.space->segments().size(); ++s) {
        const std::uint32_t chunk_base = part.chunk_base + part.space->chunk_base(s);
        std::uint32_t local = part.space->doc_base(s);
        for (const SegmentFile& file : part.space->segments()[s]->files()) {
          if (part.chosen[local] != ScopeSpace::kNotAllowed) {
            CollectDoc(part.doc_base + local, {chunk_base + file.first_chunk, file.chunk_count});
          }
          ++local;
        }
      }
    }
  }

  void CollectDoc(std::uint32_t number, Scope::ChunkSpan span) {
    best_scores_.clear();
    const auto most = static_cast<std::size_t>(weights_.chunk_count);
    for (std::uint32_t c = span.first; c < span.first + span.count; ++c) {
      const double score = fused_[c];
      if (score <= 0 || (best_scores_.size() == most && score <= best_scores_.back())) continue;
      if (best_scores_.size() == most) best_scores_.pop_back();
      best_scores_.insert(
          std::upper_bound(best_scores_.begin(), best_scores_.end(), score, std::greater<>()),
          score);
    }
    if (best_scores_.empty() && !FirstAllowed(number, span)) return;
    ScoredDoc doc{number, 0, 0};
    double decay = 1;
    for (const double score : best_scores_) {
      doc.chunk_sum += decay * score;
      decay *= weights_.chunk_decay;
    }
    docs_.push_back(doc);
  }

  void BestChunks(std::uint32_t doc, ScoredChunks& chunks) const {
    chunks.clear();
    const Scope::ChunkSpan span = scope_.ChunksOf(doc);
    for (std::uint32_t c = span.first; c < span.first + span.count; ++c) {
      if (fused_[c] > 0) chunks.emplace_back(fused_[c], c);
    }
    if (chunks.empty()) {
      if (const auto first = FirstAllowed(doc, span)) chunks.emplace_back(0.0, *first);
    }
    const auto count = std::min(static_cast<std::size_t>(weights_.chunk_count), chunks.size());
    std::partial_sort(chunks.begin(), chunks.begin() + static_cast<std::ptrdiff_t>(count),
                      chunks.end(), [](const auto& a, const auto& b) {
                        return a.first != b.first ? a.first > b.first : a.second < b.second;
                      });
    chunks.resize(count);
  }

  /// Equal ones by repository and path, so that the order does not hang on the order in which blobs
  /// were read.
  void SortDocs(std::size_t wanted) {
    const auto end = docs_.begin() + static_cast<std::ptrdiff_t>(std::min(wanted, docs_.size()));
    std::partial_sort(docs_.begin(), end, docs_.end(), [&](const auto& a, const auto& b) {
      return a.score != b.score ? a.score > b.score : TieKey(a.doc) < TieKey(b.doc);
    });
  }

  void SortPlaces(std::vector<RankedChunk>& places) const {
    std::sort(places.begin(), places.end(), [&](const RankedChunk& a, const RankedChunk& b) {
      if (a.score != b.score) return a.score > b.score;
      return a.doc != b.doc ? TieKey(a.doc) < TieKey(b.doc) : a.chunk < b.chunk;
    });
  }

  // A file that only its path or its words as a whole speak for is shown by its first allowed
  // chunk.
  [[nodiscard]] std::optional<std::uint32_t> FirstAllowed(std::uint32_t doc,
                                                          Scope::ChunkSpan span) const {
    const bool as_file = !evidence_.lexical.files.empty() && evidence_.lexical.files[doc] > 0;
    const bool mentioned = path_of_doc_[doc] != nullptr && path_of_doc_[doc]->mentioned;
    if (!as_file && !mentioned) return std::nullopt;
    const ScopeSpace& part = scope_.SpaceOfDoc(doc);
    std::uint32_t c = span.first;
    while (c < span.first + span.count && !part.allowed_chunks.Contains(c - part.chunk_base)) ++c;
    return c < span.first + span.count ? std::optional(c) : std::nullopt;
  }

  void ScoreDoc(ScoredDoc& doc, double best_sum) const {
    if (best_sum > 0) doc.score += of_class_.chunks * doc.chunk_sum / best_sum;
    if (evidence_.lexical.best_file > 0) {
      doc.score += of_class_.file * evidence_.lexical.files[doc.doc] / evidence_.lexical.best_file;
    }
    if (const PathMatch* path = path_of_doc_[doc.doc]; path != nullptr) {
      doc.score += of_class_.stem_match * path->stem;
      doc.score += of_class_.folder_match * path->folder;
      if (path->mentioned) doc.score += of_class_.mention;
    }
    const auto choice = scope_.ChoiceOf(doc.doc);
    const FileTraits file = choice->ref->view->table()->traits(choice->file);
    if (IsLoweredTest(file)) doc.score *= weights_.test;
    if (file.vendored) doc.score *= weights_.vendored;
    doc.score *= ContentFactor(file);
  }

  void AddPlaces(const ScoredDoc& doc, std::vector<RankedChunk>& places) {
    BestChunks(doc.doc, chunks_);
    const double best = chunks_.front().first;
    const auto most = static_cast<std::size_t>(weights_.hits_per_file);
    for (std::size_t i = 0; i < chunks_.size() && i < most; ++i) {
      const auto& [score, chunk] = chunks_[i];
      if (i > 0 && (best <= 0 || score < weights_.further_min * best)) break;
      const double share = i == 0 ? 1.0 : weights_.further * score / best;
      places.push_back({chunk, doc.doc, doc.score * share, {}, {}, {}, {}});
    }
  }

  [[nodiscard]] std::pair<std::string_view, std::string_view> TieKey(std::uint32_t doc) const {
    const auto choice = scope_.ChoiceOf(doc);
    return {choice->ref->repo.name, choice->ref->view->files()[choice->file].path};
  }

  [[nodiscard]] bool IsLoweredTest(const FileTraits& file) const {
    return file.test && !query_.wants_tests;
  }

  // A filter by content means that content is wanted.
  [[nodiscard]] double ContentFactor(const FileTraits& file) const {
    if (!query_.filter.contents.empty() || !query_.filter.languages.empty()) return 1;
    switch (file.content) {
      case Content::kDoc:
        return of_class_.doc;
      case Content::kText:
        return of_class_.text;
      case Content::kCode:
        return 1;
    }
    return 1;
  }

  void ExplainPath(RankedChunk& place) const {
    if (path_of_doc_[place.doc] == nullptr) return;
    const auto words = [&](const std::vector<std::uint32_t>& numbers) {
      std::vector<std::string_view> texts;
      for (const std::uint32_t number : numbers) texts.push_back(query_.words[number].text);
      return fmt::format("{}", fmt::join(texts, ", "));
    };
    const PathMatch& path = *path_of_doc_[place.doc];
    if (path.mentioned) place.reasons.emplace_back("the query names this file");
    if (!path.stem_words.empty()) {
      place.reasons.push_back("file name matches: " + words(path.stem_words));
    }
    if (!path.folder_words.empty()) {
      place.reasons.push_back("folder matches: " + words(path.folder_words));
    }
  }

  const Scope& scope_;
  const ParsedQuery& query_;
  const RankingWeights& weights_;
  const ClassWeights& of_class_;
  const Evidence& evidence_;
  std::vector<double> fused_;
  std::vector<const PathMatch*> path_of_doc_;  // null: its path says nothing
  std::vector<ScoredDoc> docs_;
  // Of the document at hand:
  ScoredChunks chunks_;
  std::vector<double> best_scores_;
};

}  // namespace

Result<Ranker::Ranking> Ranker::Rank(const Scope& scope, const ParsedQuery& query,
                                     const SearchSet& searches, std::size_t wanted,
                                     const Deadline& deadline) const {
  Evidence evidence;
  if (searches.lexical) {
    COPPICE_ASSIGN(evidence.lexical, SearchWords(scope, query.words, weights_.of(query.query_class),
                                                 weights_, deadline));
    evidence.paths = MatchPaths(scope, query, evidence.lexical.word_idf);
  }
  if (searches.vector) {
    COPPICE_ASSIGN(evidence.vector,
                   SearchVectors(scope, query.filter, query.text,
                                 static_cast<std::size_t>(weights_.vector_candidates), deadline));
  }
  if (searches.symbol) evidence.symbol = SearchNames(scope, query, weights_);
  Fusion fusion(scope, query, weights_, evidence);
  Ranking ranking = fusion.Run(wanted);
  ranking.plan = fmt::format("{}", fmt::join(evidence.vector.plans, "; "));
  ranking.partial = evidence.vector.partial;
  fusion.Explain(ranking.places);
  return ranking;
}

}  // namespace coppice::retrieval
