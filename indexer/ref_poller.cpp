#include "indexer/ref_poller.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/log.h"
#include "base/url.h"
#include "indexer/git/repository.h"
#include "indexer/parse/plain/content_check.h"
#include "indexer/serving_model.h"

namespace coppice::indexer {
namespace {

using Heads = std::vector<store::Catalog::Head>;

constexpr std::chrono::seconds kTrustStamp{30};  // then the refs are read whatever it says
constexpr int kUnreadLookedAt = 100;
constexpr int kJobsLookedAt = 100;

Result<Heads> ReadHeads(GitRepository& git, const store::RepoRecord& repo) {
  auto heads = git.Heads(repo.ref_patterns);
  if (!heads) return heads.error().WithContext(WithoutCredentials(repo.location));
  return heads;
}

bool SameHeads(const Heads& heads, const std::vector<store::RefRecord>& refs) {
  if (heads.size() != refs.size()) return false;
  std::unordered_map<std::string_view, const store::RefRecord*> by_name;
  for (const store::RefRecord& ref : refs) by_name.emplace(ref.name, &ref);
  return std::all_of(heads.begin(), heads.end(), [&](const store::Catalog::Head& head) {
    const auto found = by_name.find(head.name);
    return found != by_name.end() && found->second->symbolic == head.symbolic &&
           found->second->head == head.head;
  });
}

/// The refs of each repository.
std::map<store::RepoNo, std::vector<store::RefRecord>> ByRepo(std::vector<store::RefRecord> refs) {
  std::map<store::RepoNo, std::vector<store::RefRecord>> by_repo;
  for (store::RefRecord& ref : refs) by_repo[ref.repo].push_back(std::move(ref));
  return by_repo;
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
  // What has no vectors yet gets them without another job.
  store::IndexVersions made_by = ref.versions;
  if (made_by.model == store::kNoModel) made_by.model = versions.model;
  return !IsBehind(repo, ref) && made_by == versions;
}

bool RefPoller::IsMarked(const store::RepoRecord& repo, const store::RefRecord& ref) {
  MutexLock lock(mutex_);
  Mark& mark = marks_[{repo.repo, ref.name}];
  if (IsBehind(repo, ref)) {
    return mark.moved_to == std::pair(ref.head, repo.subtree) &&
           Deadline::Clock::now() < mark.retry_at;
  }
  mark.moved_to = std::nullopt;  // the next move counts, wherever it goes
  mark.wait = std::chrono::milliseconds(0);
  return mark.made_again == ref.head;
}

bool RefPoller::IsRetry(const store::RepoRecord& repo, const store::RefRecord& ref) {
  MutexLock lock(mutex_);
  return IsBehind(repo, ref) &&
         marks_[{repo.repo, ref.name}].moved_to == std::pair(ref.head, repo.subtree);
}

void RefPoller::SetMark(const store::RepoRecord& repo, const store::RefRecord& ref) {
  MutexLock lock(mutex_);
  Mark& mark = marks_[{repo.repo, ref.name}];
  if (!IsBehind(repo, ref)) {
    mark.made_again = ref.head;
    return;
  }
  const std::pair target(ref.head, repo.subtree);
  const bool again = mark.moved_to == target && mark.wait.count() > 0;
  mark.wait = again ? std::min(mark.wait * 2, patience_.longest) : patience_.failed;
  mark.retry_at = Deadline::Clock::now() + mark.wait;
  mark.moved_to = target;
}

Result<bool> RefPoller::HasFailed(const store::RefRecord& ref, const Deadline& deadline) {
  COPPICE_ASSIGN(const auto jobs, store_.jobs().ListOf(ref.repo, kJobsLookedAt, deadline));
  const auto last = std::find_if(jobs.begin(), jobs.end(),
                                 [&](const store::JobRecord& job) { return job.ref == ref.name; });
  return last != jobs.end() && last->state == store::JobState::kFailed;
}

Result<bool> RefPoller::LookForHealed(const store::RepoRecord& repo, GitRepository& git,
                                      const Deadline& deadline) {
  COPPICE_ASSIGN(const auto unread,
                 store_.reader().UnreadObjects(repo.repo, kUnreadLookedAt, deadline));
  const bool healed = std::any_of(unread.begin(), unread.end(), [&](const store::ObjectId& id) {
    const auto header = git.ReadBlobHeader(id);
    return header && (header->size_bytes > kMaxBlobBytes || git.ReadBlob(id));
  });
  if (!healed) return false;
  LogInfo("objects_readable_again", {{"repo", repo.name}});
  ForgetOthers(repo.repo, {});
  COPPICE_TRY(store_.catalog().IndexAgain(repo.repo, deadline));
  return true;
}

void RefPoller::ForgetOthers(store::RepoNo repo, const std::vector<store::RefRecord>& refs) {
  std::unordered_set<std::string_view> kept;
  for (const store::RefRecord& ref : refs) kept.insert(ref.name);
  MutexLock lock(mutex_);
  std::erase_if(marks_, [&](const auto& entry) {
    return entry.first.first == repo && !kept.contains(entry.first.second);
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
                                                  const store::IndexVersions& wanted, bool again,
                                                  const std::string& reason,
                                                  const Deadline& deadline) {
  std::vector<std::string> jobs;
  ForgetOthers(repo.repo, refs);
  for (const store::RefRecord& ref : refs) {
    const bool marked = IsMarked(repo, ref);
    if (ref.head.empty() || IsUpToDate(repo, ref, wanted) || (marked && !again)) continue;
    if (!again && IsRetry(repo, ref)) {
      COPPICE_ASSIGN(const bool failed, HasFailed(ref, deadline));
      if (!failed) {
        SetMark(repo, ref);
        continue;
      }
    }
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
  const auto git = OpenRepository(repo.git_dir);
  const Result<Heads> heads = git ? ReadHeads(**git, repo) : git.error();
  if (!heads) {
    COPPICE_TRY(RecordProblem(store_, repo, heads.error().Sentence(), deadline));
    return heads.error();
  }
  COPPICE_TRY(RecordProblem(store_, repo, "", deadline));
  COPPICE_TRY(LookForHealed(repo, **git, deadline));
  COPPICE_TRY(store_.catalog().SetHeads(repo.repo, *heads, deadline));
  COPPICE_ASSIGN(const auto refs, store_.catalog().ListRefs(repo.repo, deadline));
  COPPICE_ASSIGN(const store::IndexVersions wanted, WantedVersions(store_, deadline));
  return Queue(repo, refs, wanted, true, reason, deadline);
}

Result<Heads> RefPoller::PollHeads(const store::RepoRecord& repo) {
  const auto now = Deadline::Clock::now();
  if (const auto found = open_.find(repo.repo); found != open_.end()) {
    Open& open = found->second;
    auto stamp = RefStamp::Take(open.git->git_dir(), open.git->common_dir());
    if (stamp && stamp == open.stamp && open.patterns == repo.ref_patterns &&
        now - open.read_at < kTrustStamp) {
      return open.heads;
    }
    if (auto heads = open.git->Heads(repo.ref_patterns)) {
      open.stamp = std::move(stamp);
      open.patterns = repo.ref_patterns;
      open.heads = *heads;
      open.read_at = now;
      return heads;
    }
    open_.erase(found);  // gone or made anew: what opening it says is the reason
  }
  COPPICE_ASSIGN(auto repository, OpenRepository(repo.git_dir));
  auto heads = ReadHeads(*repository, repo);
  if (!heads) return heads;
  open_[repo.repo].git = std::move(repository);
  return heads;
}

Result<bool> RefPoller::LookForHealedInTime(const store::RepoRecord& repo,
                                            const Deadline& deadline) {
  const auto found = open_.find(repo.repo);
  const auto now = Deadline::Clock::now();
  if (found == open_.end() || now < found->second.next_heal) return false;
  found->second.next_heal = now + patience_.unread;
  return LookForHealed(repo, *found->second.git, deadline);
}

Result<bool> RefPoller::Step(const Deadline& deadline) {
  COPPICE_ASSIGN(const auto repos, store_.catalog().ListRepos(deadline));
  COPPICE_ASSIGN(auto all_refs, store_.catalog().ListRefs(deadline));
  COPPICE_ASSIGN(const store::IndexVersions wanted, WantedVersions(store_, deadline));
  auto refs_of = ByRepo(std::move(all_refs));
  ForgetRemoved(repos);
  bool queued = false;
  for (const store::RepoRecord& repo : repos) {
    if (repo.git_dir.empty()) continue;  // not cloned yet
    std::vector<store::RefRecord>& refs = refs_of[repo.repo];
    const auto heads = PollHeads(repo);
    if (!heads) {
      COPPICE_TRY(RecordProblem(store_, repo, heads.error().Sentence(), deadline));
      continue;
    }
    COPPICE_TRY(RecordProblem(store_, repo, "", deadline));
    if (!repo.problem.empty()) ForgetOthers(repo.repo, {});  // its jobs may have failed meanwhile
    COPPICE_ASSIGN(bool changed, LookForHealedInTime(repo, deadline));
    if (!SameHeads(*heads, refs)) {
      COPPICE_TRY(store_.catalog().SetHeads(repo.repo, *heads, deadline));
      changed = true;
    }
    if (changed) {
      COPPICE_ASSIGN(refs, store_.catalog().ListRefs(repo.repo, deadline));
    }
    COPPICE_ASSIGN(const auto jobs, Queue(repo, refs, wanted, false, "poll", deadline));
    queued = queued || !jobs.empty();
  }
  return queued;
}

}  // namespace coppice::indexer
