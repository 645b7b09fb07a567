#include "daemon/retrieval/search/lexical_search.h"

#include <algorithm>
#include <span>

#include "daemon/retrieval/search/bm25f.h"
#include "daemon/retrieval/search/expired.h"

namespace coppice::retrieval {
namespace {

using RankedCounts = std::array<std::uint64_t, kRankedFieldCount>;
using PostingLists = std::vector<std::span<const std::uint8_t>>;

double Average(std::uint64_t sum, std::uint64_t count) {
  return count == 0 ? 0 : static_cast<double>(sum) / static_cast<double>(count);
}

FieldModel MakeModel(const ClassWeights& of_class, const RankingWeights& weights,
                     const LengthStats& stats, std::uint64_t texts) {
  FieldModel model;
  model.weight = {of_class.field_symbol,   of_class.field_signature, of_class.field_doc_first,
                  of_class.field_doc_rest, of_class.field_body,      of_class.field_path};
  model.b.fill(weights.b_field);
  model.b[static_cast<std::size_t>(Field::kBody)] = weights.b_body;
  for (std::size_t f = 0; f < kFieldCount; ++f) {
    model.average_length[f] = Average(stats.fields[f], texts);
  }
  model.average_length[kPathField] = Average(stats.path_words, stats.doc_count);
  return model;
}

/// Reads several posting lists as one: ascending chunks, counts added up.
void ReadPostings(const PostingLists& lists, std::vector<Posting>& postings) {
  postings.clear();
  for (const auto& list : lists) {
    const std::size_t middle = postings.size();
    PostingReader reader(list);
    for (Posting posting; reader.Next(posting);) postings.push_back(posting);
    std::inplace_merge(postings.begin(), postings.begin() + static_cast<std::ptrdiff_t>(middle),
                       postings.end(),
                       [](const Posting& a, const Posting& b) { return a.chunk < b.chunk; });
  }
  if (lists.size() < 2) return;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < postings.size(); ++i) {
    if (kept > 0 && postings[kept - 1].chunk == postings[i].chunk) {
      for (std::size_t f = 0; f < kFieldCount; ++f) {
        const unsigned sum = postings[kept - 1].counts[f] + unsigned{postings[i].counts[f]};
        postings[kept - 1].counts[f] = static_cast<std::uint16_t>(std::min(sum, 0xFFFFU));
      }
    } else {
      postings[kept++] = postings[i];
    }
  }
  postings.resize(kept);
}

/// One search: the models of chunks and files, and the scores so far.
class WordSearch {
 public:
  WordSearch(const Scope& scope, const ClassWeights& of_class, const RankingWeights& weights)
      : scope_(scope),
        weights_(weights),
        chunk_model_(MakeModel(of_class, weights, scope.stats(), scope.stats().chunk_count)),
        file_model_(MakeModel(of_class, weights, scope.stats(), scope.stats().doc_count)),
        path_counts_(scope.doc_count(), 0) {
    scores_.chunks.assign(scope.chunk_count(), 0);
    scores_.files.assign(scope.doc_count(), 0);
  }

  // A word without other forms would be read twice for the same scores.
  void Add(const QueryWord& word) {
    const bool has_other_forms = HasOtherForms(word);
    CollectAll(word, false);
    const double idf = Score(word.weight * (has_other_forms ? 1 : 1 + weights_.stem));
    if (!has_other_forms) {
      scores_.word_idf.push_back(idf);
      return;
    }
    CollectAll(word, true);
    scores_.word_idf.push_back(Score(word.weight * weights_.stem));
  }

  LexicalScores Finish() {
    for (const double score : scores_.chunks) {
      scores_.best_chunk = std::max(scores_.best_chunk, score);
    }
    for (const double score : scores_.files) scores_.best_file = std::max(scores_.best_file, score);
    return std::move(scores_);
  }

 private:
  struct Found {
    std::uint32_t number;  // in the scope
    double frequency;
  };

  /// Whether any text or path of the scope has a word of this stem that is written otherwise.
  [[nodiscard]] bool HasOtherForms(const QueryWord& word) const {
    const auto other = [](const auto& list, const auto& own) { return list.data() != own.data(); };
    for (const ScopeSpace& part : scope_.spaces()) {
      for (const auto& segment : part.space->segments()) {
        PostingLists lists;
        segment->FindStem(word.stem, lists);
        const auto own = segment->FindWord(word.text);
        if (own.empty() ? !lists.empty() : lists.size() != 1 || other(lists[0], own)) return true;
      }
      for (const ServedRef* ref : part.refs) {
        const auto own = ref->view->table()->FindWord(word.text);
        bool found_other = false;
        ref->view->table()->ForEachWithStem(
            word.stem, [&](const auto& entries) { found_other |= other(entries, own); });
        if (found_other) return true;
      }
    }
    return false;
  }

  void CollectAll(const QueryWord& word, bool by_stem) {
    Clear();
    CollectPaths(word, by_stem);
    for (const ScopeSpace& part : scope_.spaces()) {
      for (std::size_t s = 0; s < part.space->segments().size(); ++s) {
        PostingLists lists;
        if (by_stem) {
          part.space->segments()[s]->FindStem(word.stem, lists);
        } else {
          lists.push_back(part.space->segments()[s]->FindWord(word.text));
        }
        Collect(part, s, lists);
      }
    }
  }

  void Clear() {
    chunks_.clear();
    files_.clear();
    chunk_df_ = file_df_ = 0;
    for (const std::uint32_t doc : docs_with_path_) path_counts_[doc] = 0;
    docs_with_path_.clear();
  }

