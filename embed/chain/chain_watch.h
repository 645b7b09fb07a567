#pragma once

#include <chrono>
#include <functional>
#include <vector>

#include "base/deadline.h"
#include "base/thread.h"

namespace coppice::embed {

/// Calls the Check of all chains again and again, so that back ends which were away are opened and
/// models that changed are noticed without a request that has to wait for it.
///
/// Place:  made by App after the chains, which must outlive it. A thread of its own: embed-watch.
/// Limits: one round takes at most five minutes; its destructor ends a round that runs.
class ChainWatch {
 public:
  using Check = std::function<void(const Deadline& deadline)>;

  explicit ChainWatch(std::vector<Check> checks,
                      std::chrono::milliseconds every = std::chrono::seconds(15));

 private:
  NamedThread thread_;
};

}  // namespace coppice::embed
