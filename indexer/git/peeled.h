#pragma once

#include <string>
#include <unordered_map>
#include <utility>

#include "base/result.h"
#include "store/model.h"

namespace coppice::indexer {

/// Which commit an object leads to. That never changes, so that polling a hundred thousand refs
/// reads only those that moved.
///
/// Limits: forgets everything beyond kMost objects.
class Peeled {
 public:
  static constexpr std::size_t kMost = 250'000;

  /// What is known of `id`, else what `peel` says; only a commit is remembered.
  template <class Peel>
  Result<store::ObjectId> Find(const store::ObjectId& id, Peel peel) {
    if (const auto found = commits_.find(id.bytes); found != commits_.end()) return found->second;
    Result<store::ObjectId> commit = peel();
    if (!commit) return commit;
    if (commits_.size() >= kMost) commits_.clear();
    commits_.emplace(id.bytes, *commit);
    return commit;
  }

 private:
  std::unordered_map<std::string, store::ObjectId> commits_;
};

}  // namespace coppice::indexer
