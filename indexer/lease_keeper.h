#pragma once

#include <chrono>
#include <optional>
#include <stop_token>

#include "base/deadline.h"
#include "base/doorbell.h"
#include "base/mutex.h"
#include "base/result.h"
#include "base/thread.h"
#include "indexer/linked_stop.h"
#include "store/job_queue.h"

namespace coppice::indexer {

/// Keeps a claim alive while its job is worked on, whatever the work waits for, and ends the work
/// when the claim is gone.
///
/// Place:  made by the index worker for one job; renews on a thread of its own, "index-lease".
/// Limits: a cancelled or removed job is noticed within kInterval.
class LeaseKeeper {
 public:
  static constexpr std::chrono::seconds kLease{60};
  static constexpr std::chrono::milliseconds kInterval{1000};

  /// `jobs` must outlive this.
  LeaseKeeper(store::JobQueue& jobs, const store::JobRecord& job, const Deadline& outer);
  ~LeaseKeeper() = default;
  LeaseKeeper(const LeaseKeeper&) = delete;
  LeaseKeeper& operator=(const LeaseKeeper&) = delete;

  /// What the work waits with: cancelled with the outer deadline, or when the claim is gone.
  [[nodiscard]] const Deadline& deadline() const { return stop_.deadline(); }
  /// Records how far the job is. Errors: those of JobQueue::Renew.
  Result<void> Report(const store::JobProgress& progress);
  /// Why the claim is gone: kCancelled or kConflict; nothing while it holds.
  [[nodiscard]] std::optional<Error> lost() const;

 private:
  void Run(const std::stop_token& stop);

  store::JobQueue& jobs_;
  const store::JobRecord job_;
  LinkedStop stop_;
  mutable Mutex mutex_;
  store::JobProgress progress_ COPPICE_GUARDED_BY(mutex_);
  std::optional<Error> lost_ COPPICE_GUARDED_BY(mutex_);
  NamedThread thread_;
};

}  // namespace coppice::indexer
