#include "daemon/app/repository_admin.h"

#include <algorithm>
#include <system_error>

#include "base/format.h"
#include "base/log.h"
#include "indexer/git/layout.h"
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

/// "src" of "/src/" or "./src"; "" of "/" and ".".
std::string WithoutSlashes(std::string path) {
  while (path.ends_with('/')) path.pop_back();
  while (path.starts_with('/') || path.starts_with("./")) path.erase(0, path.find('/') + 1);
  return path == "." ? "" : path;
}

/// Refuses a folder that none of the heads has.
Result<void> CheckSubtree(indexer::GitRepository& repository,
                          const std::vector<store::Catalog::Head>& heads, const std::string& subtree) {
  bool any_commit = false;
  for (const store::Catalog::Head& head : heads) {
    if (head.head.empty()) continue;
    any_commit = true;
    COPPICE_ASSIGN(const store::CommitRecord commit, repository.ReadCommit(head.head));
    COPPICE_ASSIGN(const bool there, store::HoldsPath(repository, commit.tree, subtree));
    if (there) return {};
  }
  if (!any_commit) return {};
  return MakeError(ErrorCode::kNotFound, fmt::format("no followed ref has a folder '{}'", subtree),
                   "give --subtree as the path of a folder below the top of the repository");
}

std::string Join(std::string a, const std::string& b) {
  if (!a.empty() && !b.empty()) a += "; ";
  return a + b;
}

/// What adding a known place again has changed.
std::string NoteOnChanges(const store::RepoRecord& before, const store::RepoRecord& after) {
  std::string note;
  if (before.name != after.name) {
    note = Join(note, fmt::format("renamed from {} to {}", before.name, after.name));
  }
  if (before.ref_patterns != after.ref_patterns) {
    note = Join(note, fmt::format("refs changed from {} to {}", fmt::join(before.ref_patterns, " "),
                                  fmt::join(after.ref_patterns, " ")));
  }
  if (before.subtree != after.subtree) {
    note = Join(note, fmt::format("subtree changed from /{} to /{}", before.subtree, after.subtree));
  }
  return note;
}

Error WithNameRemedy(Error error) {
  if (error.code == ErrorCode::kConflict && error.remedy.empty()) {
    return error.WithRemedy("give it another name with --name");
  }
  return error;
}

}  // namespace

Result<RepositoryAdmin::Added> RepositoryAdmin::Add(const AddRequest& request,
                                                    const Deadline& deadline) {
  store::NewRepo repo;
  repo.location = request.location;
  repo.remote = indexer::IsRemoteLocation(request.location);
  repo.ref_patterns = request.refs;
  if (!request.subtree.empty()) repo.subtree = WithoutSlashes(request.subtree);
  if (repo.remote) COPPICE_TRY(indexer::CheckRemoteUrl(repo.location));
  if (!repo.remote && !repo.location.starts_with('/')) {
    return MakeError(ErrorCode::kInvalidArgument,
                     fmt::format("{} is neither an absolute path nor a URL", repo.location));
  }
  while (repo.location.size() > 1 && repo.location.ends_with('/')) repo.location.pop_back();
  repo.rename = !request.name.empty();
  repo.name = repo.rename ? request.name : indexer::NameFromLocation(repo.location);
  COPPICE_TRY(CheckName(repo.name));
  auto before = store_.catalog().FindRepo(repo.location, deadline);
  if (!before && before.error().code != ErrorCode::kNotFound) return before.error();
  const bool known = before && before->location == repo.location;
  std::string remark;
  if (!repo.remote) {
    COPPICE_ASSIGN(remark, CheckLocal(repo, known ? &*before : nullptr, deadline));
  }
  auto added = store_.catalog().AddRepo(repo, deadline);
  if (!added) return WithNameRemedy(added.error());
  LogInfo("repository_added", {{"repo", added->name}, {"again", known}});
  COPPICE_ASSIGN(auto jobs, SyncOne(*added, "add", deadline));
  std::string note = Join(known ? NoteOnChanges(*before, *added) : "", remark);
  return Added{std::move(*added), std::move(jobs), std::move(note)};
}

Result<std::string> RepositoryAdmin::CheckLocal(store::NewRepo& repo,
                                                const store::RepoRecord* known,
                                                const Deadline& deadline) {
  repo.git_dir = repo.location;
  COPPICE_ASSIGN(const auto repository, indexer::OpenRepository(repo.location));
  std::vector<std::string> patterns = repo.ref_patterns;
  if (patterns.empty()) patterns = known != nullptr ? known->ref_patterns : std::vector<std::string>{"HEAD"};
  auto heads = repository->Heads(patterns);
  if (!heads) return heads.error().WithContext(repo.location);
  if (repo.subtree) COPPICE_TRY(CheckSubtree(*repository, *heads, *repo.subtree));
  std::string note = Join(NoteOn(*heads), indexer::NoteOnClone(repository->common_dir()));
  if (known != nullptr) return note;
  // A long walk must leave time to add the repository all the same.
  const Deadline half = Deadline::After(deadline.remaining() / 2, deadline.stop());
  if (auto root = repository->RootCommit(half)) {
    repo.root_commit = *root;
  } else {
    LogWarning("root_commit_unknown", {{"repo", repo.name}, {"why", root.error().ToString()}});
    note = Join(note, "its first commit could not be reached, so it shares nothing with other clones");
  }
  return note;
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
  auto repo = store_.catalog().FindRepo(name, deadline);
  if (!repo && purge && repo.error().code == ErrorCode::kNotFound) {
    auto removed = store_.catalog().FindRemovedRepo(name, deadline);
    if (removed || removed.error().code != ErrorCode::kNotFound) repo = std::move(removed);
  }
  if (!repo) return repo.error();
  COPPICE_TRY(store_.catalog().RemoveRepo(repo->repo, false, deadline));
  LogInfo("repository_removed", {{"repo", repo->name}, {"purge", purge}});
  if (!purge) return {};
  // The rows go last: as long as they are there, a purge that was cut short can be asked for again.
  if (repo->remote) COPPICE_TRY(RemoveMirror(repo->repo));
  return store_.catalog().RemoveRepo(repo->repo, true, deadline);
}

Result<void> RepositoryAdmin::RemoveMirror(store::RepoNo repo) {
  for (const char* ending : {".git", ".git.partial"}) {
    const auto path = mirrors_ / fmt::format("{}{}", repo.value, ending);
    std::error_code status;
    std::filesystem::remove_all(path, status);
    if (!status) continue;
    return MakeError(ErrorCode::kUnavailable,
                     fmt::format("{} cannot be deleted: {}", path.string(), status.message()),
                     "remove the repository again with --purge to go on");
  }
  return {};
}

Result<std::vector<std::string>> RepositoryAdmin::Sync(const std::string& name,
                                                       const Deadline& deadline) {
  std::vector<store::RepoRecord> repos;
  if (name.empty()) {
    COPPICE_ASSIGN(repos, store_.catalog().ListRepos(deadline));
  } else {
    COPPICE_ASSIGN(store::RepoRecord repo, store_.catalog().FindRepo(name, deadline));
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
