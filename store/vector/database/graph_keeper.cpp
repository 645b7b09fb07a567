#include "store/vector/database/graph_keeper.h"

#include <algorithm>
#include <functional>
#include <set>
#include <stop_token>
#include <utility>

#include "base/doorbell.h"
#include "base/format.h"
#include "base/log.h"
#include "base/mutex.h"
#include "store/pg/transaction.h"
#include "store/vector/flat_scan.h"

namespace coppice::store {
namespace {

constexpr std::chrono::seconds kPause{5};
constexpr std::chrono::seconds kLookPatience{60};
constexpr int kKeeperLockClass = 0x43'6F'70'02;  // "Cop" 2; beside the locks on spaces
constexpr int kOldestIterative = 8;              // pgvector 0.8 brought iterative scans
constexpr std::chrono::milliseconds kCancelAgain{50};

/// Cancels what a connection runs once a stop is asked for, again until it has ended: a request
/// that reaches the server before the statement does nothing.
class CancelOnStop {
 public:
  CancelOnStop(pqxx::connection& connection, const std::stop_token& stop)
      : connection_(connection), callback_(stop, [this] { Cancel(); }) {}
  void Ended() {
    MutexLock lock(mutex_);
    ended_ = true;
    changed_.NotifyAll();
  }

 private:
  void Cancel() {
    constexpr int kTries = 200;
    MutexLock lock(mutex_);
    for (int i = 0; i < kTries && !ended_; ++i) {
      try {
        connection_.cancel_query();
      } catch (const std::exception&) {
        return;  // the server is gone, and with it the statement
      }
      changed_.WaitFor(mutex_, kCancelAgain);
    }
  }

