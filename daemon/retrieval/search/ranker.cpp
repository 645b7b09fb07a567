#include "daemon/retrieval/search/ranker.h"

#include <algorithm>
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
        fused_(FuseChunks(evidence, of_class_, scope.chunk_count())) {}

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

  void Explain(RankedChunk& place) const {
    place.found_by = FindingsOf(evidence_, place.chunk);
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
    const ViewFile& file = choice->ref->view->files()[choice->file];
    if (IsLoweredTest(file)) place.reasons.push_back(fmt::format("test: x{}", weights_.test));
    if (file.path_class.vendored) {
      place.reasons.push_back(fmt::format("vendored: x{}", weights_.vendored));
    }
    const double content = ContentFactor(file);
    if (content != 1) {
      place.reasons.push_back(
          fmt::format("{}: x{}", ContentName(ContentOf(file.language)), content));
    }
    if (choice->other_paths > 0) {
      place.reasons.push_back(fmt::format("same content at {} more path{}", choice->other_paths,
                                          choice->other_paths == 1 ? "" : "s"));
    }
  }

 private:
  void CollectDocs() {
    for (const ScopeSpace& part : scope_.spaces()) {
      for (std::uint32_t local = 0; local < part.chosen.size(); ++local) {
        if (part.chosen[local] != ScopeSpace::kNotAllowed) CollectDoc(part.doc_base + local);
      }
    }
  }

  void CollectDoc(std::uint32_t number) {
    BestChunks(number, chunks_);
    if (chunks_.empty()) return;
    ScoredDoc doc{number, 0, 0};
    double decay = 1;
    for (const auto& [score, chunk] : chunks_) {
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
    if (chunks.empty()) AddFirstAllowed(doc, span, chunks);
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
  void AddFirstAllowed(std::uint32_t doc, Scope::ChunkSpan span, ScoredChunks& chunks) const {
    const bool as_file = !evidence_.lexical.files.empty() && evidence_.lexical.files[doc] > 0;
    const auto path = evidence_.paths.find(doc);
    const bool mentioned = path != evidence_.paths.end() && path->second.mentioned;
    if (!as_file && !mentioned) return;
    const ScopeSpace& part = scope_.SpaceOfDoc(doc);
    std::uint32_t c = span.first;
    while (c < span.first + span.count && !part.allowed_chunks.Contains(c - part.chunk_base)) ++c;
    if (c < span.first + span.count) chunks.emplace_back(0.0, c);
  }

  void ScoreDoc(ScoredDoc& doc, double best_sum) const {
    if (best_sum > 0) doc.score += of_class_.chunks * doc.chunk_sum / best_sum;
    if (evidence_.lexical.best_file > 0) {
      doc.score += of_class_.file * evidence_.lexical.files[doc.doc] / evidence_.lexical.best_file;
    }
    if (const auto path = evidence_.paths.find(doc.doc); path != evidence_.paths.end()) {
      doc.score += of_class_.stem_match * path->second.stem;
      doc.score += of_class_.folder_match * path->second.folder;
      if (path->second.mentioned) doc.score += of_class_.mention;
    }
    const auto choice = scope_.ChoiceOf(doc.doc);
    const ViewFile& file = choice->ref->view->files()[choice->file];
    if (IsLoweredTest(file)) doc.score *= weights_.test;
    if (file.path_class.vendored) doc.score *= weights_.vendored;
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

  [[nodiscard]] bool IsLoweredTest(const ViewFile& file) const {
    return file.path_class.test && !query_.wants_tests;
  }

  // A filter by content means that content is wanted.
  [[nodiscard]] double ContentFactor(const ViewFile& file) const {
    if (!query_.filter.contents.empty() || !query_.filter.languages.empty()) return 1;
    switch (ContentOf(file.language)) {
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
    const auto found = evidence_.paths.find(place.doc);
    if (found == evidence_.paths.end()) return;
    const auto words = [&](const std::vector<std::uint32_t>& numbers) {
      std::vector<std::string_view> texts;
      for (const std::uint32_t number : numbers) texts.push_back(query_.words[number].text);
      return fmt::format("{}", fmt::join(texts, ", "));
    };
    const PathMatch& path = found->second;
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
  std::vector<ScoredDoc> docs_;
  ScoredChunks chunks_;  // of the document at hand
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
                   SearchVectors(scope, query.filter, embedder_, query.text,
                                 static_cast<std::size_t>(weights_.vector_candidates), deadline));
  }
  if (searches.symbol) evidence.symbol = SearchNames(scope, query, weights_);
  Fusion fusion(scope, query, weights_, evidence);
  Ranking ranking = fusion.Run(wanted);
  ranking.plan = fmt::format("{}", fmt::join(evidence.vector.plans, "; "));
  ranking.partial = evidence.vector.partial;
  for (RankedChunk& place : ranking.places) fusion.Explain(place);
  return ranking;
}

}  // namespace coppice::retrieval
