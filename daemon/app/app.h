#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/deadline.h"
#include "base/http/client.h"
#include "base/memory_budget.h"
#include "base/mutex.h"
#include "base/result.h"
#include "base/thread.h"
#include "config/loader.h"
#include "daemon/app/model_admin.h"
#include "daemon/app/models.h"
#include "daemon/app/notifier.h"
#include "daemon/app/repository_admin.h"
#include "daemon/app/roles.h"
#include "daemon/app/state_directory.h"
#include "daemon/retrieval/live_index.h"
#include "daemon/retrieval/ranking_weights.h"
#include "daemon/retrieval/retriever.h"
#include "daemon/server/server.h"
#include "embed/catalogue/catalogue.h"
#include "embed/catalogue/model_registry.h"
#include "embed/catalogue/model_store.h"
#include "indexer/index_worker.h"
#include "indexer/parse/worker/parser_pool.h"
#include "indexer/pipeline.h"
#include "indexer/ref_poller.h"
#include "store/private_cluster.h"
#include "store/store.h"
#include "store/vector/database/graph_keeper.h"

namespace coppice::app {

/// Checks what the loader cannot know: ranking weights, the model, the endpoint.
Result<void> CheckSettings(const config::Settings& settings);

/// The whole daemon: owns every part in the order of dependence and unwinds in reverse.
///
/// Place:  made and used by the main thread.
/// Errors: Start: kConflict (another daemon), kUnavailable (database), kCancelled (`stop`), what
/// the
///         parts say.
class App {
 public:
  /// `stop` gives up what Start and Tick wait for.
  static Result<std::unique_ptr<App>> Start(const config::Loaded& loaded, Notifier& notifier,
                                            const std::stop_token& stop);
  ~App();

  /// Called about once a second: keeps the private cluster alive, tells systemd how it stands.
  void Tick();
  /// Takes over what may change while running, [ranking] among it. The rest waits for a restart,
  /// and is named in the log. Errors: kInvalidArgument (weights); nothing is then taken over.
  Result<void> Reload(const config::Loaded& loaded);

 private:
  App(const config::Settings& settings, Notifier& notifier, std::stop_token stop);
  Result<void> DivideMemory();
  Result<void> OpenModelStore();
  /// What uses a model, for people; "" = nothing.
  [[nodiscard]] std::string UserOf(const std::string& name) const;
  Result<void> OpenDatabase(const Deadline& deadline);
  /// What searches read.
  Result<void> StartIndex();
  Result<void> StartIndexing(const Deadline& deadline);
  void StartEmbedding();
  /// Starts one parser to see how it can be confined. Errors: kUnsupported (and it must be).
  Result<void> CheckSandbox(const indexer::ParserProcessOptions& options, const Deadline& deadline);
  Result<void> StartServing();
  void PollRefs(const std::stop_token& stop);
  /// One line for systemd. Errors: those of the database.
  Result<std::string> StatusLine();
  /// What `health` answers: state and detail. The I/O thread asks; nothing is waited for.
  [[nodiscard]] std::pair<std::string, std::string> Health() const;
  void SetDatabaseProblem(std::string problem);

  config::Settings settings_;
  Roles roles_;
  Notifier& notifier_;
  const std::stop_token stop_;
  std::atomic<std::int64_t> poll_seconds_;
  mutable Mutex mutex_;
  std::string database_problem_ COPPICE_GUARDED_BY(mutex_);  // of the last tick; "" = none
  std::string sandbox_gap_;  // what parsers lack, for people; "" = nothing; set before the threads

  std::unique_ptr<MemoryBudget> memory_;
  std::vector<MemoryBudget::Share> reserved_memory_;
  std::uint64_t batch_memory_bytes_ = 0;
  std::optional<StateDirectory> state_;
  std::unique_ptr<store::PrivateCluster> cluster_;
  std::unique_ptr<store::Store> store_;
  const embed::Catalogue catalogue_;
  std::unique_ptr<http::HttpClient> http_;  // for downloads
  std::unique_ptr<embed::ModelStore> model_store_;
  std::unique_ptr<embed::ModelRegistry> model_registry_;
  std::unique_ptr<ModelAdmin> model_admin_;
  std::unique_ptr<Models> models_;
  std::unique_ptr<store::GraphKeeper> graph_keeper_;  // where vectors are searched in the database
  std::unique_ptr<retrieval::LiveIndex> live_index_;
  std::unique_ptr<retrieval::Retriever> retriever_;
  std::unique_ptr<indexer::ParserPool> parsers_;
  std::unique_ptr<indexer::Pipeline> pipeline_;
  std::unique_ptr<indexer::RefPoller> poller_;
  std::unique_ptr<indexer::IndexWorker> worker_;
  std::unique_ptr<RepositoryAdmin> admin_;
  server::Services services_;
  NamedThread follow_thread_;
  NamedThread index_thread_;
  NamedThread poll_thread_;
  NamedThread fill_thread_;
  NamedThread graph_thread_;
  std::unique_ptr<server::Server> server_;
};

}  // namespace coppice::app
