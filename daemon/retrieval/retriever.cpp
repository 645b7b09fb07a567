#include "daemon/retrieval/retriever.h"

#include <algorithm>

#include "base/format.h"
#include "base/mutex.h"
#include "daemon/retrieval/answer/answerer.h"
#include "daemon/retrieval/answer/body_cache.h"
#include "daemon/retrieval/index/snapshot.h"
#include "daemon/retrieval/live_index.h"
#include "daemon/retrieval/ranking_weights.h"
#include "daemon/retrieval/search/expired.h"

namespace coppice::retrieval {
namespace {

constexpr std::size_t kMinCommitDigits = 7;

/// Bodies out of the database.
constexpr std::uint64_t kBodyCacheBytes = std::uint64_t{32} << 20U;

class StoredBodies : public BodySource {
 public:
  explicit StoredBodies(store::Store& store) : store_(store) {}
  Result<std::unordered_map<store::BlobNo, std::string>> Read(store::SpaceNo space,
                                                              std::span<const store::BlobNo> blobs,
                                                              const Deadline& deadline) override {
    return store_.reader().ReadBodies(space, blobs, deadline);
  }

 private:
  store::Store& store_;
};

bool IsCommit(const std::string& text) {
  return text.size() >= kMinCommitDigits &&
         text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace

struct Retriever::Impl {
  Impl(LiveIndex& live_index, const RankingWeights& ranking_weights)
      : index(live_index),
        stored_bodies(live_index.store()),
        bodies(stored_bodies, kBodyCacheBytes),
        weights(std::make_shared<const RankingWeights>(ranking_weights)) {}

  /// The newest snapshot, once it serves the commit that `selector` waits for.
  Result<std::shared_ptr<const Snapshot>> SnapshotFor(const ViewSelector& selector,
                                                      const Deadline& deadline) const {
    std::shared_ptr<const Snapshot> snapshot = index.Current();
    if (selector.wait_for.empty()) return snapshot;
    if (!IsCommit(selector.wait_for)) {
      return MakeError(ErrorCode::kInvalidArgument,
                       fmt::format("'{}' is not a commit to wait for", selector.wait_for),
                       "give at least 7 small hexadecimal digits");
    }
    while (!Serves(*snapshot, selector)) {
      if (!index.WaitForNewer(*snapshot, deadline)) {
        return ExpiredError(deadline, fmt::format("waiting for commit {}", selector.wait_for));
      }
      snapshot = index.Current();
    }
    return snapshot;
  }

  static bool Serves(const Snapshot& snapshot, const ViewSelector& selector) {
    ViewSelector at = selector;
    at.at = selector.wait_for;
    return SelectRefs(snapshot, at).has_value();
  }

  std::shared_ptr<const RankingWeights> Weights() const {
    MutexLock lock(mutex);
    return weights;
  }
  /// `with` must outlive what it gives.
  Answerer AnswererBy(const RankingWeights& with) const { return {with, bodies}; }

  LiveIndex& index;
  mutable StoredBodies stored_bodies;
  mutable BodyCache bodies;
  mutable Mutex mutex;
  std::shared_ptr<const RankingWeights> weights COPPICE_GUARDED_BY(mutex);
};

Retriever::Retriever(LiveIndex& index, const RankingWeights& weights)
    : impl_(std::make_unique<Impl>(index, weights)) {}
Retriever::~Retriever() = default;

void Retriever::SetWeights(const RankingWeights& weights) {
  auto fresh = std::make_shared<const RankingWeights>(weights);
  MutexLock lock(impl_->mutex);
  impl_->weights.swap(fresh);
}

Result<SearchResult> Retriever::Search(const Query& query, const Deadline& deadline) const {
  COPPICE_ASSIGN(const auto snapshot, impl_->SnapshotFor(query.view, deadline));
  const auto weights = impl_->Weights();
  return impl_->AnswererBy(*weights).Search(*snapshot, query, deadline);
}

Result<ShowResult> Retriever::Show(const ShowQuery& query, const Deadline& deadline) const {
  COPPICE_ASSIGN(const auto snapshot, impl_->SnapshotFor(query.view, deadline));
  const auto weights = impl_->Weights();
  return impl_->AnswererBy(*weights).Show(*snapshot, query, deadline);
}

Result<Retriever::FilesResult> Retriever::Files(const ViewSelector& view,
                                                const Deadline& deadline) const {
  COPPICE_ASSIGN(const auto snapshot, impl_->SnapshotFor(view, deadline));
  const auto weights = impl_->Weights();
  return impl_->AnswererBy(*weights).Files(*snapshot, view);
}

std::optional<ViewState> Retriever::Served(const std::string& repo, const std::string& ref) const {
  const auto snapshot = impl_->index.Current();
  const ServedRef* served = snapshot->Find(repo, ref);
  return served == nullptr ? std::nullopt : std::optional(served->State());
}

}  // namespace coppice::retrieval
