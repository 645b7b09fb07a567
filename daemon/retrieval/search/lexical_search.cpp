#include "daemon/retrieval/search/lexical_search.h"

#include <algorithm>
#include <span>

#include "daemon/retrieval/search/bm25f.h"
#include "daemon/retrieval/search/dense_sums.h"
#include "daemon/retrieval/search/expired.h"

namespace coppice::retrieval {
namespace {

using Bytes = std::span<const std::uint8_t>;

/// What is found of a word in one shape: as written, or in every form of its stem.
struct Found {
  explicit Found(std::uint32_t doc_count) : docs(doc_count) {}

  std::vector<std::uint32_t> chunks;  // of the scope, allowed
  std::vector<double> frequencies;    // of each of them
  std::size_t chunk_df = 0;           // chunks of the views, allowed or not
  DenseSums docs;                     // of the views, allowed or not; frequency of allowed ones

  void AddChunk(const ScopeSpace& part, std::uint32_t chunk, double frequency) {
    ++chunk_df;
    if (!part.allows_all && !part.allowed_chunks.Contains(chunk)) return;
    chunks.push_back(part.chunk_base + chunk);
    frequencies.push_back(frequency);
  }
  void Clear() {
    chunks.clear();
    frequencies.clear();
    chunk_df = 0;
  }
};

std::size_t LargestSegment(const Scope& scope) {
  std::size_t largest = 0;
  for (const ScopeSpace& part : scope.spaces()) {
    for (const auto& segment : part.space->segments()) {
      largest = std::max(largest, segment->chunks().size());
    }
  }
  return largest;
}

FieldModel MakeModel(const ClassWeights& of_class, const RankingWeights& weights,
                     const LengthStats& stats, std::uint64_t texts) {
  const auto average = [](std::uint64_t sum, std::uint64_t count) {
    return count == 0 ? 0 : static_cast<double>(sum) / static_cast<double>(count);
  };
  FieldModel model;
  model.weight = {of_class.field_symbol,   of_class.field_signature, of_class.field_doc_first,
                  of_class.field_doc_rest, of_class.field_body,      of_class.field_path};
  model.b.fill(weights.b_field);
  model.b[static_cast<std::size_t>(Field::kBody)] = weights.b_body;
  for (std::size_t f = 0; f < kFieldCount; ++f) {
    model.average_length[f] = average(stats.fields[f], texts);
  }
  model.average_length[kPathField] = average(stats.path_words, stats.doc_count);
  return model;
}

/// The posting lists of a word in one segment.
struct WordLists {
  Bytes own;
  std::vector<Bytes> others;  // of its stem, but the word's own
  bool own_has_stem = false;  // the own list is one of the stem's
};

/// One search: the models of chunks and files, and the scores so far.
class WordSearch {
 public:
  WordSearch(const Scope& scope, const ClassWeights& of_class, const RankingWeights& weights)
      : scope_(scope),
        weights_(weights),
        chunk_model_(MakeModel(of_class, weights, scope.stats(), scope.stats().chunk_count)),
        file_model_(MakeModel(of_class, weights, scope.stats(), scope.stats().doc_count)),
        chunk_norms_(chunk_model_),
        own_(scope.doc_count()),
        stem_(scope.doc_count()),
        sums_(LargestSegment(scope)) {
    scores_.chunks.assign(scope.chunk_count(), 0);
    scores_.files.assign(scope.doc_count(), 0);
  }

  // A word without other forms would be read twice for the same scores.
  void Add(const QueryWord& word) {
    const bool other_forms = FindLists(word);
    own_.Clear();
    stem_.Clear();
    ReadPaths(word, other_forms);
    std::size_t at = 0;
    for (const ScopeSpace& part : scope_.spaces()) {
      for (std::size_t s = 0; s < part.space->segments().size(); ++s) {
        ReadSegment(part, s, lists_[at++], other_forms);
      }
    }
    const double idf = Score(own_, word.weight * (other_forms ? 1 : 1 + weights_.stem));
    const bool by_stem = other_forms;
    scores_.word_idf.push_back(by_stem ? Score(stem_, word.weight * weights_.stem) : idf);
  }

  LexicalScores Finish() { return std::move(scores_); }

 private:
  /// Fills lists_. Whether any text or path of the scope has a word of this stem that is written
  /// otherwise.
  bool FindLists(const QueryWord& word) {
    lists_.clear();
    bool other_forms = false;
    for (const ScopeSpace& part : scope_.spaces()) {
      for (const auto& segment : part.space->segments()) {
        WordLists& lists = lists_.emplace_back();
        lists.own = segment->FindWord(word.text);
        segment->FindStem(word.stem, lists.others);
        lists.own_has_stem = std::erase_if(lists.others, [&](const Bytes& list) {
                               return !lists.own.empty() && list.data() == lists.own.data();
                             }) > 0;
        other_forms =
            other_forms || !lists.others.empty() || (!lists.own.empty() && !lists.own_has_stem);
      }
      for (const ServedRef* ref : part.refs) {
        const auto own = ref->view->table()->FindWord(word.text);
        ref->view->table()->ForEachWithStem(word.stem, [&](const auto& entries) {
          other_forms = other_forms || entries.data() != own.data();
        });
      }
    }
    return other_forms;
  }

  void ReadPaths(const QueryWord& word, bool other_forms) {
    for (const ScopeSpace& part : scope_.spaces()) {
      for (const ServedRef* ref : part.refs) {
        const FileTable& table = *ref->view->table();
        const auto add_to = [&](Found& found) {
          return [&](std::span<const FileTable::PathEntry> entries) {
            for (const auto& entry : entries) AddPath(part, *ref, entry, found);
          };
        };
        add_to(own_)(table.FindWord(word.text));
        if (other_forms) table.ForEachWithStem(word.stem, add_to(stem_));
      }
    }
  }

