#include "daemon/retrieval/live_index.h"

#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/mutex.h"
#include "daemon/retrieval/index/snapshot.h"
#include "daemon/retrieval/load/followed.h"
#include "daemon/retrieval/load/view_keeper.h"

namespace coppice::retrieval {
namespace {

constexpr std::chrono::milliseconds kPollInterval{1000};

}  // namespace

struct LiveIndex::Impl {
  Impl(store::Store& the_store, embed::EmbedderRegistry& models, const LoadOptions& options)
      : store(the_store),
        feed(the_store.OpenFeed()),
        views(the_store, models, options),
        current(std::make_shared<const Snapshot>(0, std::vector<store::RepoRecord>{},
                                                 std::vector<ServedRef>{})) {}

  store::Store& store;

  // Owned by the follower thread.
  std::unique_ptr<store::Feed> feed;
  ViewKeeper views;
  std::optional<std::string> described;  // of what is published; nothing before the first time

  mutable Mutex mutex;
  mutable CondVar published;
  std::shared_ptr<const Snapshot> current COPPICE_GUARDED_BY(mutex);
  Standing standing COPPICE_GUARDED_BY(mutex);

  Result<bool> Step(const Deadline& deadline);
  void Publish(const Followed& followed);
};

// Spaces one after the other, each published when it is done: the first repositories answer while
// the last are still read.
Result<bool> LiveIndex::Impl::Step(const Deadline& deadline) {
  COPPICE_ASSIGN(const Followed followed, ReadFollowed(store, *feed, deadline));
  COPPICE_TRY(views.Begin(followed, deadline));
  std::set<store::SpaceNo> of_repos;
  for (const store::RepoRecord& repo : followed.repos) of_repos.insert(repo.space);
  bool any = false;
  for (const store::SpaceNo space : of_repos) {
    COPPICE_ASSIGN(const bool changed, views.UpdateSpace(space, followed, deadline));
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

void LiveIndex::Impl::Publish(const Followed& followed) {
  std::vector<ServedRef> refs = views.Refs(followed);
  MutexLock lock(mutex);
  current =
      std::make_shared<const Snapshot>(current->number() + 1, followed.repos, std::move(refs));
  published.NotifyAll();
}

LiveIndex::LiveIndex(store::Store& store, embed::EmbedderRegistry& models,
                     const LoadOptions& options)
    : impl_(std::make_unique<Impl>(store, models, options)) {}
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

}  // namespace coppice::retrieval
