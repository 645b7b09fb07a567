#include "daemon/server/repo_info.h"

#include "daemon/server/convert.h"

namespace coppice::server {
namespace {

constexpr int kJobsRead = 1000;

}  // namespace

Result<RepoOverview> ReadOverview(const Services& services, const std::string& name,
                                  const Deadline& deadline) {
  store::Store& store = *services.store;
  std::vector<store::RepoRecord> repos;
  if (name.empty()) {
    COPPICE_ASSIGN(repos, store.catalog().ListRepos(deadline));
  } else {
    COPPICE_ASSIGN(repos.emplace_back(), store.catalog().FindRepo(name, deadline));
  }
  COPPICE_ASSIGN(const auto refs, store.catalog().ListRefs(deadline));
  COPPICE_ASSIGN(const auto jobs,
                 store.jobs().List(store::JobQueue::Which::kAll, kJobsRead, deadline));
  RepoOverview overview;
  for (const store::RepoRecord& repo : repos) {
    overview.repos.push_back(ToWire(repo, refs, jobs, [&](const std::string& ref) {
      return services.retriever->Served(repo.name, ref);
    }));
  }
  for (const store::JobRecord& job : jobs) {
    if (job.state == store::JobState::kQueued) ++overview.jobs.queued;
    if (job.state == store::JobState::kRunning) ++overview.jobs.running;
    if (job.state == store::JobState::kFailed) ++overview.jobs.failed;
  }
  return overview;
}

Result<protocol::RepoInfo> ReadRepoInfo(const Services& services, const std::string& name,
                                        const Deadline& deadline) {
  COPPICE_ASSIGN(RepoOverview overview, ReadOverview(services, name, deadline));
  return std::move(overview.repos.front());
}

}  // namespace coppice::server
