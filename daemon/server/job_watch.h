#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/mutex.h"
#include "base/result.h"
#include "base/thread.h"
#include "daemon/server/call.h"
#include "protocol/messages.h"
#include "store/catalog.h"
#include "store/job_queue.h"

namespace coppice::server {

/// What JobWatch reads. A seam: the store and the retriever behind it, or a test's.
class JobSource {
 public:
  virtual ~JobSource() = default;
  /// Errors: kNotFound when the job has gone with its repository.
  virtual Result<store::JobRecord> Find(const std::string& id, const Deadline& deadline) = 0;
  /// Jobs of a repository: those that have not ended first, then the newest.
  virtual Result<std::vector<store::JobRecord>> Recent(store::RepoNo repo,
                                                       const Deadline& deadline) = 0;
  virtual Result<std::vector<store::RefRecord>> Refs(store::RepoNo repo,
                                                     const Deadline& deadline) = 0;
  /// Whether questions are answered from `ref.commit`. Errors: kResourceExhausted: they will not
  /// be, there is no memory for it.
  virtual Result<bool> Served(const store::RepoRecord& repo, const store::RefRecord& ref) = 0;
};

/// Answers calls that wait for jobs (`add --wait`, `sync --wait`), so that none of them holds a
/// worker.
///
/// Place:  Watch from the workers; Step on its own thread, or on a test's.
/// Limits: kMaxWaits calls at a time; progress goes out only as far as the client grants credits,
/// latest first. Errors: a failed job ends the call with the job's error, also one that a fetch
/// left behind; kCancelled, kDeadlineExceeded: the jobs go on.
class JobWatch {
 public:
  static constexpr std::size_t kMaxWaits = 64;

  struct Wait {
    std::unique_ptr<Call> call;
    std::vector<store::RepoRecord> repos;
    std::set<std::string> jobs;                       // ids that have not ended
    std::function<void(Call&)> finish;                // sends the final reply once all is served
    std::map<std::string, protocol::Progress> shown;  // by job, last sent
    std::set<store::RepoNo> worked_on;                // repositories of its jobs so far
  };

  explicit JobWatch(std::unique_ptr<JobSource> source);
  ~JobWatch();

  void Start();
  /// Tells those who wait that the daemon stops, and joins the thread.
  void Stop();
  /// Takes the wait over, or answers its call kResourceExhausted or kUnavailable.
  void Watch(Wait wait);
  /// Looks at every wait once.
  void Step(const Deadline& deadline);

 private:
  /// Nothing when the wait was taken over; otherwise it stays with the caller.
  std::optional<Error> TakeOver(Wait& wait);
  /// True when the call has been answered.
  bool Advance(Wait& wait, const Deadline& deadline);
  /// True when none of the wait's jobs is left.
  Result<bool> AdvanceJobs(Wait& wait, const Deadline& deadline);
  /// The job to go on with after one that was cancelled: a later one of its ref, which took its
  /// place; nothing where there is none.
  Result<std::optional<store::JobRecord>> Successor(const store::JobRecord& job,
                                                    const Deadline& deadline);
  /// Takes the jobs over that a fetch left behind. True when nothing is left to be waited for.
  Result<bool> FollowRefs(Wait& wait, const Deadline& deadline);
  Result<bool> AllServed(const Wait& wait, const Deadline& deadline);
  static void Show(Wait& wait, const store::JobRecord& job);
  void Run(const std::stop_token& stop);

  const std::unique_ptr<JobSource> source_;
  std::vector<Wait> waits_;  // of the thread that steps
  Mutex mutex_;
  CondVar changed_;
  std::vector<Wait> incoming_ COPPICE_GUARDED_BY(mutex_);
  std::size_t count_ COPPICE_GUARDED_BY(mutex_) = 0;
  bool stopping_ COPPICE_GUARDED_BY(mutex_) = false;
  NamedThread thread_;
};

}  // namespace coppice::server
