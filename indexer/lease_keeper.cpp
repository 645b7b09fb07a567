#include "indexer/lease_keeper.h"

namespace coppice::indexer {

LeaseKeeper::LeaseKeeper(store::JobQueue& jobs, const store::JobRecord& job, const Deadline& outer)
    : jobs_(jobs),
      job_(job),
      stop_(outer),
      thread_("index-lease", [this](const std::stop_token& stop) { Run(stop); }) {}

Result<void> LeaseKeeper::Report(const store::JobProgress& progress) {
  {
    MutexLock lock(mutex_);
    progress_ = progress;
  }
  return jobs_.Renew(job_, progress, kLease, deadline());
}

std::optional<Error> LeaseKeeper::lost() const {
  MutexLock lock(mutex_);
  return lost_;
}

void LeaseKeeper::Run(const std::stop_token& stop) {
  Doorbell pause;
  const std::stop_callback wake(stop, [&pause] { pause.Ring(); });
  while (true) {
    pause.Wait(Deadline::After(kInterval, stop));
    if (stop.stop_requested()) return;
    store::JobProgress progress;
    {
      MutexLock lock(mutex_);
      progress = progress_;
    }
    const auto renewed = jobs_.Renew(job_, progress, kLease, Deadline::After(kLease / 2, stop));
    // While the database is away the claim may hold or not: the next turn tells.
    if (renewed || renewed.error().retryable || stop.stop_requested()) continue;
    MutexLock lock(mutex_);
    lost_ = renewed.error();
    stop_.Stop();
    return;
  }
}

}  // namespace coppice::indexer
