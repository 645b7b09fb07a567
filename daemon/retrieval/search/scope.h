#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "daemon/retrieval/index/snapshot.h"
#include "daemon/retrieval/retriever.h"

namespace coppice::retrieval {

/// The part of one space that a query reads: the union of its selected views, and what the filter
/// lets through.
struct ScopeSpace {
  const Space* space = nullptr;
  std::vector<const ServedRef*> refs;  // selected views of this space, in order of selection
  std::uint32_t chunk_base = 0;        // number in the scope of the space's chunk 0
  std::uint32_t doc_base = 0;
  BitSet docs;                        // of the views: statistics are taken over these
  BitSet chunks;                      // likewise
  BitSet allowed_chunks;              // of the views and through the filter: only these are found
  bool holds_all = false;             // every chunk of the space is of the views
  bool allows_all = false;            // every chunk of the views is allowed
  std::vector<std::uint32_t> chosen;  // by document: kNotAllowed, or what ChoiceOf unpacks

  static constexpr std::uint32_t kNotAllowed = 0xFFFFFFFFU;
};

/// Everything one query may find, under one numbering of chunks and documents over all its spaces.
///
/// Place:  on the stack of a request; the snapshot outlives it.
/// Limits: some ten bytes for each document of the spaces, some bits for each chunk.
class Scope {
 public:
  Scope(const std::vector<const ServedRef*>& refs, const SearchFilter& filter);

  [[nodiscard]] const std::vector<ScopeSpace>& spaces() const { return spaces_; }
  [[nodiscard]] std::uint32_t chunk_count() const { return chunk_count_; }
  [[nodiscard]] std::uint32_t doc_count() const { return doc_count_; }
  /// Sums over all documents of the views, filtered out or not.
  [[nodiscard]] const LengthStats& stats() const { return stats_; }

  /// Where a document is shown: the first selected view that has it, under its best allowed path.
  struct Choice {
    const ServedRef* ref;
    std::uint32_t file;         // in that view
    std::uint32_t other_paths;  // how many more it has in that view
  };
  [[nodiscard]] std::optional<Choice> ChoiceOf(std::uint32_t doc) const;
  /// Whether it has a choice.
  [[nodiscard]] bool Allows(std::uint32_t doc) const {
    const ScopeSpace& part = SpaceOfDoc(doc);
    return part.chosen[doc - part.doc_base] != ScopeSpace::kNotAllowed;
  }

  struct ChunkPlace {
    const ScopeSpace* space;
    Space::Place place;
    std::uint32_t doc;  // in the scope
    [[nodiscard]] const SegmentChunk& chunk() const { return place.segment->chunks()[place.local]; }
  };
  [[nodiscard]] ChunkPlace LocateChunk(std::uint32_t chunk) const;
  /// Number in the scope of a document's first chunk, and how many it has.
  struct ChunkSpan {
    std::uint32_t first;
    std::uint32_t count;
  };
  [[nodiscard]] ChunkSpan ChunksOf(std::uint32_t doc) const;
  [[nodiscard]] const ScopeSpace& SpaceOfDoc(std::uint32_t doc) const;

 private:
  void Choose(ScopeSpace& part, const SearchFilter& filter);
  static void AllowChunks(ScopeSpace& part, const SearchFilter& filter);
  void SumStats(const ScopeSpace& part);

  std::vector<ScopeSpace> spaces_;
  std::uint32_t chunk_count_ = 0;
  std::uint32_t doc_count_ = 0;
  LengthStats stats_;
};

}  // namespace coppice::retrieval
