#include "store/vector/hnsw/hnsw_build.h"

#include <algorithm>
#include <exception>
#include <omp.h>
#include <span>
#include <utility>
#include <vector>

#include <faiss/IndexHNSW.h>

#include "base/format.h"
#include "store/vector/flat_scan.h"

namespace coppice::store {
namespace {

constexpr std::uint32_t kRowsPerAdd = 1000;  // between two looks at the clock

/// Places for links of a row on all layers, on average and a little more.
std::size_t PlacesOfRow(const HnswOptions& options) {
  const auto links = static_cast<std::size_t>(options.neighbours);
  return 2 * links + links / 4;
}

std::vector<std::uint32_t> RowsThatAreNotZero(const CodeRows& rows, std::uint32_t count) {
  std::vector<std::uint32_t> numbers;
  for (std::uint32_t row = 0; row < count; ++row) {
    if (!rows.IsZero(row)) numbers.push_back(row);
  }
  return numbers;
}

/// So that nothing grows by doubling: that would take twice the memory for a while.
void Reserve(faiss::IndexHNSWFlat& index, std::size_t count, const HnswOptions& options) {
  auto& vectors = dynamic_cast<faiss::IndexFlat&>(*index.storage);
  vectors.codes.reserve(count * vectors.code_size);
  index.hnsw.levels.reserve(count);
  index.hnsw.offsets.reserve(count + 1);
  index.hnsw.neighbors.reserve(count * PlacesOfRow(options));
}

Result<faiss::HNSW> BuildOver(const CodeRows& rows, std::span<const std::uint32_t> numbers,
                              const HnswOptions& options, const Deadline& deadline) {
  faiss::IndexHNSWFlat index(static_cast<int>(rows.dimensions()), options.neighbours);
  index.hnsw.efConstruction = options.build_candidates;
  Reserve(index, numbers.size(), options);
  std::vector<float> vectors(rows.dimensions() * kRowsPerAdd);
  for (std::size_t first = 0; first < numbers.size(); first += kRowsPerAdd) {
    COPPICE_TRY(CheckDeadline(deadline, "building a vector graph"));
    const std::size_t step = std::min<std::size_t>(kRowsPerAdd, numbers.size() - first);
    for (std::size_t i = 0; i < step; ++i) {
      rows.Read(numbers[first + i], &vectors[i * rows.dimensions()]);
    }
    index.add(static_cast<faiss::Index::idx_t>(step), vectors.data());
  }
  return std::exchange(index.hnsw, faiss::HNSW());
}

/// FAISS numbers those it was given from zero; `numbers` says which rows they are.
HnswLayer LayerOf(const faiss::HNSW& hnsw, std::span<const std::uint32_t> numbers, int number,
                  std::uint32_t count) {
  HnswLayer layer;
  for (std::size_t node = 0; node < numbers.size(); ++node) {
    if (hnsw.levels[node] <= number) continue;
    const auto links_before = static_cast<std::uint32_t>(layer.links.size());
    if (number == 0) layer.ends.resize(numbers[node], links_before);  // zeros: no links
    if (number > 0) layer.rows.push_back(numbers[node]);
    std::size_t begin = 0;
    std::size_t end = 0;
    hnsw.neighbor_range(static_cast<faiss::HNSW::idx_t>(node), number, &begin, &end);
    for (std::size_t i = begin; i < end && hnsw.neighbors[i] >= 0; ++i) {
      layer.links.push_back(numbers[static_cast<std::size_t>(hnsw.neighbors[i])]);
    }
    layer.ends.push_back(static_cast<std::uint32_t>(layer.links.size()));
  }
  if (number == 0) layer.ends.resize(count, static_cast<std::uint32_t>(layer.links.size()));
  layer.rows.shrink_to_fit();
  layer.ends.shrink_to_fit();
  layer.links.shrink_to_fit();
  return layer;
}

}  // namespace

Result<HnswLinks> BuildHnswLinks(const CodeRows& rows, std::uint32_t count,
                                 const HnswOptions& options, const Deadline& deadline) {
  omp_set_num_threads(1);  // of this thread: the machine has other work
  try {
    const auto numbers = RowsThatAreNotZero(rows, count);
    COPPICE_ASSIGN(const faiss::HNSW hnsw, BuildOver(rows, numbers, options, deadline));
    HnswLinks links;
    if (numbers.empty()) return links;
    links.entry = numbers[static_cast<std::size_t>(hnsw.entry_point)];
    for (int layer = 0; layer <= hnsw.max_level; ++layer) {
      links.layers.push_back(LayerOf(hnsw, numbers, layer, count));
    }
    return links;
  } catch (const std::exception& error) {
    return MakeError(ErrorCode::kInternal,
                     fmt::format("building a vector graph: {}", error.what()));
  }
}

std::uint64_t HnswBuildBytes(std::uint64_t count, std::size_t dimensions,
                             const HnswOptions& options) {
  const std::size_t places = PlacesOfRow(options) * sizeof(std::int32_t);
  return count * (dimensions * sizeof(float) + 2 * places + sizeof(int) + sizeof(std::size_t));
}

}  // namespace coppice::store
