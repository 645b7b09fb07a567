#include "store/vector/hnsw/hnsw_renumber.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace coppice::store {
namespace {

/// A layer in the numbers of today, without the rows that are gone.
HnswLayer Renumbered(const HnswLayer& layer, bool lowest, std::span<const std::uint32_t> now,
                     std::uint32_t size) {
  struct Entry {
    std::uint32_t row;    // today's
    std::uint32_t place;  // in `layer`
  };
  std::vector<Entry> entries;
  for (std::uint32_t i = 0; i < layer.ends.size(); ++i) {
    const std::uint32_t row = now[lowest ? i : layer.rows[i]];
    if (row != kGoneRow) entries.push_back({row, i});
  }
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.row < b.row; });
  HnswLayer renumbered;
  renumbered.links.reserve(layer.links.size());
  for (const Entry& entry : entries) {
    if (lowest) {
      renumbered.ends.resize(entry.row, static_cast<std::uint32_t>(renumbered.links.size()));
    } else {
      renumbered.rows.push_back(entry.row);
    }
    for (std::uint32_t i = entry.place == 0 ? 0 : layer.ends[entry.place - 1];
         i < layer.ends[entry.place]; ++i) {
      const std::uint32_t linked = now[layer.links[i]];
      if (linked != kGoneRow) renumbered.links.push_back(linked);
    }
    renumbered.ends.push_back(static_cast<std::uint32_t>(renumbered.links.size()));
  }
  if (lowest) {
    renumbered.ends.resize(size, static_cast<std::uint32_t>(renumbered.links.size()));
  }
  return renumbered;
}

}  // namespace

// The layers that still have rows, and a row of the highest of them to begin with.
HnswLinks Renumbered(const HnswLinks& links_before, std::span<const std::uint32_t> now) {
  std::uint32_t size = 0;
  for (const std::uint32_t row : now) size = row == kGoneRow ? size : std::max(size, row + 1);
  HnswLinks links;
  for (const HnswLayer& layer : links_before.layers) {
    HnswLayer renumbered = Renumbered(layer, links.layers.empty(), now, size);
    if (renumbered.ends.empty()) break;
    links.layers.push_back(std::move(renumbered));
  }
  if (links.layers.size() > 1) links.entry = links.layers.back().rows.front();
  if (const std::uint32_t entry = now[links_before.entry]; entry != kGoneRow) links.entry = entry;
  return links;
}

}  // namespace coppice::store
