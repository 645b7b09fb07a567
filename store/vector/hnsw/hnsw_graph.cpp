#include "store/vector/hnsw/hnsw_graph.h"

#include <algorithm>
#include <iterator>
#include <queue>
#include <span>
#include <utility>
#include <vector>

namespace coppice::store {
namespace {

constexpr std::size_t kVisitsPerDeadline = 1024;
constexpr std::size_t kBeam = 32;  // rows followed on the layers above the lowest: one gets stuck

std::span<const std::uint32_t> LinksOf(const HnswLayer& layer, std::uint32_t row) {
  std::size_t at = row;
  if (!layer.rows.empty()) {
    const auto found = std::lower_bound(layer.rows.begin(), layer.rows.end(), row);
    if (found == layer.rows.end() || *found != row) return {};
    at = static_cast<std::size_t>(found - layer.rows.begin());
  }
  const std::size_t begin = at == 0 ? 0 : layer.ends[at - 1];
  return std::span(layer.links).subspan(begin, layer.ends[at] - begin);
}

std::vector<std::uint32_t> RowsWithoutWayIn(const HnswLinks& links, const CodeRows& rows) {
  std::vector<bool> linked_to(links.size());
  if (!links.layers.empty()) {
    for (const std::uint32_t row : links.layers.front().links) linked_to[row] = true;
  }
  std::vector<std::uint32_t> without;
  for (std::uint32_t row = 0; row < links.size(); ++row) {
    if (!linked_to[row] && !rows.IsZero(row)) without.push_back(row);
  }
  return without;
}

}  // namespace

HnswGraph::HnswGraph(HnswLinks links, const CodeRows& rows)
    : links_(std::move(links)), left_out_(RowsWithoutWayIn(links_, rows)) {}

/// One walk towards one query.
class HnswGraph::Walk {
 public:
  Walk(const HnswLinks& links, const CodeRows& rows, const CodedQuery& query)
      : links_(links), rows_(rows), query_(query) {}

  /// The rows that the layers above the lowest lead to.
  Result<std::vector<ScoredRow>> Descend(const Deadline& deadline) {
    std::vector<ScoredRow> nearest = {Scored(links_.entry)};
    const auto all = [](const ScoredRow&) { return true; };
    for (std::size_t layer = links_.layers.size() - 1; layer > 0; --layer) {
      COPPICE_ASSIGN(nearest, Spread(nearest, layer, kBeam, all, deadline));
    }
    return nearest;
  }

  /// The best `candidates` allowed rows of the lowest layer, on the way from `starts`.
  template <class Allowed>
  Result<std::vector<ScoredRow>> Spread(const std::vector<ScoredRow>& starts, std::size_t layer,
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

  /// Those allowed of `numbers` that the last Spread did not see.
  void OfferUnvisited(std::span<const std::uint32_t> numbers, const TextFilter& filter,
                      BestRows& best) {
    const auto wanted = [&](std::uint32_t row) {
      return filter.Contains(TextNo(rows_.TextAt(row))) && Visit(row);
    };
    numbers_.clear();
    std::copy_if(numbers.begin(), numbers.end(), std::back_inserter(numbers_), wanted);
    for (const ScoredRow& row : ScoreNumbers()) best.Offer(row);
  }

 private:
  ScoredRow Scored(std::uint32_t row) const {
    float score = 0;
    rows_.CodeScores(query_, std::span(&row, 1), &score);
    return {score, rows_.TextAt(row), row};
  }

  /// Those it is linked to on a layer that this search has not seen, scored.
  const std::vector<ScoredRow>& Unvisited(std::uint32_t row, std::size_t layer) {
    numbers_.clear();
    for (const std::uint32_t next : LinksOf(links_.layers[layer], row)) {
      if (!Visit(next)) continue;
      rows_.Prefetch(next);
      numbers_.push_back(next);
    }
    return ScoreNumbers();
  }
  const std::vector<ScoredRow>& ScoreNumbers() {
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
    if (visits.of_row.size() < links_.size()) visits.of_row.resize(links_.size());
    if (++visits.current == 0) {
      std::fill(visits.of_row.begin(), visits.of_row.end(), 0U);
      visits.current = 1;
    }
  }
  bool Visit(std::uint32_t row) {
    Visits& visits = Mine();
    return std::exchange(visits.of_row[row], visits.current) != visits.current;
  }

  const HnswLinks& links_;
  const CodeRows& rows_;
  const CodedQuery& query_;
  std::vector<std::uint32_t> numbers_;
  std::vector<float> scores_;
  std::vector<ScoredRow> scored_;
};

Result<std::size_t> HnswGraph::Search(const CodeRows& rows, const CodedQuery& query,
                                      std::size_t candidates, const TextFilter& filter,
                                      const Deadline& deadline, BestRows& best) const {
  if (size() == 0) return std::size_t{0};
  COPPICE_TRY(CheckDeadline(deadline, "vector search"));
  Walk walk(links_, rows, query);
  const auto allowed = [&](const ScoredRow& row) {
    return filter.Contains(TextNo(row.text)) && !rows.IsZero(row.row);
  };
  COPPICE_ASSIGN(const auto starts, walk.Descend(deadline));
  COPPICE_ASSIGN(const auto kept, walk.Spread(starts, 0, candidates, allowed, deadline));
  for (const ScoredRow& row : kept) best.Offer(row);
  walk.OfferUnvisited(left_out_, filter, best);
  return kept.size();
}

}  // namespace coppice::store
