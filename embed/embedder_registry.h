#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "base/deadline.h"
#include "base/mutex.h"
#include "base/result.h"
#include "embed/embedder.h"

namespace coppice::embed {

/// The embedding models that are open. Each is opened at first use and closed when nobody holds it.
///
/// Place:  made by App; any thread. Opening waits for nobody but the opener.
/// Errors: those of the opener. A failure is answered again for kRetryAfter without asking it: who
///         follows the database asks every second.
class EmbedderRegistry {
 public:
  using Opener = std::function<Result<std::unique_ptr<Embedder>>(const std::string& name)>;
  static constexpr std::chrono::seconds kRetryAfter{10};

  explicit EmbedderRegistry(Opener open) : open_(std::move(open)) {}

  /// The model that the name stands for now.
  Result<std::shared_ptr<const Embedder>> Open(const std::string& name);
  /// The model at this revision. Errors: kConflict when the name stands for another one now.
  Result<std::shared_ptr<const Embedder>> Open(const std::string& name,
                                               const std::string& revision);

 private:
  using Key = std::pair<std::string, std::string>;  // name, revision
  struct Failure {
    Error error;
    Deadline::Clock::time_point retry_at;
  };
  std::shared_ptr<const Embedder> Find(const Key& key);

  const Opener open_;
  Mutex mutex_;
  std::map<Key, std::weak_ptr<const Embedder>> opened_ COPPICE_GUARDED_BY(mutex_);
  std::map<Key, Failure> failed_ COPPICE_GUARDED_BY(mutex_);
};

}  // namespace coppice::embed
