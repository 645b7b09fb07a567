#include "daemon/retrieval/load/compaction.h"

#include <algorithm>

namespace coppice::retrieval {
namespace {

constexpr std::uint64_t kSizeRatio = 4;

std::uint64_t LiveChunks(const Space& space, std::size_t segment, const BitSet& live) {
  std::uint64_t count = 0;
  const auto files = space.segments()[segment]->files();
  for (std::uint32_t f = 0; f < files.size(); ++f) {
    if (live.Contains(space.doc_base(segment) + f)) count += files[f].chunk_count;
  }
  return count;
}

/// Where the run of newest segments begins that become one.
std::size_t TailToMerge(const std::vector<std::uint64_t>& sizes) {
  if (sizes.empty()) return 0;
  std::size_t first = sizes.size() - 1;
  std::uint64_t total = sizes[first];
  while (first > 0 && sizes[first - 1] <= kSizeRatio * total &&
         sizes[first - 1] + total <= kMaxSegmentChunks) {
    total += sizes[--first];
  }
  return first;
}

}  // namespace

std::optional<std::vector<std::shared_ptr<const Segment>>> Compact(const Space& space,
                                                                   const BitSet& live) {
  std::vector<std::size_t> kept;  // segments with something alive
  std::vector<std::uint64_t> sizes;
  for (std::size_t s = 0; s < space.segments().size(); ++s) {
    const std::uint64_t size = LiveChunks(space, s, live);
    if (size == 0) continue;
    kept.push_back(s);
    sizes.push_back(size);
  }
  const std::size_t tail = TailToMerge(sizes);
  bool changed = kept.size() != space.segments().size();
  std::vector<std::shared_ptr<const Segment>> result;
  for (std::size_t begin = 0; begin < kept.size();) {
    const std::size_t end = begin < tail ? begin + 1 : kept.size();
    std::vector<std::shared_ptr<const Segment>> parts;
    for (std::size_t i = begin; i < end; ++i) parts.push_back(space.segments()[kept[i]]);
    const bool mostly_dead = sizes[begin] * 2 < parts.front()->chunks().size();
    if (parts.size() == 1 && !mostly_dead) {
      result.push_back(parts.front());
    } else {
      changed = true;
      result.push_back(MergeSegments(parts, [&](std::size_t part, std::uint32_t file) {
        return live.Contains(space.doc_base(kept[begin + part]) + file);
      }));
    }
    begin = end;
  }
  if (!changed) return std::nullopt;
  return result;
}

}  // namespace coppice::retrieval
