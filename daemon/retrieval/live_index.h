#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "base/deadline.h"
#include "base/result.h"
#include "daemon/retrieval/load/load_options.h"
#include "embed/embedder_registry.h"
#include "store/store.h"

namespace coppice::retrieval {

class Snapshot;  // immutable: the served views and the segments they read

/// Keeps in memory what answers read, and keeps it equal to the database.
///
/// Place:  made by App; Step() on the follower thread; `Current()` and `standing()` from any
///         thread, at once.
/// Shape:  per space: immutable segments (lexical postings, chunk table, names) and one
/// VectorIndex;
///         per tracked ref: an immutable View. A new snapshot is swapped in when a repository's gen
///         moved. When another model is served, each space gets its vectors, and is asked with it
///         from then on.
/// Limits: what it holds are shares of a budget. A space that finds no room in it is not loaded, or
///         goes on showing what it showed, and its refs say why; it is tried again when it has
///         moved or others hold less.
/// Errors: Step: kUnavailable when the database is away; the last snapshot goes on serving.
class LiveIndex {
 public:
  /// All must outlive this.
  LiveIndex(store::Store& store, embed::EmbedderRegistry& models, const LoadOptions& options = {});
  ~LiveIndex();

  /// Reads (repo, gen) and refs once; loads and publishes what moved. True when something was
  /// published.
  Result<bool> Step(const Deadline& deadline);
  /// Step and wait for the feed until asked to stop.
  void Run(std::stop_token stop);

  struct Standing {
    bool loaded = false;  // everything that is followed has been read once
    std::string problem;  // why the last Step failed; "" = it did not
  };
  [[nodiscard]] Standing standing() const;
  [[nodiscard]] std::shared_ptr<const Snapshot> Current() const;
  /// Waits until a snapshot newer than `seen` is published. False at the deadline.
  bool WaitForNewer(const Snapshot& seen, const Deadline& deadline) const;

  [[nodiscard]] store::Store& store() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace coppice::retrieval
