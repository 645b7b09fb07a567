#include "store/vector/hnsw_graph.h"

#include <algorithm>
#include <exception>
#include <omp.h>
#include <queue>
#include <span>
#include <utility>
#include <vector>

#include <faiss/IndexHNSW.h>

#include "base/format.h"

namespace coppice::store {
namespace {

constexpr std::uint32_t kRowsPerAdd = 1000;       // between two looks at the clock while building
constexpr std::size_t kVisitsPerDeadline = 1024;  // and while searching
constexpr std::size_t kBeam = 32;  // rows followed on the layers above the lowest: one gets stuck

/// Links of a row on all layers, on average and a little more.
std::size_t LinksOfRow(const HnswOptions& options) {
  const auto links = static_cast<std::size_t>(options.neighbours);
  return 2 * links + links / 4;
}

/// So that nothing grows by doubling: that would take twice the memory for a while.
void Reserve(faiss::IndexHNSWFlat& index, std::size_t count, const HnswOptions& options) {
  auto& vectors = dynamic_cast<faiss::IndexFlat&>(*index.storage);
  vectors.codes.reserve(count * vectors.code_size);
  index.hnsw.levels.reserve(count);
  index.hnsw.offsets.reserve(count + 1);
  index.hnsw.neighbors.reserve(count * LinksOfRow(options));
}

}  // namespace

struct HnswGraph::Links {
  faiss::HNSW hnsw;
};

HnswGraph::HnswGraph(std::unique_ptr<const Links> links, std::uint32_t size)
    : links_(std::move(links)), size_(size) {}
HnswGraph::~HnswGraph() = default;

std::uint64_t HnswGraph::MemoryBytes(std::size_t count, const HnswOptions& options) {
  return std::uint64_t{count} *
         (LinksOfRow(options) * sizeof(std::int32_t) + sizeof(std::int32_t) + sizeof(std::size_t));
}

Result<std::shared_ptr<const HnswGraph>> HnswGraph::Build(const CodeRows& rows, std::uint32_t count,
                                                          const HnswOptions& options,
                                                          const Deadline& deadline) {
  omp_set_num_threads(1);  // of this thread: the machine has other work
  try {
    faiss::IndexHNSWFlat index(static_cast<int>(rows.dimensions()), options.neighbours);
    index.hnsw.efConstruction = options.build_candidates;
    Reserve(index, count, options);
    std::vector<float> vectors(rows.dimensions() * kRowsPerAdd);
    for (std::uint32_t first = 0; first < count; first += kRowsPerAdd) {
      COPPICE_TRY(CheckDeadline(deadline, "building a vector graph"));
      const std::uint32_t step = std::min(kRowsPerAdd, count - first);
      for (std::uint32_t i = 0; i < step; ++i)
        rows.Read(first + i, &vectors[i * rows.dimensions()]);
      index.add(static_cast<faiss::Index::idx_t>(step), vectors.data());
    }
    auto links = std::make_unique<Links>();
    std::swap(links->hnsw, index.hnsw);
    return std::shared_ptr<const HnswGraph>(new HnswGraph(std::move(links), count));
  } catch (const std::exception& error) {
    return MakeError(ErrorCode::kInternal,
                     fmt::format("building a vector graph: {}", error.what()));
  }
}

/// One walk towards one query.
class HnswGraph::Walk {
 public:
  Walk(const faiss::HNSW& hnsw, const CodeRows& rows, const CodedQuery& query)
      : hnsw_(hnsw), rows_(rows), query_(query) {}

  /// The rows that the layers above the lowest lead to.
  Result<std::vector<ScoredRow>> Descend(const Deadline& deadline) {
    std::vector<ScoredRow> nearest = {Scored(static_cast<std::uint32_t>(hnsw_.entry_point))};
    const auto all = [](const ScoredRow&) { return true; };
    for (int layer = hnsw_.max_level; layer > 0; --layer) {
      COPPICE_ASSIGN(nearest, Spread(nearest, layer, kBeam, all, deadline));
    }
    return nearest;
  }

