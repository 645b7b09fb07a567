#pragma once

#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "store/pg/pool.h"
#include "store/vector/database/database_graph.h"
#include "store/vector/vector_index.h"

namespace coppice::store {

class PgTransaction;

/// Builds the HNSW indexes of the model that is served in the database and keeps them current.
///
/// Place:  made by Store::OpenGraphKeeper; one thread. Works on a connection of its own, under an
///         advisory lock of the session: of several daemons on a database one keeps graphs.
/// Shape:  a graph is replaced by one over all texts when those since are a share of it. One is
///         dropped that was cut short (indisvalid is false), is of no space any more or of a model
///         nobody indexes with, or has a successor. CREATE and DROP are CONCURRENTLY: no writer
///         waits.
/// Limits: one graph at a time, one core of the server for 0.3 ms a text.
/// Errors: kUnavailable; kPermissionDenied (the role does not own text_vector); kCancelled on a
///         stop, which ends a build within moments.
class GraphKeeper {
 public:
  /// `pool` must outlive this. `model` is kept as long as none is served.
  GraphKeeper(PgPool& pool, ModelNo model, const DatabaseGraphOptions& options);
  ~GraphKeeper();

  /// One look at all spaces. True when something was built or dropped.
  Result<bool> Step(const Deadline& deadline);
  /// Steps every few seconds until it is asked to stop; what goes wrong is logged once.
  void Run(const std::stop_token& stop);

 private:
  struct Work {
    std::vector<DatabaseGraph> drop;
    std::vector<DatabaseGraph> build;
    int dimensions = 0;
  };
  Result<bool> Lock(const Deadline& deadline);
  Result<Work> Look(const Deadline& deadline);
  void FollowModel(PgTransaction& tx);
  Result<void> Apply(const std::string& statement, const Deadline& deadline);

  PgPool& pool_;
  ModelNo model_;
  const DatabaseGraphOptions options_;
  std::unique_ptr<pqxx::connection> connection_;  // holds the lock while it is open
  /// A space at the last look.
  struct Seen {
    std::int64_t next_text = 0;
    bool settled = false;  // nothing is to be done until that moves
  };
  std::map<SpaceNo, Seen> seen_;
};

}  // namespace coppice::store
