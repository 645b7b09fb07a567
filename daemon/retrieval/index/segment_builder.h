#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "daemon/retrieval/index/segment.h"
#include "store/object_reader.h"

namespace coppice::retrieval {

/// Builds a segment from blobs, one after the other.
///
/// Place:  on the stack of the loader; not shared.
/// Limits: cuts some 30 MB/s; memory is that of the segment and as much again until Finish.
class SegmentBuilder {
 public:
  SegmentBuilder();
  ~SegmentBuilder();

  /// Adds one blob under one grammar; a pair must not be added twice.
  /// Shape: stored.texts has one number for each chunk; ranges beyond `body` are cut off.
  void Add(const store::StoredFacts& stored, std::string_view body);
  [[nodiscard]] std::size_t chunk_count() const;
  /// What it holds now.
  [[nodiscard]] std::uint64_t memory_bytes() const;
  /// The segment; the builder is used up.
  std::shared_ptr<const Segment> Finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace coppice::retrieval
