#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "daemon/retrieval/index/bit_set.h"
#include "daemon/retrieval/index/segment.h"
#include "embed/embedder.h"
#include "store/vector/vector_index.h"

namespace coppice::retrieval {

/// Sums over some documents from which BM25F takes its averages.
struct LengthStats {
  std::uint64_t chunk_count = 0;
  std::uint64_t doc_count = 0;
  FieldLengths fields{};
  std::uint64_t path_words = 0;

  void Add(const LengthStats& other);
};

/// Vectors of texts, and the model that made them: a query is embedded by the same.
struct SpaceVectors {
  std::shared_ptr<store::VectorIndex> index;
  std::shared_ptr<const embed::Embedder> embedder;  // none: the model cannot be run here
};

/// What is in memory of one space: its segments under one numbering, and its vectors. Immutable
/// (the vector index grows beside it, behind a filter).
///
/// Shape: chunk and document numbers run through all segments; a document is one blob under one
///        grammar.
class Space {
 public:
  Space(store::SpaceNo number, std::vector<std::shared_ptr<const Segment>> segments,
        SpaceVectors vectors);

  [[nodiscard]] store::SpaceNo number() const { return number_; }
  [[nodiscard]] const std::vector<std::shared_ptr<const Segment>>& segments() const {
    return segments_;
  }
  [[nodiscard]] const SpaceVectors& vectors() const { return vectors_; }
  [[nodiscard]] std::uint32_t chunk_count() const { return chunk_bases_.back(); }
  [[nodiscard]] std::uint32_t doc_count() const { return doc_bases_.back(); }
  /// Number of the first chunk or document of a segment.
  [[nodiscard]] std::uint32_t chunk_base(std::size_t segment) const {
    return chunk_bases_[segment];
  }
  [[nodiscard]] std::uint32_t doc_base(std::size_t segment) const { return doc_bases_[segment]; }

  struct Place {
    const Segment* segment;
    std::size_t segment_index;
    std::uint32_t local;
  };
  [[nodiscard]] Place LocateChunk(std::uint32_t chunk) const;
  [[nodiscard]] Place LocateDoc(std::uint32_t doc) const;
  [[nodiscard]] std::optional<std::uint32_t> FindDoc(store::BlobNo blob, Language grammar) const;
  /// Sums over the documents of a set; path words are left at 0.
  [[nodiscard]] LengthStats SumLengths(const BitSet& docs) const;

 private:
  store::SpaceNo number_;
  std::vector<std::shared_ptr<const Segment>> segments_;
  SpaceVectors vectors_;
  std::vector<std::uint32_t> chunk_bases_;  // one more than segments
  std::vector<std::uint32_t> doc_bases_;
};

}  // namespace coppice::retrieval
