#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/deadline.h"
#include "base/mutex.h"
#include "base/result.h"
#include "indexer/git/ref_stamp.h"
#include "indexer/git/repository.h"
#include "store/store.h"

namespace coppice::indexer {

/// Whether a ref shows its head, and of it the folder asked for, indexed as these versions do it.
bool IsUpToDate(const store::RepoRecord& repo, const store::RefRecord& ref,
                const store::IndexVersions& versions);

/// Looks where the tracked refs of repositories are and makes jobs for those that moved, and for
/// those that other versions indexed.
///
/// Place:  made by App; Step on the poll thread, Refresh from any thread.
/// Errors: a repository that cannot be read is recorded with its problem and keeps its index.
class RefPoller {
 public:
  /// When what could not be done is tried again.
  struct Patience {
    std::chrono::milliseconds unread = std::chrono::minutes(1);  // objects that could not be read
    std::chrono::milliseconds failed = std::chrono::minutes(5);  // a job; doubled each time
    std::chrono::milliseconds longest = std::chrono::hours(1);
  };

  explicit RefPoller(store::Store& store) : RefPoller(store, Patience()) {}
  RefPoller(store::Store& store, const Patience& patience) : store_(store), patience_(patience) {}

  /// Reads the refs of one repository, records them, and queues a job for each that is not up to
  /// date. Gives the ids of the jobs. Errors: those of opening and reading it, also recorded as its
  /// problem.
  Result<std::vector<std::string>> Refresh(const store::RepoRecord& repo, const std::string& reason,
                                           const Deadline& deadline);

  /// Looks at every repository that is read in place. A move that a job was made for is queued
  /// again when that job has failed for good and some time has passed, at once when the repository
  /// has become readable again or somebody asks. Files that could not be read are looked for from
  /// time to time, and indexed when their objects are there. True when a job was made.
  Result<bool> Step(const Deadline& deadline);

 private:
  Result<std::vector<std::string>> Queue(const store::RepoRecord& repo,
                                         const std::vector<store::RefRecord>& refs,
                                         const store::IndexVersions& wanted, bool again,
                                         const std::string& reason, const Deadline& deadline);
  /// Whether a job was made already for what the ref wants one for now, and it is not yet time to
  /// try again.
  bool IsMarked(const store::RepoRecord& repo, const store::RefRecord& ref);
  /// Whether the last job of the ref failed for good: not one that waits, runs or was cancelled.
  Result<bool> HasFailed(const store::RefRecord& ref, const Deadline& deadline);
  /// Whether the job made for this move did not bring the ref there.
  bool IsRetry(const store::RepoRecord& repo, const store::RefRecord& ref);
  void SetMark(const store::RepoRecord& repo, const store::RefRecord& ref);
  /// Drops the marks of a repository's refs but these.
  void ForgetOthers(store::RepoNo repo, const std::vector<store::RefRecord>& refs);
  void ForgetRemoved(const std::vector<store::RepoRecord>& repos);
  Result<std::vector<store::Catalog::Head>> PollHeads(const store::RepoRecord& repo);
  /// Whether an object that could not be read can be read now: then the repository is indexed
  /// again.
  Result<bool> LookForHealed(const store::RepoRecord& repo, GitRepository& git,
                             const Deadline& deadline);
  Result<bool> LookForHealedInTime(const store::RepoRecord& repo, const Deadline& deadline);

  store::Store& store_;
  const Patience patience_;
  /// Kept open between steps, by the poll thread alone: opening costs more than reading refs, and
  /// libgit2 1.5 with PCRE2 leaks some kilobytes at each opening.
  struct Open {
    std::unique_ptr<GitRepository> git;
    std::optional<RefStamp> stamp;  // where `heads` of `patterns` were read
    std::vector<std::string> patterns;
    std::vector<store::Catalog::Head> heads;
    Deadline::Clock::time_point read_at;
    Deadline::Clock::time_point next_heal;
  };
  std::map<store::RepoNo, Open> open_;
  /// Why a job was last made for a ref.
  struct Mark {
    // This head was not served, or not this folder of it.
    std::optional<std::pair<store::ObjectId, std::string>> moved_to;
    store::ObjectId made_again;  // this commit was indexed by other versions; once for each commit,
                                 // so that two programs do not take turns for ever
    Deadline::Clock::time_point retry_at;
    std::chrono::milliseconds wait{0};
  };
  Mutex mutex_;
  std::map<std::pair<store::RepoNo, std::string>, Mark> marks_ COPPICE_GUARDED_BY(mutex_);
};

}  // namespace coppice::indexer
