#include "daemon/retrieval/load/followed.h"

#include <algorithm>
#include <set>

#include "base/format.h"

namespace coppice::retrieval {

Result<Followed> ReadFollowed(store::Store& store, store::Feed& feed, const Deadline& deadline) {
  COPPICE_ASSIGN(const auto gens, feed.Read(deadline));
  Followed followed;
  COPPICE_ASSIGN(followed.repos, store.catalog().ListRepos(deadline));
  COPPICE_ASSIGN(followed.refs, store.catalog().ListRefs(deadline));
  std::set<store::RepoNo> served;
  for (const store::RepoGen& gen : gens) served.insert(gen.repo);
  std::erase_if(followed.repos, [&](const auto& repo) { return !served.contains(repo.repo); });
  std::erase_if(followed.refs, [&](const auto& ref) {
    return std::none_of(followed.repos.begin(), followed.repos.end(),
                        [&](const auto& repo) { return repo.repo == ref.repo; });
  });
  return followed;
}

std::string Describe(const Followed& followed, std::optional<store::SpaceNo> space) {
  std::string text;
  std::set<store::RepoNo> repos;
  for (const store::RepoRecord& repo : followed.repos) {
    if (space && repo.space != *space) continue;
    repos.insert(repo.repo);
    text += fmt::format("{} {} {} {} {} {} {}\n", repo.repo.value, repo.space.value, repo.name,
                        repo.location, repo.git_dir, repo.subtree, repo.problem);
  }
  for (const store::RefRecord& ref : followed.refs) {
    if (!repos.contains(ref.repo)) continue;
    text += fmt::format("{} {} {} {} {} {}\n", ref.repo.value, ref.name, ref.symbolic,
                        ref.head.ToHex(), ref.commit.ToHex(), ref.subtree);
  }
  return text;
}

}  // namespace coppice::retrieval