  /// The best `candidates` allowed rows of the lowest layer, on the way from `starts`.
  template <class Allowed>
  Result<std::vector<ScoredRow>> Spread(const std::vector<ScoredRow>& starts, int layer,
                                        std::size_t candidates, const Allowed& allowed,
                                        const Deadline& deadline) {
    const auto nearer = [](const ScoredRow& a, const ScoredRow& b) { return b < a; };
    std::priority_queue<ScoredRow, std::vector<ScoredRow>, decltype(nearer)> open(nearer);
    std::vector<ScoredRow> kept;  // a heap, the worst on top
    const auto meet = [&](const ScoredRow& row) {
      if (kept.size() >= candidates && row.score <= kept.front().score) return;
      open.push(row);
      if (!allowed(row)) return;
      kept.push_back(row);
      std::push_heap(kept.begin(), kept.end());
      if (kept.size() <= candidates) return;
      std::pop_heap(kept.begin(), kept.end());
      kept.pop_back();
    };
    BeginVisits();
    for (const ScoredRow& start : starts) {
      Visit(start.row);
      meet(start);
    }
    for (std::size_t steps = 1; !open.empty(); ++steps) {
      if (steps % kVisitsPerDeadline == 0) COPPICE_TRY(CheckDeadline(deadline, "vector search"));
      const ScoredRow row = open.top();
      open.pop();
      if (kept.size() >= candidates && row.score < kept.front().score) break;
      for (const ScoredRow& next : Unvisited(row.row, layer)) meet(next);
    }
    return kept;
  }

 private:
  ScoredRow Scored(std::uint32_t row) const {
    float score = 0;
    rows_.CodeScores(query_, std::span(&row, 1), &score);
    return {score, rows_.TextAt(row), row};
  }

  /// Those it is linked to on a layer that this search has not seen, scored.
  const std::vector<ScoredRow>& Unvisited(std::uint32_t row, int layer) {
    std::size_t begin = 0;
    std::size_t end = 0;
    hnsw_.neighbor_range(row, layer, &begin, &end);
    numbers_.clear();
    for (std::size_t i = begin; i < end && hnsw_.neighbors[i] >= 0; ++i) {
      const auto next = static_cast<std::uint32_t>(hnsw_.neighbors[i]);
      if (!Visit(next)) continue;
      rows_.Prefetch(next);
      numbers_.push_back(next);
    }
    scores_.resize(numbers_.size());
    rows_.CodeScores(query_, numbers_, scores_.data());
    scored_.clear();
    for (std::size_t i = 0; i < numbers_.size(); ++i) {
      scored_.push_back({scores_[i], rows_.TextAt(numbers_[i]), numbers_[i]});
    }
    return scored_;
  }

  // Visits of this thread's searches, told apart by a number, so that nothing is cleared between
  // them.
  struct Visits {
    std::vector<std::uint32_t> of_row;
    std::uint32_t current = 0;
  };
  static Visits& Mine() {
    thread_local Visits visits;
    return visits;
  }
  void BeginVisits() {
    Visits& visits = Mine();
    if (visits.of_row.size() < hnsw_.levels.size()) visits.of_row.resize(hnsw_.levels.size());
    if (++visits.current == 0) {
      std::fill(visits.of_row.begin(), visits.of_row.end(), 0U);
      visits.current = 1;
    }
  }
  bool Visit(std::uint32_t row) {
    Visits& visits = Mine();
    return std::exchange(visits.of_row[row], visits.current) != visits.current;
  }

  const faiss::HNSW& hnsw_;
  const CodeRows& rows_;
  const CodedQuery& query_;
  std::vector<std::uint32_t> numbers_;
  std::vector<float> scores_;
  std::vector<ScoredRow> scored_;
};

Result<std::size_t> HnswGraph::Search(const CodeRows& rows, const CodedQuery& query,
                                      std::size_t candidates, const TextFilter& filter,
                                      const Deadline& deadline, BestRows& best) const {
  if (size_ == 0) return std::size_t{0};
  COPPICE_TRY(CheckDeadline(deadline, "vector search"));
  Walk walk(links_->hnsw, rows, query);
  const auto allowed = [&](const ScoredRow& row) {
    return filter.Contains(TextNo(row.text)) && !rows.IsZero(row.row);
  };
  COPPICE_ASSIGN(const auto starts, walk.Descend(deadline));
  COPPICE_ASSIGN(const auto kept, walk.Spread(starts, 0, candidates, allowed, deadline));
  for (const ScoredRow& row : kept) best.Offer(row);
  return kept.size();
}

}  // namespace coppice::store
