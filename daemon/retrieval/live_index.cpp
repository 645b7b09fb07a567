#include "daemon/retrieval/live_index.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/format.h"
#include "base/log.h"
#include "base/mutex.h"
#include "daemon/retrieval/index/snapshot.h"
#include "daemon/retrieval/load/commit_loader.h"
#include "daemon/retrieval/load/refused_spaces.h"
#include "daemon/retrieval/load/space_loader.h"

namespace coppice::retrieval {
namespace {

constexpr std::chrono::milliseconds kPollInterval{1000};

/// What the database says is followed, read in one go.
struct Followed {
  std::vector<store::RepoRecord> repos;
  std::vector<store::RefRecord> refs;
};

/// Everything of it that a snapshot shows, as one text: equal texts need no new snapshot. Of one
/// space alone where it is given.
std::string Describe(const Followed& followed, std::optional<store::SpaceNo> space = {}) {
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

bool EndsStep(const Error& error) {
  return error.code == ErrorCode::kUnavailable || error.code == ErrorCode::kDeadlineExceeded ||
         error.code == ErrorCode::kCancelled;
}

}  // namespace

struct LiveIndex::Impl {
  Impl(store::Store& the_store, const embed::Embedder& the_embedder, MemoryBudget* the_memory)
      : store(the_store),
        embedder(the_embedder),
        memory(the_memory),
        feed(the_store.OpenFeed()),
        commits(the_store, the_memory),
        current(std::make_shared<const Snapshot>(0, std::vector<store::RepoRecord>{},
                                                 std::vector<ServedRef>{})) {}

  store::Store& store;
  const embed::Embedder& embedder;
  MemoryBudget* const memory;

  // Owned by the follower thread.
  std::unique_ptr<store::Feed> feed;
  CommitLoader commits;
  std::optional<store::ModelNo> model;
  std::map<store::SpaceNo, SpaceLoader> spaces;
  RefusedSpaces refused;
  std::map<ViewKey, std::shared_ptr<const FileTable>> tables;
  /// The view each ref shows until the next one is loaded.
  std::map<std::pair<store::RepoNo, std::string>, std::shared_ptr<const View>> shown;
  /// What made the index of each ref when it was last looked at.
  struct MadeBy {
    store::IndexVersions versions;
    store::ObjectId commit;
    std::optional<store::Timestamp> indexed_at;
    /// Whether what this was made of is not what `next` was made of, although nothing moved.
    [[nodiscard]] bool IsRemadeBy(const MadeBy& next) const {
      return versions != next.versions || (commit == next.commit && indexed_at != next.indexed_at);
    }
  };
  std::map<std::pair<store::RepoNo, std::string>, MadeBy> made_by;
  std::map<std::string, std::string> problems;  // logged already
  std::optional<std::string> described;  // of what is published; nothing before the first time

  mutable Mutex mutex;
  mutable CondVar published;
  std::shared_ptr<const Snapshot> current COPPICE_GUARDED_BY(mutex);
  Standing standing COPPICE_GUARDED_BY(mutex);

