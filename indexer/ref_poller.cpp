#include "indexer/ref_poller.h"

#include <algorithm>

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

bool RefPoller::MarkQueued(store::RepoNo repo, const store::RefRecord& ref, bool again) {
  MutexLock lock(mutex_);
  store::ObjectId& last = queued_[{repo, ref.name}];
  const bool fresh = last != ref.head;
  last = ref.head;
  return fresh || again;
}

Result<std::vector<std::string>> RefPoller::Queue(const store::RepoRecord& repo,
                                                  const std::vector<store::RefRecord>& refs,
                                                  bool again, const std::string& reason,
                                                  const Deadline& deadline) {
  std::vector<std::string> jobs;
  for (const store::RefRecord& ref : refs) {
    if (ref.head.empty() || ref.head == ref.commit) continue;
    if (!MarkQueued(repo.repo, ref, again)) continue;
    COPPICE_ASSIGN(std::string id,
                   store_.jobs().Enqueue(repo.repo, ref.name, ref.head, reason, deadline));
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
  std::erase_if(open_, [&](const auto& entry) {
    return std::none_of(repos.begin(), repos.end(),
                        [&](const auto& repo) { return repo.repo == entry.first; });
  });
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
