#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <stop_token>

#include "base/deadline.h"
#include "base/doorbell.h"
#include "base/result.h"
#include "indexer/lease_keeper.h"
#include "indexer/pipeline.h"
#include "indexer/ref_poller.h"
#include "store/store.h"

namespace coppice::indexer {

/// Claims jobs and does them, one at a time.
///
/// Place:  made by App; Step or Run on the index thread; Wake from any thread.
/// Errors: a job that fails is put back with backoff or ended with its reason (`coppice jobs`).
///         When the database is away while a job runs, its end is reported once it is back. Work
///         whose claim is gone (cancelled, removed, taken over) is given up.
class IndexWorker {
 public:
  /// All must outlive this. Mirrors of URLs lie below `mirrors`.
  IndexWorker(store::Store& store, Pipeline& pipeline, RefPoller& poller,
              std::filesystem::path mirrors)
      : store_(store), pipeline_(pipeline), poller_(poller), mirrors_(std::move(mirrors)) {}

  /// Does the next due job. False when there is none. Errors: only of claiming.
  Result<bool> Step(const Deadline& deadline);
  /// Steps until asked to stop; a job that runs then is given back. Drops jobs that ended a week
  /// ago.
  void Run(const std::stop_token& stop);
  /// There may be a new job.
  void Wake() { doorbell_.Ring(); }

 private:
  Result<void> Do(const store::JobRecord& job, LeaseKeeper& lease);
  Result<void> DoRepository(const store::JobRecord& job, const store::RepoRecord& repo,
                            LeaseKeeper& lease);
  /// Records where the mirror of a remote repository lies, and whose family it is.
  Result<void> KeepMirror(const store::RepoRecord& repo, const Deadline& deadline);
  Result<void> DoUnderLease(const store::JobRecord& job, const Deadline& deadline);
  void Settle(const store::JobRecord& job, const Result<void>& result, const Deadline& deadline);

  store::Store& store_;
  Pipeline& pipeline_;
  RefPoller& poller_;
  std::filesystem::path mirrors_;
  Doorbell doorbell_;
};

}  // namespace coppice::indexer