  // The path of a document is that of its first file in the first view that has it, filter or not.
  void AddPath(const ScopeSpace& part, const ServedRef& ref, const FileTable::PathEntry& entry,
               Found& found) const {
    const auto local = ref.view->DocOf(entry.file);
    if (!local || ref.view->FilesOf(*local).front() != entry.file) return;
    for (const ServedRef* other : part.refs) {
      if (other == &ref) break;
      if (other->view->docs().Contains(*local)) return;
    }
    const std::uint32_t doc = part.doc_base + *local;
    const auto choice = scope_.ChoiceOf(doc);
    double frequency = 0;
    if (choice) {
      const std::uint16_t length = choice->ref->view->table()->path_length(choice->file);
      frequency = entry.count * file_model_.Norm(kPathField, length);
    }
    found.docs.Add(doc, frequency);
  }

  // The own list is read once, and counts for both shapes.
  void ReadSegment(const ScopeSpace& part, std::size_t s, const WordLists& lists,
                   bool other_forms) {
    const std::uint32_t base = part.space->chunk_base(s);
    const std::uint32_t doc_base = part.doc_base + part.space->doc_base(s);
    const bool several = lists.others.size() + (lists.own_has_stem ? 1 : 0) > 1;
    const auto to_stem = [&](std::uint32_t chunk, double frequency) {
      if (several) {
        sums_.Add(chunk, frequency);
      } else {
        stem_.AddChunk(part, base + chunk, frequency);
      }
    };
    const bool both = other_forms && lists.own_has_stem;
    Read(
        part, s, lists.own,
        [&](std::uint32_t chunk, double frequency) {
          own_.AddChunk(part, base + chunk, frequency);
          if (both) to_stem(chunk, frequency);
        },
        [&](std::uint32_t file, double frequency) {
          own_.docs.Add(doc_base + file, frequency);
          if (both) stem_.docs.Add(doc_base + file, frequency);
        });
    for (const Bytes& list : lists.others) {
      Read(part, s, list, to_stem, [&](std::uint32_t file, double frequency) {
        stem_.docs.Add(doc_base + file, frequency);
      });
    }
    if (!several) return;
    sums_.Drain([&](std::uint32_t chunk, double sum) { stem_.AddChunk(part, base + chunk, sum); });
  }

  /// Calls `on_chunk(chunk, frequency)` for each chunk of the views in the list, and
  /// `on_file(file, frequency)` for each file; numbers are those of the segment.
  template <class OnChunk, class OnFile>
  void Read(const ScopeSpace& part, std::size_t s, Bytes list, const OnChunk& on_chunk,
            const OnFile& on_file) const {
    const Segment& segment = *part.space->segments()[s];
    const std::uint32_t base = part.space->chunk_base(s);
    std::array<std::uint32_t, kFieldCount> in_file{};
    std::uint32_t open_file = 0;
    bool is_open = false;
    const auto close = [&] {
      if (is_open) on_file(open_file, FrequencyInFile(in_file, segment.file_lengths(open_file)));
      in_file.fill(0);
    };
    for (PostingReader reader(list); reader.NextChunk();) {
      const std::uint32_t chunk = reader.chunk();
      if (!part.holds_all && !part.chunks.Contains(base + chunk)) {
        reader.ForEachCount([](std::size_t, std::uint32_t) {});
        continue;
      }
      const std::uint32_t file = segment.file_of(chunk);
      if (!is_open || file != open_file) close();
      is_open = true;
      open_file = file;
      const FieldCounts& lengths = segment.lengths(chunk);
      double frequency = 0;
      reader.ForEachCount([&](std::size_t field, std::uint32_t count) {
        in_file[field] += count;
        frequency += count * chunk_norms_.Of(field, lengths[field]);
      });
      on_chunk(chunk, frequency);
    }
    close();
  }

  [[nodiscard]] double FrequencyInFile(const std::array<std::uint32_t, kFieldCount>& counts,
                                       const FieldLengths& lengths) const {
    double frequency = 0;
    for (std::size_t f = 0; f < kFieldCount; ++f) {
      if (counts[f] > 0) {
        frequency += counts[f] * file_model_.Norm(f, static_cast<double>(lengths[f]));
      }
    }
    return frequency;
  }

  /// Adds what was found to the scores. Gives the idf of files.
  double Score(Found& found, double weight) {
    const double chunk_factor =
        weight * InverseDocumentFrequency(scope_.stats().chunk_count, found.chunk_df);
    for (std::size_t i = 0; i < found.chunks.size(); ++i) {
      double& score = scores_.chunks[found.chunks[i]];
      score += chunk_factor * Saturate(found.frequencies[i], weights_.k1);
      scores_.best_chunk = std::max(scores_.best_chunk, score);
    }
    const double file_idf = InverseDocumentFrequency(scope_.stats().doc_count, found.docs.Count());
    found.docs.Drain([&](std::uint32_t doc, double frequency) {
      if (!scope_.Allows(doc)) return;
      double& score = scores_.files[doc];
      score += weight * file_idf * Saturate(frequency, weights_.k1);
      scores_.best_file = std::max(scores_.best_file, score);
    });
    return file_idf;
  }

  const Scope& scope_;
  const RankingWeights& weights_;
  const FieldModel chunk_model_;
  const FieldModel file_model_;
  const FieldNorms chunk_norms_;
  LexicalScores scores_;
  // Of the word that is being read:
  std::vector<WordLists> lists_;  // by segment, over all spaces
  Found own_;
  Found stem_;
  DenseSums sums_;  // by chunk, over the lists of a stem in one segment
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
