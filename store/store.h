#pragma once

#include <memory>
#include <string>

#include "base/deadline.h"
#include "base/result.h"
#include "store/catalog.h"
#include "store/feed.h"
#include "store/generation/generations.h"
#include "store/generation/vector_backlog.h"
#include "store/job_queue.h"
#include "store/object_reader.h"
#include "store/object_writer.h"
#include "store/vector/vector_index.h"

namespace coppice::store {

struct StoreOptions {
  std::string url;       // libpq connection string or URL
  int max_connections = 8;
  bool migrate = true;   // false: never alters; a missing migration is an error that names it
};

class GraphKeeper;

/// PostgreSQL as the truth: everything durable, behind seven small classes.
///
/// Place:  made by App; outlives everything that works on it.
/// Errors: Open: kUnavailable (no server), kUnsupportedVersion (schema newer than this program, server older than 15),
///         kUnsupported (no vector extension; the remedy names the statement), kConflict (migration missing and migrate = false).
class Store {
 public:
  static Result<std::unique_ptr<Store>> Open(const StoreOptions& options, const Deadline& deadline);
  ~Store();

  Catalog& catalog() { return *catalog_; }
  JobQueue& jobs() { return *jobs_; }
  ObjectWriter& writer() { return *writer_; }
  ObjectReader& reader() { return *reader_; }
  Generations& generations() { return *generations_; }
  VectorBacklog& vector_backlog() { return *vector_backlog_; }
  std::unique_ptr<Feed> OpenFeed();
  /// Searches vectors in the database; must not outlive this.
  std::unique_ptr<VectorIndex> OpenVectorIndex(SpaceNo space, ModelNo model, int dimensions,
                                               const DatabaseSearchOptions& options = {});
  /// Keeps the database's graphs of a model; must not outlive this.
  std::unique_ptr<GraphKeeper> OpenGraphKeeper(ModelNo model,
                                               const DatabaseGraphOptions& options = {});
  /// A round trip. Errors: kUnavailable.
  Result<void> Ping(const Deadline& deadline);

 private:
  explicit Store(std::unique_ptr<PgPool> pool);
  std::unique_ptr<PgPool> pool_;
  std::unique_ptr<Catalog> catalog_;
  std::unique_ptr<JobQueue> jobs_;
  std::unique_ptr<ObjectWriter> writer_;
  std::unique_ptr<ObjectReader> reader_;
  std::unique_ptr<Generations> generations_;
  std::unique_ptr<VectorBacklog> vector_backlog_;
};

/// The DDL of the newest schema, the extension statement apart at its head, for a DBA.
std::string SchemaText();

}  // namespace coppice::store
