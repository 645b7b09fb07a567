#include "indexer/ref_poller.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/url.h"
#include "indexer/git/repository.h"

namespace coppice::indexer {
namespace {

using Heads = std::vector<store::Catalog::Head>;

Result<Heads> ReadHeads(const store::RepoRecord& repo) {
  COPPICE_ASSIGN(const auto repository, OpenRepository(repo.git_dir));
  auto heads = repository->Heads(repo.ref_patterns);
  if (!heads) return heads.error().WithContext(WithoutCredentials(repo.location));
  return heads;
}

bool SameHeads(const Heads& heads, const std::vector<store::RefRecord>& refs) {
  if (heads.size() != refs.size()) return false;
  return std::all_of(heads.begin(), heads.end(), [&](const store::Catalog::Head& head) {
    return std::any_of(refs.begin(), refs.end(), [&](const store::RefRecord& ref) {
      return ref.name == head.name && ref.symbolic == head.symbolic && ref.head == head.head;
    });
  });
}

/// Whether what is served is not what the repository says now.
bool IsBehind(const store::RepoRecord& repo, const store::RefRecord& ref) {
  return ref.head != ref.commit || (!ref.commit.empty() && ref.subtree != repo.subtree);
}

Result<void> RecordProblem(store::Store& store, const store::RepoRecord& repo,
                           const std::string& problem, const Deadline& deadline) {
  if (repo.problem == problem) return {};
  if (problem.empty()) {
    LogInfo("repository_readable", {{"repo", repo.name}});
  } else {
    LogWarning("repository_unreadable", {{"repo", repo.name}, {"why", problem}});
  }
  return store.catalog().SetProblem(repo.repo, problem, deadline);
}

}  // namespace

bool IsUpToDate(const store::RepoRecord& repo, const store::RefRecord& ref,
                const store::IndexVersions& versions) {
  return !IsBehind(repo, ref) && ref.versions == versions;
}

bool RefPoller::IsMarked(const store::RepoRecord& repo, const store::RefRecord& ref) {
  MutexLock lock(mutex_);
  Mark& mark = marks_[{repo.repo, ref.name}];
  if (IsBehind(repo, ref)) return mark.moved_to == std::pair(ref.head, repo.subtree);
  mark.moved_to = std::nullopt;  // the next move counts, wherever it goes
  return mark.made_again == ref.head;
}

void RefPoller::SetMark(const store::RepoRecord& repo, const store::RefRecord& ref) {
  MutexLock lock(mutex_);
  Mark& mark = marks_[{repo.repo, ref.name}];
  if (IsBehind(repo, ref)) {
    mark.moved_to = {ref.head, repo.subtree};
  } else {
    mark.made_again = ref.head;
  }
}

void RefPoller::ForgetOthers(store::RepoNo repo, const std::vector<store::RefRecord>& refs) {
  MutexLock lock(mutex_);
  std::erase_if(marks_, [&](const auto& entry) {
    return entry.first.first == repo &&
           std::none_of(refs.begin(), refs.end(), [&](const store::RefRecord& ref) {
             return ref.name == entry.first.second;
           });
  });
}

void RefPoller::ForgetRemoved(const std::vector<store::RepoRecord>& repos) {
  const auto removed = [&](store::RepoNo number) {
    return std::none_of(repos.begin(), repos.end(),
                        [&](const store::RepoRecord& repo) { return repo.repo == number; });
  };
  std::erase_if(open_, [&](const auto& entry) { return removed(entry.first); });
  MutexLock lock(mutex_);
  std::erase_if(marks_, [&](const auto& entry) { return removed(entry.first.first); });
}

Result<std::vector<std::string>> RefPoller::Queue(const store::RepoRecord& repo,
                                                  const std::vector<store::RefRecord>& refs,
                                                  bool again, const std::string& reason,
                                                  const Deadline& deadline) {
  std::vector<std::string> jobs;
  ForgetOthers(repo.repo, refs);
  for (const store::RefRecord& ref : refs) {
    const bool marked = IsMarked(repo, ref);
    if (ref.head.empty() || IsUpToDate(repo, ref, versions_) || (marked && !again)) continue;
    COPPICE_ASSIGN(std::string id,
                   store_.jobs().Enqueue(repo.repo, ref.name, ref.head, reason, deadline));
    SetMark(repo, ref);
    jobs.push_back(std::move(id));
  }
  return jobs;
}

Result<std::vector<std::string>> RefPoller::Refresh(const store::RepoRecord& repo,
                                                    const std::string& reason,
                                                    const Deadline& deadline) {
  const auto heads = ReadHeads(repo);
  if (!heads) {
    COPPICE_TRY(RecordProblem(store_, repo, heads.error().message, deadline));
    return heads.error();
  }
  COPPICE_TRY(RecordProblem(store_, repo, "", deadline));
  COPPICE_TRY(store_.catalog().SetHeads(repo.repo, *heads, deadline));
  COPPICE_ASSIGN(const auto refs, store_.catalog().ListRefs(repo.repo, deadline));
  return Queue(repo, refs, true, reason, deadline);
}

Result<std::vector<store::Catalog::Head>> RefPoller::PollHeads(const store::RepoRecord& repo) {
  const auto found = open_.find(repo.repo);
  if (found != open_.end()) {
    if (auto heads = found->second->Heads(repo.ref_patterns)) return heads;
    open_.erase(found);  // gone or made anew: what opening it says is the reason
  }
  COPPICE_ASSIGN(auto repository, OpenRepository(repo.git_dir));
  auto heads = repository->Heads(repo.ref_patterns);
  if (!heads) return heads.error().WithContext(WithoutCredentials(repo.location));
  open_[repo.repo] = std::move(repository);
  return heads;
}

Result<bool> RefPoller::Step(const Deadline& deadline) {
  COPPICE_ASSIGN(const auto repos, store_.catalog().ListRepos(deadline));
  COPPICE_ASSIGN(const auto all_refs, store_.catalog().ListRefs(deadline));
  ForgetRemoved(repos);
  bool queued = false;
  for (const store::RepoRecord& repo : repos) {
    if (repo.git_dir.empty()) continue;  // not cloned yet
    std::vector<store::RefRecord> refs;
    std::copy_if(all_refs.begin(), all_refs.end(), std::back_inserter(refs),
                 [&](const store::RefRecord& ref) { return ref.repo == repo.repo; });
    const auto heads = PollHeads(repo);
    if (!heads) {
      COPPICE_TRY(RecordProblem(store_, repo, heads.error().message, deadline));
      continue;
    }
    COPPICE_TRY(RecordProblem(store_, repo, "", deadline));
    if (!repo.problem.empty()) ForgetOthers(repo.repo, {});  // its jobs may have failed meanwhile
    if (!SameHeads(*heads, refs)) {
      COPPICE_TRY(store_.catalog().SetHeads(repo.repo, *heads, deadline));
      COPPICE_ASSIGN(refs, store_.catalog().ListRefs(repo.repo, deadline));
    }
    COPPICE_ASSIGN(const auto jobs, Queue(repo, refs, false, "poll", deadline));
    queued = queued || !jobs.empty();
  }
  return queued;
}

}  // namespace coppice::indexer
