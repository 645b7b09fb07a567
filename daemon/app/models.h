#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/http/client.h"
#include "base/mutex.h"
#include "base/result.h"
#include "config/settings.h"
#include "embed/catalogue/model_registry.h"
#include "embed/chain/chain_watch.h"
#include "embed/chain/generator_chain.h"
#include "embed/embedder_registry.h"
#include "embed/text_generator.h"
#include "indexer/vector_filler.h"
#include "store/store.h"

namespace coppice::app {

/// Which models the daemon runs, and which one's vectors are served.
///
/// Place:  made by App after the database; Use and Rollback on server workers.
/// Shape:  the first start serves the configured model, or static/default. From then on the
/// database
///         says what is served; another one is built beside it first.
/// Errors: Open: those of the model and the database.
class Models {
 public:
  /// What models are opened with; all must outlive this.
  struct Sources {
    store::Store& store;
    embed::ModelRegistry& files;  // those that are here
    http::HttpClient& http;
  };
  static Result<std::unique_ptr<Models>> Open(const Sources& sources,
                                              const config::Settings& settings,
                                              const Deadline& deadline);
  /// Whether the names of models and back ends hold together; nothing is opened but a static table.
  static Result<void> Check(const config::Settings& settings);

  /// The index holds what it needs from now on.
  void Release() { first_.reset(); }

  [[nodiscard]] embed::EmbedderRegistry& embedders() { return embedders_; }
  [[nodiscard]] indexer::VectorFiller& filler() { return filler_; }

  /// The text model of that name, "" = the one configured. Errors: kNotFound where none is.
  Result<std::shared_ptr<embed::TextGenerator>> OpenGenerator(const std::string& name);

  /// Has the vectors of this model built, and the model served then. Gives what is built; what is
  /// served already is given at once. Errors: kConflict when the configuration names the model;
  /// those of opening it.
  Result<store::Generation> Use(const std::string& name, const Deadline& deadline);
  /// The same with the model that was served before. Errors: kNotFound if there is none.
  Result<store::Generation> Rollback(const Deadline& deadline);

 private:
  Models(const Sources& sources, const config::Settings& settings);
  Result<std::unique_ptr<embed::Embedder>> OpenEmbedder(const std::string& name);
  Result<std::unique_ptr<embed::TextGenerator>> OpenServerGenerator(const std::string& name,
                                                                    bool is_last,
                                                                    const Deadline& deadline);
  /// Opens again what was away.
  void CheckGenerators(const Deadline& deadline);
  Result<void> ServeConfigured(const Deadline& deadline);
  Result<store::ModelNo> Register(const embed::ModelInfo& info, const Deadline& deadline);
  Result<store::Generation> Build(store::ModelNo number, const Deadline& deadline);
  Result<void> RefuseConfigured() const;

  const Sources sources_;
  store::Store& store_;
  const std::map<std::string, config::Settings::Backend> backends_;
  const std::string configured_;               // "" = none
  const std::vector<std::string> generators_;  // models.generation
  embed::EmbedderRegistry embedders_;
  std::shared_ptr<const embed::Embedder> first_;  // open until the index holds it
  Mutex mutex_;
  std::map<std::string, std::shared_ptr<embed::GeneratorChain>> open_generators_
      COPPICE_GUARDED_BY(mutex_);  // by name, "" = the chain
  indexer::VectorFiller filler_;
  embed::ChainWatch watch_;  // last: it uses the others
};

}  // namespace coppice::app
