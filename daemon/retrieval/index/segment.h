#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/language.h"
#include "daemon/retrieval/index/postings.h"
#include "store/model.h"

namespace coppice::retrieval {

/// One blob under one grammar: the file as ranking sees it, without a path.
struct SegmentFile {
  store::BlobNo blob;
  Language grammar = Language::kUnknown;
  std::uint32_t first_chunk = 0;
  std::uint32_t chunk_count = 0;
  std::uint32_t first_definition = 0;
  std::uint32_t definition_count = 0;
};

struct SegmentChunk {
  store::ByteRange range;
  store::LineRange lines;
  store::TextNo text;
  std::uint32_t file = 0;        // index into files()
  std::int32_t definition = -1;  // index into definitions(); -1 = none covers it
  store::SymbolKind kind = store::SymbolKind::kNone;
};

struct PoolString {
  std::uint32_t offset = 0;
  std::uint32_t length = 0;
};

struct SegmentDefinition {
  PoolString name;
  PoolString symbol;
  store::LineRange lines;
  std::uint32_t chunk = 0;  // where it begins
  store::SymbolKind kind = store::SymbolKind::kNone;
};

using FieldLengths = std::array<std::uint64_t, kFieldCount>;

/// A name as the dictionary orders it: small letters, without '_', '-' and '$'.
std::string JoinedName(std::string_view name);

/// What ranking reads of some blobs of a space: chunk table, words, names. Immutable.
///
/// Place:  built by SegmentBuilder or MergeSegments; shared by the snapshots that need it; any
/// thread. Shape:  chunks of a file are neighbours; words sorted, each with postings by chunk;
/// definitions
///         of a file are neighbours, and `names()` orders all by joined name.
/// Limits: about 300 bytes a chunk; chunk numbers below 2^32.
class Segment {
 public:
  [[nodiscard]] std::span<const SegmentFile> files() const { return files_; }
  [[nodiscard]] std::span<const SegmentChunk> chunks() const { return chunks_; }
  [[nodiscard]] std::span<const SegmentDefinition> definitions() const { return definitions_; }
  /// The file of a chunk, as chunks()[chunk].file says, from less memory.
  [[nodiscard]] std::uint32_t file_of(std::uint32_t chunk) const { return chunk_files_[chunk]; }
  /// Words in each field of a chunk, parts counted, identifiers as written not.
  [[nodiscard]] const FieldCounts& lengths(std::size_t chunk) const { return lengths_[chunk]; }
  [[nodiscard]] const FieldLengths& file_lengths(std::size_t file) const {
    return file_lengths_[file];
  }
  [[nodiscard]] std::string_view text(PoolString string) const {
    return std::string_view(pool_).substr(string.offset, string.length);
  }

  [[nodiscard]] std::optional<std::uint32_t> FindFile(store::BlobNo blob, Language grammar) const;
  /// Postings of a word exactly as the cutter gives it; empty where it does not occur.
  [[nodiscard]] std::span<const std::uint8_t> FindWord(std::string_view word) const;
  /// Appends the postings of every word that has this stem, also of the word that is its own stem.
  void FindStem(std::string_view stem, std::vector<std::span<const std::uint8_t>>& postings) const;
  /// Chunks with this text, ascending.
  struct TextChunk {
    store::TextNo text;
    std::uint32_t chunk;
  };
  [[nodiscard]] std::span<const TextChunk> FindText(store::TextNo text) const;

  struct NameEntry {
    PoolString joined;
    std::uint32_t definition;
  };
  /// Definitions whose joined name equals `joined`.
  [[nodiscard]] std::span<const NameEntry> FindName(std::string_view joined) const;
  /// Definitions whose joined name begins with `prefix`.
  [[nodiscard]] std::span<const NameEntry> FindNamePrefix(std::string_view prefix) const;

  [[nodiscard]] std::size_t word_count() const { return words_.size(); }
  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  friend class SegmentBuilder;
  friend class SegmentMerger;
  Segment() = default;

  struct Word {
    PoolString text;
    std::uint64_t postings_offset = 0;
    std::uint32_t postings_bytes = 0;
    std::uint32_t posting_count = 0;
    bool is_stem = false;  // its own
  };
  struct StemEntry {
    PoolString stem;
    std::uint32_t word;
  };

  [[nodiscard]] const Word* FindWordRow(std::string_view word) const;
  [[nodiscard]] std::span<const std::uint8_t> PostingsOf(const Word& word) const {
    return std::span(postings_).subspan(word.postings_offset, word.postings_bytes);
  }
  /// Fills what follows from the other tables: stems_, names_, texts_, by_blob_, chunk_files_,
  /// file_lengths_.
  void Finish();
  void IndexStems();
  void IndexNames();
  void IndexTexts();

  std::string pool_;  // words, stems, names, symbols, joined names
  std::vector<SegmentFile> files_;
  std::vector<SegmentChunk> chunks_;
  std::vector<FieldCounts> lengths_;
  std::vector<std::uint32_t> chunk_files_;
  std::vector<FieldLengths> file_lengths_;
  std::vector<SegmentDefinition> definitions_;
  std::vector<Word> words_;  // sorted by text
  std::vector<std::uint8_t> postings_;
  std::vector<StemEntry> stems_;  // words whose stem is another word, by (stem, word)
  std::vector<NameEntry> names_;
  std::vector<TextChunk> texts_;  // by (text, chunk)
  // Where in texts_ every 2^text_shift_-th text number begins, from that of texts_[0] on.
  std::vector<std::uint32_t> text_places_;
  unsigned text_shift_ = 0;
  std::vector<std::uint32_t> by_blob_;  // files by (blob, grammar)
};

/// A new segment with the files of `parts`, in order, for which `keep(part, file)` holds.
std::shared_ptr<const Segment> MergeSegments(
    std::span<const std::shared_ptr<const Segment>> parts,
    const std::function<bool(std::size_t part, std::uint32_t file)>& keep);

}  // namespace coppice::retrieval
