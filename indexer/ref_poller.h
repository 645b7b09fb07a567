#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/deadline.h"
#include "base/mutex.h"
#include "base/result.h"
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
  /// `versions` are those of the pipeline that does the jobs.
  RefPoller(store::Store& store, const store::IndexVersions& versions)
      : store_(store), versions_(versions) {}

  /// Reads the refs of one repository, records them, and queues a job for each that is not up to
  /// date. Gives the ids of the jobs. Errors: those of opening and reading it, also recorded as its
  /// problem.
  Result<std::vector<std::string>> Refresh(const store::RepoRecord& repo, const std::string& reason,
                                           const Deadline& deadline);

  /// Looks at every repository that is read in place. A move that a job was made for is not queued
  /// again: a job that failed for good waits for a new commit, for the repository to become
  /// readable again, or for somebody to ask. True when a job was made.
  Result<bool> Step(const Deadline& deadline);

 private:
  Result<std::vector<std::string>> Queue(const store::RepoRecord& repo,
                                         const std::vector<store::RefRecord>& refs, bool again,
                                         const std::string& reason, const Deadline& deadline);
  /// Whether a job was made already for what the ref wants one for now.
  bool IsMarked(const store::RepoRecord& repo, const store::RefRecord& ref);
  void SetMark(const store::RepoRecord& repo, const store::RefRecord& ref);
  /// Drops the marks of a repository's refs but these.
  void ForgetOthers(store::RepoNo repo, const std::vector<store::RefRecord>& refs);
  void ForgetRemoved(const std::vector<store::RepoRecord>& repos);
  Result<std::vector<store::Catalog::Head>> PollHeads(const store::RepoRecord& repo);

  store::Store& store_;
  const store::IndexVersions versions_;
  /// Kept open between steps, by the poll thread alone: opening costs more than reading refs, and
  /// libgit2 1.5 with PCRE2 leaks some kilobytes at each opening.
  std::map<store::RepoNo, std::unique_ptr<GitRepository>> open_;
  /// Why a job was last made for a ref.
  struct Mark {
    // This head was not served, or not this folder of it.
    std::optional<std::pair<store::ObjectId, std::string>> moved_to;
    store::ObjectId made_again;  // this commit was indexed by other versions; once for each commit,
                                 // so that two programs do not take turns for ever
  };
  Mutex mutex_;
  std::map<std::pair<store::RepoNo, std::string>, Mark> marks_ COPPICE_GUARDED_BY(mutex_);
};

}  // namespace coppice::indexer
