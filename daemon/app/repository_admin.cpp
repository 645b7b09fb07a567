#include "daemon/app/repository_admin.h"

#include <algorithm>
#include <system_error>

#include "base/format.h"
#include "base/log.h"
#include "indexer/git/mirror.h"
#include "indexer/git/repository.h"

namespace coppice::app {
namespace {

/// Why nothing is indexed yet, where a tracked ref has no commit.
std::string NoteOn(const std::vector<store::Catalog::Head>& heads) {
  for (const store::Catalog::Head& head : heads) {
    if (!head.head.empty()) continue;
    return fmt::format("no commit yet on {}: it is indexed with the first one",
                       head.symbolic.empty() ? head.name : head.symbolic);
  }
  return {};
}

Result<void> CheckName(const std::string& name) {
  const bool odd = std::any_of(name.begin(), name.end(), [](char c) {
    return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == '*' || c == '?';
  });
  if (!name.empty() && name.size() <= 200 && !odd) return {};
  return MakeError(ErrorCode::kInvalidArgument,
                   fmt::format("'{}' cannot be the name of a repository", name),
                   "give one of 1 to 200 characters without blanks, '*' and '?' by --name");
}

Error WithNameRemedy(Error error) {
  if (error.code == ErrorCode::kConflict && error.remedy.empty()) {
    return error.WithRemedy("give it another name with --name");
  }
  return error;
}

}  // namespace

Result<store::RepoRecord> RepositoryAdmin::Find(const std::string& name,
                                                const Deadline& deadline) {
  COPPICE_ASSIGN(const auto repos, store_.catalog().ListRepos(deadline));
  std::string names;
  for (const store::RepoRecord& repo : repos) {
    if (repo.name == name || repo.location == name) return repo;
    names += (names.empty() ? "" : ", ") + repo.name;
  }
  return MakeError(ErrorCode::kNotFound, fmt::format("repository '{}' is not known", name),
                   names.empty() ? "add one with `coppice add PATH`" : "known are: " + names);
}

Result<RepositoryAdmin::Added> RepositoryAdmin::Add(const AddRequest& request,
                                                    const Deadline& deadline) {
  store::NewRepo repo;
  repo.location = request.location;
  repo.remote = indexer::IsRemoteLocation(request.location);
  repo.ref_patterns = request.refs.empty() ? std::vector<std::string>{"HEAD"} : request.refs;
  repo.subtree = request.subtree;
  while (repo.subtree.ends_with('/')) repo.subtree.pop_back();
  if (!repo.remote && !repo.location.starts_with('/')) {
    return MakeError(ErrorCode::kInvalidArgument,
                     fmt::format("{} is neither an absolute path nor a URL", repo.location));
  }
  while (repo.location.size() > 1 && repo.location.ends_with('/')) repo.location.pop_back();
  repo.name =
      request.name.empty() ? indexer::NameFromLocation(repo.location) : request.name;
  COPPICE_TRY(CheckName(repo.name));
  return repo.remote ? AddRemote(std::move(repo), deadline)
                     : AddLocal(request, std::move(repo), deadline);
}

Result<RepositoryAdmin::Added> RepositoryAdmin::AddLocal(const AddRequest& request,
                                                         store::NewRepo repo,
                                                         const Deadline& deadline) {
  repo.git_dir = repo.location;
  COPPICE_ASSIGN(const auto repository, indexer::OpenRepository(repo.location));
  const auto heads = repository->Heads(repo.ref_patterns);
  if (!heads) return heads.error().WithContext(repo.location);
  if (auto root = repository->RootCommit(deadline)) {
    repo.root_commit = *root;
  } else {
    LogWarning("root_commit_unknown", {{"repo", repo.name}, {"why", root.error().ToString()}});
  }
  auto added = store_.catalog().AddRepo(repo, deadline);
  if (!added) return WithNameRemedy(added.error());
  LogInfo("repository_added", {{"repo", added->name}, {"path", request.location}});
  COPPICE_ASSIGN(auto jobs, SyncOne(*added, "add", deadline));
  return Added{std::move(*added), std::move(jobs), NoteOn(*heads)};
}

Result<RepositoryAdmin::Added> RepositoryAdmin::AddRemote(store::NewRepo repo,
                                                          const Deadline& deadline) {
  COPPICE_TRY(indexer::CheckRemoteUrl(repo.location));
  auto added = store_.catalog().AddRepo(repo, deadline);
  if (!added) return WithNameRemedy(added.error());
  LogInfo("repository_added", {{"repo", added->name}});
  COPPICE_ASSIGN(auto jobs, SyncOne(*added, "add", deadline));
  return Added{std::move(*added), std::move(jobs), {}};
}

Result<std::vector<std::string>> RepositoryAdmin::SyncOne(const store::RepoRecord& repo,
                                                          const std::string& reason,
                                                          const Deadline& deadline) {
  std::vector<std::string> jobs;
  if (repo.remote) {
    // Fetching takes as long as the network does: it is a job, which makes those of the refs.
    COPPICE_ASSIGN(std::string id, store_.jobs().Enqueue(repo.repo, "", {}, reason, deadline));
    jobs.push_back(std::move(id));
  } else {
    COPPICE_ASSIGN(jobs, poller_.Refresh(repo, reason, deadline));
  }
  worker_.Wake();
  return jobs;
}

Result<void> RepositoryAdmin::Remove(const std::string& name, bool purge,
                                     const Deadline& deadline) {
  COPPICE_ASSIGN(const store::RepoRecord repo, Find(name, deadline));
  COPPICE_TRY(store_.catalog().RemoveRepo(repo.repo, purge, deadline));
  LogInfo("repository_removed", {{"repo", repo.name}, {"purge", purge}});
  if (!repo.remote || !purge) return {};
  std::error_code status;
  std::filesystem::remove_all(mirrors_ / fmt::format("{}.git", repo.repo.value), status);
  if (status) {
    LogWarning("mirror_left", {{"repo", repo.name}, {"why", status.message()}});
  }
  return {};
}

Result<std::vector<std::string>> RepositoryAdmin::Sync(const std::string& name,
                                                       const Deadline& deadline) {
  std::vector<store::RepoRecord> repos;
  if (name.empty()) {
    COPPICE_ASSIGN(repos, store_.catalog().ListRepos(deadline));
  } else {
    COPPICE_ASSIGN(store::RepoRecord repo, Find(name, deadline));
    repos.push_back(std::move(repo));
  }
  std::vector<std::string> all;
  for (const store::RepoRecord& repo : repos) {
    auto jobs = SyncOne(repo, "sync", deadline);
    if (!jobs && name.empty()) continue;  // recorded as the repository's problem
    if (!jobs) return jobs.error();
    all.insert(all.end(), jobs->begin(), jobs->end());
  }
  return all;
}

}  // namespace coppice::app
