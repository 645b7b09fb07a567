#pragma once

#include <functional>

#include "base/deadline.h"
#include "base/result.h"
#include "protocol/messages.h"

namespace coppice::server {

/// What the handlers need of the models, which they do not see. Speaks in messages of the wire: the
/// requests have no other form on the way to embed/.
///
/// Place:  implemented in daemon/app; called by the threads of long calls.
/// Errors: see embed/catalogue/model_registry.h; each names the model or file it is about.
class ModelAdmin {
 public:
  using OnProgress = std::function<void(const protocol::ModelProgress&)>;

  virtual ~ModelAdmin() = default;

  /// Looks at the disk and waits for nothing else.
  virtual Result<protocol::ModelListReply> List() = 0;
  virtual Result<protocol::ModelReply> Pull(const protocol::ModelPullRequest& request,
                                            const OnProgress& on_progress,
                                            const Deadline& deadline) = 0;
  virtual Result<protocol::ModelReply> Add(const protocol::ModelAddRequest& request,
                                           const OnProgress& on_progress,
                                           const Deadline& deadline) = 0;
  virtual Result<protocol::ModelListReply> Verify(const protocol::ModelRequest& request,
                                                  const OnProgress& on_progress,
                                                  const Deadline& deadline) = 0;
  virtual Result<void> Remove(const protocol::ModelRequest& request) = 0;
  virtual Result<protocol::ModelBenchReply> Bench(const protocol::ModelRequest& request,
                                                  const OnProgress& on_progress,
                                                  const Deadline& deadline) = 0;
};

}  // namespace coppice::server
