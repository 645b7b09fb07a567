#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/deadline.h"
#include "base/mutex.h"
#include "base/result.h"
#include "indexer/git/repository.h"
#include "store/store.h"

namespace coppice::indexer {

/// Looks where the tracked refs of repositories are and makes jobs for those that moved.
///
/// Place:  made by App; Step on the poll thread, Refresh from any thread.
/// Errors: a repository that cannot be read is recorded with its problem and keeps its index.
class RefPoller {
 public:
  explicit RefPoller(store::Store& store) : store_(store) {}

  /// Reads the refs of one repository, records them, and queues a job for each whose head is not
  /// the commit served. Gives the ids of the jobs. Errors: those of opening and reading it, also
  /// recorded as its problem.
  Result<std::vector<std::string>> Refresh(const store::RepoRecord& repo, const std::string& reason,
                                           const Deadline& deadline);

  /// Looks at every repository that is read in place. A head that was queued before is not queued
  /// again: a job that failed for good waits for a new commit or for somebody to ask. True when a
  /// job was made.
  Result<bool> Step(const Deadline& deadline);

 private:
  Result<std::vector<std::string>> Queue(const store::RepoRecord& repo,
                                         const std::vector<store::RefRecord>& refs, bool again,
                                         const std::string& reason, const Deadline& deadline);
  bool MarkQueued(store::RepoNo repo, const store::RefRecord& ref, bool again);
  Result<std::vector<store::Catalog::Head>> PollHeads(const store::RepoRecord& repo);

  store::Store& store_;
  /// Kept open between steps, by the poll thread alone: opening costs more than reading refs, and
  /// libgit2 1.5 with PCRE2 leaks some kilobytes at each opening.
  std::map<store::RepoNo, std::unique_ptr<GitRepository>> open_;
  Mutex mutex_;
  std::map<std::pair<store::RepoNo, std::string>, store::ObjectId> queued_
      COPPICE_GUARDED_BY(mutex_);  // the head a job was last made for
};

}  // namespace coppice::indexer
