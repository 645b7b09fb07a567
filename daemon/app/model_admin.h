#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/http/client.h"
#include "daemon/server/model_admin.h"
#include "embed/catalogue/model_registry.h"
#include "embed/embedder.h"

namespace coppice::app {

/// The verbs of `coppice model`: the one place where a request reaches the models.
///
/// Place:  made by App; called by request threads.
/// Errors: as server::ModelAdmin says.
class ModelAdmin final : public server::ModelAdmin {
 public:
  /// Opens an embedding model by name, whatever runs it.
  using OpenModel =
      std::function<Result<std::shared_ptr<const embed::Embedder>>(const std::string& name)>;

  /// `registry` and `http` must outlive this.
  ModelAdmin(embed::ModelRegistry& registry, http::HttpClient& http, OpenModel open)
      : registry_(registry), http_(http), open_(std::move(open)) {}

  Result<protocol::ModelListReply> List() override;
  Result<protocol::ModelReply> Pull(const protocol::ModelPullRequest& request,
                                    const OnProgress& on_progress,
                                    const Deadline& deadline) override;
  Result<protocol::ModelReply> Add(const protocol::ModelAddRequest& request,
                                   const OnProgress& on_progress,
                                   const Deadline& deadline) override;
  /// Of all that are here, one that cannot be read costs itself: its problem stands in the reply.
  Result<protocol::ModelListReply> Verify(const protocol::ModelRequest& request,
                                          const OnProgress& on_progress,
                                          const Deadline& deadline) override;
  Result<void> Remove(const protocol::ModelRequest& request) override;
  Result<protocol::ModelBenchReply> Bench(const protocol::ModelRequest& request,
                                          const OnProgress& on_progress,
                                          const Deadline& deadline) override;

 private:
  embed::ModelRegistry& registry_;
  http::HttpClient& http_;
  const OpenModel open_;
};

}  // namespace coppice::app
