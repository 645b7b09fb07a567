#include "store/vector/graph_index.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/format.h"
#include "base/log.h"
#include "store/vector/flat_scan.h"

namespace coppice::store {
namespace {

// How many candidates the walk keeps so that the best `k` are among them.
std::size_t CandidatesFor(std::size_t k) { return std::max<std::size_t>(4 * k, 256); }

}  // namespace

Result<void> GraphIndex::Append(std::span<const TextNo> texts, std::span<const float> vectors) {
  COPPICE_TRY(rows_memory_.Resize(rows_.MemoryBytes(rows_.size() + texts.size())));
  COPPICE_TRY(rows_.Append(texts, vectors));
  MutexLock lock(mutex_);
  if (building_ || failed_ || !NeedsGraph(graph_ == nullptr ? 0 : graph_->size())) return {};
  builder_.Join();  // one that has ended
  building_ = true;
  builder_ =
      NamedThread("vector-graph", [this](const std::stop_token& stop) { BuildGraphs(stop); });
  return {};
}

bool GraphIndex::NeedsGraph(std::size_t covered) const {
  const std::size_t count = rows_.size();
  if (count < std::max(options_.least_rows, least_rows_)) return false;
  return static_cast<double>(count - covered) > options_.tail_share * static_cast<double>(covered);
}

// Over all rows there are. The graph before it is counted until this one is there.
Result<std::shared_ptr<const HnswGraph>> GraphIndex::BuildGraph(const std::stop_token& stop) {
  const std::size_t rows = rows_.size();
  const std::uint64_t held = graph_memory_.bytes();
  const std::uint64_t stays = HnswGraph::MemoryBytes(rows, options_.graph);
  const std::uint64_t copy = std::uint64_t{rows} * rows_.dimensions() * sizeof(float);
  COPPICE_TRY(graph_memory_.Resize(held + stays + copy));
  auto built = HnswGraph::Build(rows_, static_cast<std::uint32_t>(rows), options_.graph,
                                Deadline::Never(stop));
  const auto shrunk = graph_memory_.Resize(built ? stays : held);
  COPPICE_CHECK(shrunk.has_value(), "less is always granted");
  return built;
}

void GraphIndex::BuildGraphs(const std::stop_token& stop) {
  bool again = true;
  while (again) {
    auto built = BuildGraph(stop);
    if (!built && !stop.stop_requested()) {
      LogWarning("vector graph not built",
                 {{"rows", rows_.size()}, {"why", built.error().message}});
    }
    MutexLock lock(mutex_);
    if (built) {
      graph_ = std::move(*built);
    } else if (built.error().code == ErrorCode::kResourceExhausted) {
      least_rows_ = rows_.size() + rows_.size() / 8;
    } else {
      failed_ = true;
    }
    again = built && NeedsGraph(graph_->size());
    building_ = again;
  }
  MutexLock lock(mutex_);
  idle_.NotifyAll();
}

Result<void> GraphIndex::WaitForGraph(const Deadline& deadline) {
  MutexLock lock(mutex_);
  while (building_) {
    if (deadline.expired())
      return MakeError(ErrorCode::kDeadlineExceeded, "the vector graph is not ready");
    idle_.WaitFor(mutex_, deadline.remaining(std::chrono::seconds(1)));
  }
  return {};
}

std::shared_ptr<const HnswGraph> GraphIndex::graph() const {
  MutexLock lock(mutex_);
  return graph_;
}

bool GraphIndex::GraphPays(std::size_t covered, std::size_t allowed, std::size_t candidates) const {
  return static_cast<double>(allowed) >= options_.least_allowed * static_cast<double>(covered) &&
         candidates * options_.rows_scanned_in_a_step <= covered;
}

Result<VectorAnswer> GraphIndex::Search(std::span<const float> query, std::size_t k,
                                        const TextFilter& filter, const Deadline& deadline) const {
  COPPICE_ASSIGN(const CodedQuery coded, rows_.Code(query));
  const std::size_t count = rows_.size();
  k = std::min(k, count);
  const auto graph = this->graph();
  const std::size_t candidates = CandidatesFor(k);
  const std::size_t allowed = std::min(filter.Count(), count);
  if (k > 0 && !coded.zero() && graph != nullptr && GraphPays(graph->size(), allowed, candidates)) {
    BestRows best(std::min(count, KeptByCodes(k)));
    COPPICE_ASSIGN(const std::size_t met,
                   graph->Search(rows_, coded, candidates, filter, deadline, best));
    // What the walk did not reach in a part of the graph that hangs by no link, a scan does.
    if (met >= k) {
      COPPICE_TRY(ScanRows(rows_, coded, {graph->size(), count}, filter, k, deadline, best));
      VectorAnswer answer;
      answer.plan = fmt::format("hnsw: {} texts, {} candidates; flat: the {} since", graph->size(),
                                candidates, count - graph->size());
      answer.hits = RankExactly(rows_, coded, k, best);
      return answer;
    }
  }
  return ScanAll(rows_, coded, count, k, filter, deadline);
}

std::unique_ptr<VectorIndex> MakeGraphIndex(int dimensions, const GraphOptions& options,
                                            MemoryBudget* memory) {
  return std::make_unique<GraphIndex>(dimensions, options, memory);
}

}  // namespace coppice::store
