#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "daemon/server/services.h"
#include "indexer/index_worker.h"
#include "indexer/ref_poller.h"
#include "store/store.h"

namespace coppice::app {

/// Adds, removes and refreshes repositories: the one place where a request reaches the write path.
///
/// Place:  made by App; called by request threads.
/// Errors: as server::RepositoryAdmin says; every message names the path or repository it is about.
class RepositoryAdmin final : public server::RepositoryAdmin {
 public:
  /// All must outlive this. Mirrors of URLs lie below `mirrors`.
  RepositoryAdmin(store::Store& store, indexer::RefPoller& poller, indexer::IndexWorker& worker,
                  std::filesystem::path mirrors)
      : store_(store), poller_(poller), worker_(worker), mirrors_(std::move(mirrors)) {}

  Result<Added> Add(const AddRequest& request, const Deadline& deadline) override;
  Result<void> Remove(const std::string& name, bool purge, const Deadline& deadline) override;
  Result<std::vector<std::string>> Sync(const std::string& name,
                                        const Deadline& deadline) override;

 private:
  /// Looks into a repository that is read in place; `known` is what was added there before. Fills in
  /// git_dir and root_commit, gives a note for whoever asked.
  Result<std::string> CheckLocal(store::NewRepo& repo, const store::RepoRecord* known,
                                 const Deadline& deadline);
  Result<void> RemoveMirror(store::RepoNo repo);
  Result<std::vector<std::string>> SyncOne(const store::RepoRecord& repo,
                                           const std::string& reason, const Deadline& deadline);

  store::Store& store_;
  indexer::RefPoller& poller_;
  indexer::IndexWorker& worker_;
  std::filesystem::path mirrors_;
};

}  // namespace coppice::app
