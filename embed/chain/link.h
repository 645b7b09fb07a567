#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/deadline.h"
#include "base/mutex.h"
#include "base/result.h"

namespace coppice::embed {

/// A back end of a chain: its name and how it is opened, which is tried again while it is away.
template <class Model>
struct ChainLink {
  std::string name;  // BACKEND/MODEL
  std::function<Result<std::unique_ptr<Model>>(const Deadline& deadline)> open;
};

template <class Model>
std::vector<std::string> NamesOf(const std::vector<ChainLink<Model>>& links) {
  std::vector<std::string> names;
  for (const auto& link : links) names.push_back(link.name);
  return names;
}

/// The links of a chain with what was opened of them.
///
/// Limits: thread-safe; a model stays where it is once it is opened. Open from one thread at a
/// time.
template <class Model>
class OpenedLinks {
 public:
  explicit OpenedLinks(std::vector<ChainLink<Model>> links)
      : links_(std::move(links)), models_(links_.size()) {}

  /// nullptr until it is opened.
  [[nodiscard]] Model* Find(std::size_t link) const {
    MutexLock lock(mutex_);
    return models_[link].get();
  }

  /// Opens it where it is not open yet. Errors: those of its `open`.
  Result<void> Open(std::size_t link, const Deadline& deadline) {
    if (Find(link) != nullptr) return {};
    COPPICE_ASSIGN(std::unique_ptr<Model> model, links_[link].open(deadline));
    MutexLock lock(mutex_);
    models_[link] = std::move(model);
    return {};
  }

 private:
  const std::vector<ChainLink<Model>> links_;
  mutable Mutex mutex_;
  std::vector<std::unique_ptr<Model>> models_ COPPICE_GUARDED_BY(mutex_);
};

}  // namespace coppice::embed
