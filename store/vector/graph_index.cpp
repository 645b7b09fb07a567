#include "store/vector/graph_index.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/doorbell.h"
#include "base/format.h"
#include "base/log.h"
#include "store/vector/flat_scan.h"
#include "store/vector/hnsw/hnsw_build.h"
#include "store/vector/hnsw/hnsw_snapshot.h"

namespace coppice::store {
namespace {

// How many candidates the walk keeps so that the best `k` are among them.
std::size_t CandidatesFor(std::size_t k) { return std::max<std::size_t>(4 * k, 1024); }

}  // namespace

Result<void> GraphIndex::Append(std::span<const TextNo> texts, std::span<const float> vectors) {
  COPPICE_TRY(rows_memory_.Resize(rows_.MemoryBytes(rows_.size() + texts.size())));
  COPPICE_TRY(rows_.Append(texts, vectors));
  MutexLock lock(mutex_);
  if (building_ || failed_ || !NeedsGraph(graph_ == nullptr ? 0 : graph_->covered())) return {};
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

void GraphIndex::Settle(const std::stop_token& stop) const {
  Doorbell pause;
  std::size_t before = 0;
  while (before != rows_.size() && !stop.stop_requested()) {
    before = rows_.size();
    pause.Wait(Deadline::After(options_.settle, stop));
  }
}

// The graph before it is counted until this one is there.
Result<GraphIndex::Graph> GraphIndex::Keep(std::uint64_t held, Result<HnswLinks> links) {
  Graph graph;
  if (links) graph = std::make_shared<const HnswGraph>(std::move(*links), rows_);
  const auto shrunk = graph_memory_.Resize(graph ? graph->MemoryBytes() : held);
  COPPICE_CHECK(shrunk.has_value(), "less is always granted");
  if (!links) return links.error();
  return graph;
}

Result<GraphIndex::Graph> GraphIndex::LoadGraph() {
  const std::uint64_t held = graph_memory_.bytes();
  const std::uint64_t numbers = 3 * rows_.size() * sizeof(std::uint32_t);
  COPPICE_TRY(graph_memory_.Resize(held + numbers + 2 * HnswFileBytes(options_.file)));
  return Keep(held, LoadHnsw(rows_, options_.graph, options_.file));
}

// Over all rows there are.
Result<GraphIndex::Graph> GraphIndex::BuildGraph(const std::stop_token& stop) {
  const auto rows = static_cast<std::uint32_t>(rows_.size());
  const std::uint64_t held = graph_memory_.bytes();
  COPPICE_TRY(
      graph_memory_.Resize(held + HnswBuildBytes(rows, rows_.dimensions(), options_.graph)));
  return Keep(held, BuildHnswLinks(rows_, rows, options_.graph, Deadline::Never(stop)));
}

// The one that was kept, where there is none yet; else a new one, which is kept.
Result<GraphIndex::Graph> GraphIndex::MakeGraph(const std::stop_token& stop) {
  if (!options_.file.empty() && graph() == nullptr) {
    auto loaded = LoadGraph();
    if (loaded) {
      LogInfo("vector_graph_read", {{"path", options_.file}, {"texts", (*loaded)->covered()}});
      return loaded;
    }
    if (loaded.error().code != ErrorCode::kNotFound) {
      LogWarning("vector_graph_built_again", {{"why", loaded.error().message}});
    }
  }
  COPPICE_ASSIGN(Graph built, BuildGraph(stop));
  if (options_.file.empty()) return built;
  const auto saved = SaveHnsw(built->links(), rows_, options_.graph, options_.file);
  if (!saved) LogWarning("vector_graph_not_kept", {{"why", saved.error().message}});
  return built;
}

void GraphIndex::BuildGraphs(const std::stop_token& stop) {
  bool again = true;
  while (again) {
    Settle(stop);
    auto made = MakeGraph(stop);
    if (!made && !stop.stop_requested()) {
      LogWarning("vector_graph_not_built",
                 {{"texts", rows_.size()}, {"why", made.error().message}});
    }
    MutexLock lock(mutex_);
    if (made) {
      graph_ = std::move(*made);
    } else if (made.error().code == ErrorCode::kResourceExhausted) {
      least_rows_ = rows_.size() + rows_.size() / 8;
    } else {
      failed_ = true;
    }
    again = made.has_value() && NeedsGraph(graph_->covered());
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