  pqxx::connection& connection_;
  Mutex mutex_;
  CondVar changed_;
  bool ended_ COPPICE_GUARDED_BY(mutex_) = false;
  std::stop_callback<std::function<void()>> callback_;  // last: it uses the others
};

/// For the session: no limit but a client that is gone; memory for a graph of some 300,000 texts.
constexpr const char* kSession =
    "SET statement_timeout = 0; SET lock_timeout = 0; SET client_min_messages = warning; "
    "SET maintenance_work_mem = '512MB'; SET max_parallel_maintenance_workers = 0; "
    "SET client_connection_check_interval = 2000";

/// Which spaces, and models of spaces, something is indexed with.
struct InUse {
  std::map<SpaceNo, std::int64_t> next_text;
  std::set<std::pair<SpaceNo, ModelNo>> models;
};

InUse ReadInUse(PgTransaction& tx) {
  InUse use;
  for (const auto& row : tx.Query("SELECT space, next_text FROM coppice.space")) {
    use.next_text[SpaceNo(row[0].as<std::int32_t>())] = row[1].as<std::int64_t>();
  }
  for (const auto& row : tx.Query("SELECT DISTINCT space, model FROM coppice.git_ref")) {
    use.models.emplace(SpaceNo(row[0].as<std::int32_t>()), ModelNo(row[1].as<std::int32_t>()));
  }
  return use;
}

/// Texts of a space with a vector, and where their numbers end.
DatabaseGraph Whole(PgTransaction& tx, SpaceNo space, ModelNo model) {
  const auto row = tx.Query(
      "SELECT count(*), coalesce(max(text_no), -1)::int8 + 1 FROM coppice.text_vector "
      "WHERE space = $1 AND model = $2",
      space.value, model.value)[0];
  DatabaseGraph whole{space, model, 0, row[0].as<std::int64_t>(), false};
  whole.end =
      static_cast<std::int32_t>(std::min<std::int64_t>(row[1].as<std::int64_t>(), 0x7FFF'FFFF));
  return whole;
}

}  // namespace

GraphKeeper::GraphKeeper(PgPool& pool, ModelNo model, const DatabaseGraphOptions& options)
    : pool_(pool), model_(model), options_(options) {}
GraphKeeper::~GraphKeeper() = default;

Result<bool> GraphKeeper::Lock(const Deadline& deadline) {
  if (connection_ != nullptr && connection_->is_open()) return true;
  COPPICE_ASSIGN(connection_, pool_.Connect(deadline));
  try {
    pqxx::nontransaction work(*connection_);
    work.exec(kSession);
    const auto got = work.exec(fmt::format("SELECT pg_try_advisory_lock({}, 0)", kKeeperLockClass));
    if (got[0][0].as<bool>()) return true;
  } catch (...) {
    connection_.reset();
    return CurrentPgError();
  }
  connection_.reset();  // another daemon keeps them
  return false;
}

void GraphKeeper::FollowModel(PgTransaction& tx) {
  const auto serving = tx.Query("SELECT model FROM coppice.generation WHERE state = 1");
  if (serving.empty() || serving[0][0].as<std::int32_t>() == model_.value) return;
  model_ = ModelNo(serving[0][0].as<std::int32_t>());
  seen_.clear();
}

Result<GraphKeeper::Work> GraphKeeper::Look(const Deadline& deadline) {
  return RunTransaction(pool_, PgAccess::kRead, deadline, [&](PgTransaction& tx) -> Result<Work> {
    Work work;
    const int minor =
        tx.Query(
              "SELECT split_part(extversion, '.', 1)::int * 1000 + split_part(extversion, "
              "'.', 2)::int FROM pg_extension WHERE extname = 'vector'")[0][0]
            .as<int>();
    if (minor < kOldestIterative) {
      return MakeError(ErrorCode::kUnsupported, "pgvector is older than 0.8: no graphs are built",
                       "Update it: ALTER EXTENSION vector UPDATE;");
    }
    FollowModel(tx);
    work.dimensions =
        tx.Query("SELECT dimensions FROM coppice.model WHERE model = $1", model_.value)[0][0]
            .as<int>();
    const InUse use = ReadInUse(tx);
    std::map<SpaceNo, DatabaseGraph> mine;
    std::set<std::pair<SpaceNo, ModelNo>> kept;
    for (const DatabaseGraph& graph : ListGraphs(tx)) {
      const std::pair key(graph.space, graph.model);
      const bool wanted = use.next_text.contains(graph.space) &&
                          (graph.model == model_ || use.models.contains(key));
      if (!graph.valid || !wanted || !kept.insert(key).second) {
        work.drop.push_back(graph);
      } else if (graph.model == model_) {
        mine.emplace(graph.space, graph);
      }
    }
    for (const auto& [space, next] : use.next_text) {
      Seen& seen = seen_[space];
      const bool moving = std::exchange(seen.next_text, next) != next;
      seen.settled = seen.settled && !moving;
      if (next < options_.least_rows || seen.settled) continue;
      const DatabaseGraph whole = Whole(tx, space, model_);
      const auto graph = mine.find(space);
      const std::int64_t covered = graph == mine.end() ? 0 : graph->second.rows;
      const std::int64_t tail = whole.rows - covered;
      const bool due =
          whole.rows >= options_.least_rows &&
          static_cast<double>(tail) > options_.tail_share * static_cast<double>(covered);
      // While much is being written, a graph is built again only for twice as many.
      if (due && moving && tail < covered) continue;
      if (due) work.build.push_back(whole);
      seen.settled = true;
    }
    return work;
  });
}

Result<void> GraphKeeper::Apply(const std::string& statement, const Deadline& deadline) {
  COPPICE_TRY(CheckDeadline(deadline, "a vector graph in the database"));
  CancelOnStop cancel(*connection_, deadline.stop());
  Result<void> done;
  try {
    pqxx::nontransaction(*connection_).exec(statement);
  } catch (...) {
    done = CurrentPgError();
  }
  cancel.Ended();
  if (!done && deadline.cancelled()) return MakeError(ErrorCode::kCancelled, "given up");
  return done;
}

Result<bool> GraphKeeper::Step(const Deadline& deadline) {
  COPPICE_ASSIGN(const bool locked, Lock(deadline));
  if (!locked) return false;
  COPPICE_ASSIGN(const Work work,
                 Look(Deadline::After(deadline.remaining(kLookPatience), deadline.stop())));
  for (const DatabaseGraph& graph : work.drop) {
    COPPICE_TRY(Apply(DropStatement(graph), deadline));
    LogInfo("vector_graph_dropped", {{"name", graph.Name()}, {"whole", graph.valid}});
  }
  for (const DatabaseGraph& graph : work.build) {
    auto built =
        Apply(CreateStatement(graph, work.dimensions, pool_.vector_type().schema), deadline);
    if (!built) {
      seen_[graph.space].settled = false;
      return built.error().WithContext(graph.Name());
    }
    LogInfo("vector_graph_built", {{"name", graph.Name()}, {"texts", graph.rows}});
  }
  if (work.build.empty()) return !work.drop.empty();
  COPPICE_TRY(Step(deadline));  // drops those that have a successor now
  return true;
}

void GraphKeeper::Run(const std::stop_token& stop) {
  Doorbell pause;
  std::string last_problem;
  while (!stop.stop_requested()) {
    const auto stepped = Step(Deadline::Never(stop));
    const std::string problem = stepped ? "" : stepped.error().message;
    if (problem != last_problem && !problem.empty() && !stop.stop_requested()) {
      LogWarning("vector_graphs_not_kept", {{"why", problem}, {"remedy", stepped.error().remedy}});
    }
    last_problem = problem;
    pause.Wait(Deadline::After(kPause, stop));
  }
}

}  // namespace coppice::store
