#include "daemon/retrieval/index/space.h"

#include <algorithm>

namespace coppice::retrieval {
namespace {

std::size_t SegmentOf(const std::vector<std::uint32_t>& bases, std::uint32_t number) {
  const auto behind = std::upper_bound(bases.begin(), bases.end(), number);
  return static_cast<std::size_t>(behind - bases.begin()) - 1;
}

}  // namespace

void LengthStats::Add(const LengthStats& other) {
  chunk_count += other.chunk_count;
  doc_count += other.doc_count;
  path_words += other.path_words;
  for (std::size_t f = 0; f < kFieldCount; ++f) fields[f] += other.fields[f];
}

Space::Space(store::SpaceNo number, std::vector<std::shared_ptr<const Segment>> segments,
             SpaceVectors vectors)
    : number_(number),
      segments_(std::move(segments)),
      vectors_(std::move(vectors)),
      chunk_bases_{0},
      doc_bases_{0} {
  for (const auto& segment : segments_) {
    chunk_bases_.push_back(chunk_bases_.back() +
                           static_cast<std::uint32_t>(segment->chunks().size()));
    doc_bases_.push_back(doc_bases_.back() + static_cast<std::uint32_t>(segment->files().size()));
  }
}

Space::Place Space::LocateChunk(std::uint32_t chunk) const {
  const std::size_t s = SegmentOf(chunk_bases_, chunk);
  return {segments_[s].get(), s, chunk - chunk_bases_[s]};
}

Space::Place Space::LocateDoc(std::uint32_t doc) const {
  const std::size_t s = SegmentOf(doc_bases_, doc);
  return {segments_[s].get(), s, doc - doc_bases_[s]};
}

std::optional<std::uint32_t> Space::FindDoc(store::BlobNo blob, Language grammar) const {
  for (std::size_t s = 0; s < segments_.size(); ++s) {
    if (const auto file = segments_[s]->FindFile(blob, grammar)) return doc_bases_[s] + *file;
  }
  return std::nullopt;
}

LengthStats Space::SumLengths(const BitSet& docs) const {
  LengthStats stats;
  for (std::size_t s = 0; s < segments_.size(); ++s) {
    const auto files = segments_[s]->files();
    for (std::uint32_t f = 0; f < files.size(); ++f) {
      if (!docs.Contains(doc_bases_[s] + f)) continue;
      ++stats.doc_count;
      stats.chunk_count += files[f].chunk_count;
      const FieldLengths& lengths = segments_[s]->file_lengths(f);
      for (std::size_t field = 0; field < kFieldCount; ++field) {
        stats.fields[field] += lengths[field];
      }
    }
  }
  return stats;
}

}  // namespace coppice::retrieval
