#include "embed/embedder_registry.h"

#include "base/format.h"

namespace coppice::embed {

std::shared_ptr<const Embedder> EmbedderRegistry::Find(const Key& key) {
  MutexLock lock(mutex_);
  const auto found = opened_.find(key);
  return found == opened_.end() ? nullptr : found->second.lock();
}

Result<std::shared_ptr<const Embedder>> EmbedderRegistry::Open(const std::string& name) {
  COPPICE_ASSIGN(std::unique_ptr<Embedder> fresh, open_(name));
  const Key key(fresh->info().name, fresh->info().revision);
  std::shared_ptr<const Embedder> model = std::move(fresh);
  MutexLock lock(mutex_);
  failed_.erase(key);
  std::weak_ptr<const Embedder>& known = opened_[key];
  if (auto open = known.lock()) return open;
  known = model;
  return model;
}

Result<std::shared_ptr<const Embedder>> EmbedderRegistry::Open(const std::string& name,
                                                               const std::string& revision) {
  const Key key(name, revision);
  if (auto open = Find(key)) return open;
  {
    MutexLock lock(mutex_);
    const auto failure = failed_.find(key);
    if (failure != failed_.end() && Deadline::Clock::now() < failure->second.retry_at) {
      return failure->second.error;
    }
  }
  auto opened = Open(name);
  if (opened && (*opened)->info().revision == revision) return opened;
  Error error = opened ? MakeError(ErrorCode::kConflict,
                                   fmt::format("model {} is at revision {:.12} here, not {:.12}",
                                               name, (*opened)->info().revision, revision),
                                   "have the vectors made again: coppice model use " + name)
                       : opened.error();
  MutexLock lock(mutex_);
  failed_.insert_or_assign(key, Failure{error, Deadline::Clock::now() + kRetryAfter});
  return error;
}

}  // namespace coppice::embed