  void CollectPaths(const QueryWord& word, bool by_stem) {
    for (const ScopeSpace& part : scope_.spaces()) {
      for (const ServedRef* ref : part.refs) {
        const FileTable& table = *ref->view->table();
        const auto add = [&](std::span<const FileTable::PathEntry> entries) {
          for (const auto& entry : entries) AddPath(part, *ref, entry);
        };
        if (by_stem) {
          table.ForEachWithStem(word.stem, add);
        } else {
          add(table.FindWord(word.text));
        }
      }
    }
  }

  // The path of a document is that of its first file in the first view that has it, filter or not.
  void AddPath(const ScopeSpace& part, const ServedRef& ref, const FileTable::PathEntry& entry) {
    const auto local = ref.view->DocOf(entry.file);
    if (!local || ref.view->FilesOf(*local).front() != entry.file) return;
    for (const ServedRef* other : part.refs) {
      if (other == &ref) break;
      if (other->view->docs().Contains(*local)) return;
    }
    const std::uint32_t doc = part.doc_base + *local;
    if (path_counts_[doc] == 0) docs_with_path_.push_back(doc);
    path_counts_[doc] = path_counts_[doc] + entry.count;
  }

  void Collect(const ScopeSpace& part, std::size_t s, const PostingLists& lists) {
    const Segment& segment = *part.space->segments()[s];
    const std::uint32_t chunk_base = part.space->chunk_base(s);
    ReadPostings(lists, postings_);
    std::uint32_t open_file = 0;
    bool is_open = false;
    RankedCounts counts{};
    for (const Posting& posting : postings_) {
      const std::uint32_t chunk = chunk_base + posting.chunk;
      if (!part.chunks.Contains(chunk)) continue;
      ++chunk_df_;
      if (part.allowed_chunks.Contains(chunk)) {
        chunks_.push_back({part.chunk_base + chunk,
                           chunk_model_.Frequency(posting.counts, segment.lengths(posting.chunk))});
      }
      const std::uint32_t file = segment.chunks()[posting.chunk].file;
      if (is_open && file != open_file) CloseFile(part, s, open_file, counts);
      is_open = true;
      open_file = file;
      for (std::size_t f = 0; f < kFieldCount; ++f) counts[f] += posting.counts[f];
    }
    if (is_open) CloseFile(part, s, open_file, counts);
  }

  void CloseFile(const ScopeSpace& part, std::size_t s, std::uint32_t file, RankedCounts& counts) {
    const std::uint32_t doc = part.doc_base + part.space->doc_base(s) + file;
    counts[kPathField] = path_counts_[doc];
    path_counts_[doc] = 0;
    AddFile(part, doc, counts, part.space->segments()[s]->file_lengths(file));
    counts.fill(0);
  }

  void AddFile(const ScopeSpace& part, std::uint32_t doc, const RankedCounts& counts,
               const FieldLengths& fields) {
    ++file_df_;
    if (part.chosen[doc - part.doc_base] == ScopeSpace::kNotAllowed) return;
    RankedCounts lengths{};
    std::copy(fields.begin(), fields.end(), lengths.begin());
    if (counts[kPathField] > 0) {
      const auto choice = scope_.ChoiceOf(doc);
      lengths[kPathField] = choice->ref->view->table()->path_length(choice->file);
    }
    files_.push_back({doc, file_model_.Frequency(counts, lengths)});
  }

  // Documents that have the word in their path only, then the scores of all. Gives the idf of
  // files.
  double Score(double weight) {
    for (const std::uint32_t doc : docs_with_path_) {
      if (path_counts_[doc] == 0) continue;
      const ScopeSpace& part = scope_.SpaceOfDoc(doc);
      const Space::Place place = part.space->LocateDoc(doc - part.doc_base);
      RankedCounts counts{};
      counts[kPathField] = path_counts_[doc];
      AddFile(part, doc, counts, place.segment->file_lengths(place.local));
    }
    const double chunk_idf = InverseDocumentFrequency(scope_.stats().chunk_count, chunk_df_);
    for (const auto& [chunk, frequency] : chunks_) {
      scores_.chunks[chunk] += weight * chunk_idf * Saturate(frequency, weights_.k1);
    }
    const double file_idf = InverseDocumentFrequency(scope_.stats().doc_count, file_df_);
    for (const auto& [doc, frequency] : files_) {
      scores_.files[doc] += weight * file_idf * Saturate(frequency, weights_.k1);
    }
    return file_idf;
  }

  const Scope& scope_;
  const RankingWeights& weights_;
  FieldModel chunk_model_;
  FieldModel file_model_;
  LexicalScores scores_;
  // Of the word that is being read:
  std::vector<Posting> postings_;
  std::vector<Found> chunks_;
  std::vector<Found> files_;
  std::size_t chunk_df_ = 0;
  std::size_t file_df_ = 0;
  std::vector<std::uint32_t> path_counts_;  // by document; set back to 0 once used
  std::vector<std::uint32_t> docs_with_path_;
};

}  // namespace

Result<LexicalScores> SearchWords(const Scope& scope, const std::vector<QueryWord>& words,
                                  const ClassWeights& of_class, const RankingWeights& weights,
                                  const Deadline& deadline) {
  WordSearch search(scope, of_class, weights);
  for (const QueryWord& word : words) {
    if (deadline.expired()) return ExpiredError(deadline, "lexical search");
    search.Add(word);
  }
  return search.Finish();
}

}  // namespace coppice::retrieval