  Result<bool> Step(const Deadline& deadline);
  Result<Followed> ReadFollowed(const Deadline& deadline);
  Result<void> RegisterModel(const Deadline& deadline);
  Result<bool> UpdateSpace(store::SpaceNo space, const Followed& followed,
                           const Deadline& deadline);
  Result<bool> LoadSpace(store::SpaceNo space, const Followed& followed, const Deadline& deadline);
  [[nodiscard]] std::uint64_t HeldBytes() const;
  void GiveUp(store::SpaceNo space, const Followed& followed, const Error& error);
  Result<SpaceLoader::Tables> LoadTables(store::SpaceNo space, const Followed& followed,
                                         const Deadline& deadline);
  void Show(const SpaceLoader::Views& of_space, const std::set<store::RepoNo>& repos,
            const Followed& followed);
  void DropUnfollowed(const Followed& followed);
  void DropRemade(const Followed& followed);
  void Publish(const Followed& followed);
  void LogOnce(const std::string& what, const Error& error);
};

Result<Followed> LiveIndex::Impl::ReadFollowed(const Deadline& deadline) {
  COPPICE_ASSIGN(const auto gens, feed->Read(deadline));
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

Result<void> LiveIndex::Impl::RegisterModel(const Deadline& deadline) {
  if (model) return {};
  const embed::ModelInfo& info = embedder.info();
  COPPICE_ASSIGN(
      model, store.catalog().RegisterModel(info.name, info.revision, info.dimensions, deadline));
  return {};
}

// Spaces one after the other, each published when it is done: the first repositories answer while
// the last are still read.
Result<bool> LiveIndex::Impl::Step(const Deadline& deadline) {
  COPPICE_ASSIGN(const Followed followed, ReadFollowed(deadline));
  COPPICE_TRY(RegisterModel(deadline));
  DropUnfollowed(followed);
  DropRemade(followed);
  std::set<store::SpaceNo> of_repos;
  for (const store::RepoRecord& repo : followed.repos) of_repos.insert(repo.space);
  bool any = false;
  for (const store::SpaceNo space : of_repos) {
    COPPICE_ASSIGN(const bool changed, UpdateSpace(space, followed, deadline));
    if (changed) Publish(followed);
    any = any || changed;
  }
  std::string now = Describe(followed);
  if (now != described) {
    described = std::move(now);
    if (!any) Publish(followed);
    any = true;
  }
  return any;
}

Result<SpaceLoader::Tables> LiveIndex::Impl::LoadTables(store::SpaceNo space,
                                                        const Followed& followed,
                                                        const Deadline& deadline) {
  SpaceLoader::Tables wanted;
  for (const store::RepoRecord& repo : followed.repos) {
    if (repo.space != space) continue;
    for (const store::RefRecord& ref : followed.refs) {
      if (ref.repo != repo.repo || ref.commit.empty()) continue;
      const ViewKey key{repo.repo, ref.commit, ref.subtree};
      if (wanted.contains(key)) continue;
      if (const auto known = tables.find(key); known != tables.end()) {
        wanted.insert(*known);
        continue;
      }
      auto table = commits.Load(key, deadline);
      if (table) {
        wanted.emplace(key, *table);
        continue;
      }
      const Error error = table.error().WithContext(
          fmt::format("{} {}: commit {}", repo.name, ref.name, ref.commit.ToHex()));
      if (EndsStep(error) || error.code == ErrorCode::kResourceExhausted) return error;
      LogOnce(fmt::format("{} {}", repo.name, ref.name), error);
      // What this ref shows goes on being shown.
      const auto old = shown.find({repo.repo, ref.name});
      if (old == shown.end()) continue;
      wanted.emplace(ViewKey{repo.repo, old->second->commit(), old->second->subtree()},
                     old->second->table());
    }
  }
  return wanted;
}

// True when what is to be shown of the space has changed, its problem among it.
Result<bool> LiveIndex::Impl::UpdateSpace(store::SpaceNo space, const Followed& followed,
                                          const Deadline& deadline) {
  const std::string before = refused.Why(space);
  if (refused.IsHopeless(space, Describe(followed, space), HeldBytes())) return false;
  auto loaded = LoadSpace(space, followed, deadline);
  if (loaded) return *loaded || !before.empty();
  const Error error = loaded.error().WithContext(fmt::format("space {}", space.value));
  if (EndsStep(error)) return error;
  LogOnce(fmt::format("space {}", space.value), error);
  if (error.code != ErrorCode::kResourceExhausted) return false;
  GiveUp(space, followed, loaded.error());
  return refused.Why(space) != before;
}

/// What the index holds of the budget.
std::uint64_t LiveIndex::Impl::HeldBytes() const {
  std::uint64_t bytes = 0;
  if (memory == nullptr) return bytes;
  for (const MemoryBudget::Part& part : memory->Usage()) {
    if (part.name == "words" || part.name == "files" || part.name == "vectors") bytes += part.bytes;
  }
  return bytes;
}

// Of a space that shows nothing nothing is kept.
void LiveIndex::Impl::GiveUp(store::SpaceNo space, const Followed& followed, const Error& error) {
  bool shows = false;
  for (const auto& [ref, view] : shown) shows = shows || view->space()->number() == space;
  if (!shows) {
    spaces.erase(space);
    for (const store::RepoRecord& repo : followed.repos) {
      if (repo.space == space) commits.Forget(repo.repo);
    }
  }
  refused.Refuse(space, Describe(followed, space), HeldBytes(), error.Sentence());
}

Result<bool> LiveIndex::Impl::LoadSpace(store::SpaceNo space, const Followed& followed,
                                        const Deadline& deadline) {
  COPPICE_ASSIGN(const SpaceLoader::Tables wanted, LoadTables(space, followed, deadline));
  SpaceLoader& loader =
      spaces.try_emplace(space, store, space, *model, embedder.info().dimensions, memory)
          .first->second;
  COPPICE_ASSIGN(const SpaceLoader::Views loaded, loader.Update(wanted, deadline));
  std::set<store::RepoNo> repos;
  for (const store::RepoRecord& repo : followed.repos) {
    if (repo.space == space) repos.insert(repo.repo);
  }
  std::erase_if(tables, [&](const auto& entry) { return repos.contains(entry.first.repo); });
  tables.insert(wanted.begin(), wanted.end());
  const auto before = shown;
  Show(loaded, repos, followed);
  return before != shown;
}

// Lets each ref of these repositories show its view, or the one it had while the new one is
// missing.
void LiveIndex::Impl::Show(const SpaceLoader::Views& of_space, const std::set<store::RepoNo>& repos,
                           const Followed& followed) {
  for (const store::RepoRecord& repo : followed.repos) {
    if (!repos.contains(repo.repo)) continue;
    for (const store::RefRecord& ref : followed.refs) {
      if (ref.repo != repo.repo) continue;
      std::shared_ptr<const View>& view = shown[{ref.repo, ref.name}];
      auto found = of_space.find({ref.repo, ref.commit, ref.subtree});
      if (found == of_space.end() && view) {
        found = of_space.find({ref.repo, view->commit(), view->subtree()});
      }
      if (found != of_space.end()) view = found->second;
      if (!view) shown.erase({ref.repo, ref.name});
    }
  }
}

void LiveIndex::Impl::DropUnfollowed(const Followed& followed) {
  std::set<std::pair<store::RepoNo, std::string>> refs;
  std::set<store::RepoNo> repos;
  std::set<store::SpaceNo> of_repos;
  for (const store::RefRecord& ref : followed.refs) refs.emplace(ref.repo, ref.name);
  for (const store::RepoRecord& repo : followed.repos) {
    repos.insert(repo.repo);
    of_repos.insert(repo.space);
  }
  std::erase_if(shown, [&](const auto& entry) { return !refs.contains(entry.first); });
  std::erase_if(made_by, [&](const auto& entry) { return !refs.contains(entry.first); });
  std::erase_if(spaces, [&](const auto& entry) { return !of_repos.contains(entry.first); });
  std::erase_if(tables, [&](const auto& entry) {
    if (repos.contains(entry.first.repo)) return false;
    commits.Forget(entry.first.repo);
    return true;
  });
}

// Facts and vectors of one blob change only when other versions make them again, or when a blob
// that could not be read is back, and then the commit is indexed again: what was read of the space
// is read anew. Until it has been, its refs show what they showed.
void LiveIndex::Impl::DropRemade(const Followed& followed) {
  for (const store::RepoRecord& repo : followed.repos) {
    bool remade = false;
    for (const store::RefRecord& ref : followed.refs) {
      if (ref.repo != repo.repo || ref.commit.empty()) continue;
      const MadeBy now{ref.versions, ref.commit, ref.indexed_at};
      const auto [known, fresh] = made_by.try_emplace({ref.repo, ref.name}, now);
      remade = remade || (!fresh && known->second.IsRemadeBy(now));
      known->second = now;
    }
    if (!remade) continue;
    spaces.erase(repo.space);
    for (const store::RepoRecord& sharer : followed.repos) {
      if (sharer.space != repo.space) continue;
      commits.Forget(sharer.repo);
      std::erase_if(tables, [&](const auto& entry) { return entry.first.repo == sharer.repo; });
    }
  }
}

void LiveIndex::Impl::Publish(const Followed& followed) {
  std::vector<ServedRef> refs;
  for (const store::RefRecord& ref : followed.refs) {
    const auto repo = std::find_if(followed.repos.begin(), followed.repos.end(),
                                   [&](const auto& r) { return r.repo == ref.repo; });
    const auto view = shown.find({ref.repo, ref.name});
    refs.push_back(
        {*repo, ref, view == shown.end() ? nullptr : view->second, refused.Why(repo->space)});
  }
  MutexLock lock(mutex);
  current =
      std::make_shared<const Snapshot>(current->number() + 1, followed.repos, std::move(refs));
  published.NotifyAll();
}

void LiveIndex::Impl::LogOnce(const std::string& what, const Error& error) {
  std::string& last = problems[what];
  if (last == error.message) return;
  last = error.message;
  LogWarning("view not loaded", {{"what", what}, {"why", error.message}});
}

LiveIndex::LiveIndex(store::Store& store, const embed::Embedder& embedder, MemoryBudget* memory)
    : impl_(std::make_unique<Impl>(store, embedder, memory)) {}
LiveIndex::~LiveIndex() = default;

Result<bool> LiveIndex::Step(const Deadline& deadline) {
  auto stepped = impl_->Step(deadline);
  MutexLock lock(impl_->mutex);
  impl_->standing.loaded = impl_->standing.loaded || stepped.has_value();
  impl_->standing.problem = stepped ? "" : stepped.error().message;
  return stepped;
}

LiveIndex::Standing LiveIndex::standing() const {
  MutexLock lock(impl_->mutex);
  return impl_->standing;
}

void LiveIndex::Run(std::stop_token stop) {
  const std::stop_callback wake(stop, [this] { impl_->published.NotifyAll(); });
  std::string last_problem;
  while (!stop.stop_requested()) {
    const auto stepped = Step(Deadline::Never(stop));
    const std::string problem = stepped ? "" : stepped.error().message;
    if (problem != last_problem && !stop.stop_requested()) {
      if (problem.empty()) LogInfo("index follows the database again");
      if (!problem.empty()) LogWarning("index does not follow", {{"why", problem}});
      last_problem = problem;
    }
    if (impl_->feed->Wait(Deadline::After(kPollInterval, stop))) continue;
    MutexLock lock(impl_->mutex);  // the database is away: try again in a while
    if (!stop.stop_requested()) impl_->published.WaitFor(impl_->mutex, kPollInterval);
  }
}

std::shared_ptr<const Snapshot> LiveIndex::Current() const {
  MutexLock lock(impl_->mutex);
  return impl_->current;
}

bool LiveIndex::WaitForNewer(const Snapshot& seen, const Deadline& deadline) const {
  MutexLock lock(impl_->mutex);
  while (impl_->current->number() <= seen.number()) {
    if (deadline.expired()) return false;
    impl_->published.WaitFor(impl_->mutex, deadline.remaining(std::chrono::milliseconds(100)));
  }
  return true;
}

store::Store& LiveIndex::store() const { return impl_->store; }
const embed::Embedder& LiveIndex::embedder() const { return impl_->embedder; }

}  // namespace coppice::retrieval
