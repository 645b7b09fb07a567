#include "daemon/app/app.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <unistd.h>
#include <utility>

#include "base/format.h"
#include "base/log.h"
#include "base/version.h"
#include "config/option_table.h"
#include "daemon/app/default_paths.h"
#include "daemon/app/memory_plan.h"
#include "daemon/app/parsers.h"
#include "daemon/retrieval/load/graph_files.h"
#include "protocol/endpoint.h"
#include "store/pg/migrate.h"

namespace coppice::app {
namespace {

using std::chrono::seconds;

constexpr seconds kStartPatience{110};
constexpr seconds kTickPatience{5};    // for the private cluster; the next tick goes on with it
constexpr seconds kStatusPatience{2};  // for what the status line counts

/// How the database is named to people: never with a credential.
std::string DatabaseLabel(const config::Settings& settings) {
  return settings.database.url.empty() ? "private" : "configured";
}

config::Settings WithDefaults(config::Settings settings) {
  const DefaultPaths paths = FindDefaultPaths(ProcessEnvironment(), geteuid() == 0);
  if (settings.state.directory.empty()) settings.state.directory = paths.state_directory;
  if (settings.server.listen.empty()) settings.server.listen = paths.endpoint;
  return settings;
}

/// Whether vectors are searched there.
bool InDatabase(const config::Settings& settings) { return settings.vector.index == "database"; }

server::Server::Options ServerOptions(const config::Settings& settings) {
  server::Server::Options options;
  options.endpoint = settings.server.listen;
  options.interactive_workers = static_cast<int>(settings.server.workers);
  options.admission.interactive_queue = static_cast<std::size_t>(settings.server.queue);
  options.admission.batch_queue = static_cast<std::size_t>(settings.server.queue);
  options.io.version = kVersion;
  options.io.schema = static_cast<std::uint32_t>(store::kSchemaVersion);
  options.io.max_inflight = static_cast<std::uint32_t>(settings.server.max_inflight);
  return options;
}

}  // namespace

Result<void> CheckSettings(const config::Settings& settings) {
  retrieval::RankingWeights weights;
  COPPICE_TRY(retrieval::SetWeights(weights, settings.ranking));
  COPPICE_TRY(Models::Check(settings));
  COPPICE_TRY(ParseRoles(settings.daemon.roles));
  COPPICE_TRY(PlanMemory(settings, AvailableMemoryBytes()));
  const config::Settings complete = WithDefaults(settings);
  COPPICE_ASSIGN(const std::string endpoint, protocol::ParseEndpoint(complete.server.listen));
  if (protocol::IpcPath(endpoint).empty()) {
    return MakeError(ErrorCode::kUnsupported,
                     fmt::format("server.listen = {}: only ipc:// is served", endpoint),
                     "give ipc:///path/to/coppice.sock");
  }
  return {};
}

App::App(const config::Settings& settings, Notifier& notifier, std::stop_token stop)
    : settings_(WithDefaults(settings)),
      notifier_(notifier),
      stop_(std::move(stop)),
      poll_seconds_(settings.index.poll_seconds) {}

Result<std::unique_ptr<App>> App::Start(const config::Loaded& loaded, Notifier& notifier,
                                        const std::stop_token& stop) {
  COPPICE_TRY(CheckSettings(loaded.settings));
  std::unique_ptr<App> app(new App(loaded.settings, notifier, stop));
  const Deadline deadline = Deadline::After(kStartPatience, stop);
  notifier.ExtendStart(static_cast<int>(kStartPatience.count()));
  COPPICE_ASSIGN(app->roles_, ParseRoles(loaded.settings.daemon.roles));
  COPPICE_ASSIGN(StateDirectory state, StateDirectory::Open(app->settings_.state.directory));
  app->state_.emplace(std::move(state));
  COPPICE_TRY(app->DivideMemory());
  COPPICE_TRY(app->OpenModelStore());
  COPPICE_TRY(app->OpenDatabase(deadline));
  COPPICE_ASSIGN(app->models_, Models::Open({*app->store_, *app->model_registry_, *app->http_}, app->settings_, deadline));
  COPPICE_TRY(app->StartIndex());
  COPPICE_TRY(app->StartIndexing(deadline));
  app->StartEmbedding();
  COPPICE_TRY(app->StartServing());
  return app;
}

Result<void> App::DivideMemory() {
  COPPICE_ASSIGN(const MemoryPlan plan, PlanMemory(settings_, AvailableMemoryBytes()));
  if (!plan.warning.empty()) LogWarning("little_memory", {{"why", plan.warning}});
  memory_ = std::make_unique<MemoryBudget>(plan.limit_bytes);
  for (const MemoryBudget::Part& part : plan.fixed) {
    reserved_memory_.push_back(memory_->Open(part.name));
    COPPICE_TRY(reserved_memory_.back().Resize(part.bytes));
  }
  batch_memory_bytes_ = plan.batch_bytes;
  return {};
}

Result<void> App::OpenModelStore() {
  COPPICE_ASSIGN(http_, http::HttpClient::Open({}));
  COPPICE_ASSIGN(model_store_, embed::ModelStore::Open(state_->path() / "models"));
  model_registry_ = std::make_unique<embed::ModelRegistry>(
      catalogue_, *model_store_, [this](const std::string& name) { return UserOf(name); });
  model_admin_ = std::make_unique<ModelAdmin>(
      *model_registry_, *http_,
      [this](const std::string& name) { return models_->embedders().Open(name); });
  return {};
}

std::string App::UserOf(const std::string& name) const {
  const auto names = [&](const config::Texts& list) {
    return std::find(list.begin(), list.end(), name) != list.end();
  };
  if (names(settings_.models.embedding)) return "models.embedding";
  if (names(settings_.models.generation)) return "models.generation";
  const auto generations = store_->generations().List(Deadline::After(kStatusPatience, stop_));
  if (!generations) return "perhaps: the database does not answer";
  for (const store::Generation& generation : *generations) {
    if (generation.model.name != name) continue;
    if (generation.state == store::GenerationState::kServing) return "its vectors are searched";
    if (generation.state == store::GenerationState::kBuilding) return "its vectors are being made";
  }
  return "";
}

Result<void> App::OpenDatabase(const Deadline& deadline) {
  store::StoreOptions options;
  options.url = settings_.database.url;
  options.max_connections = static_cast<int>(settings_.database.max_connections);
  options.migrate = settings_.database.migrate;
  if (options.url.empty()) {
    store::PrivateClusterOptions cluster;
    cluster.directory = (state_->path() / "postgresql").string();
    cluster.bin_directory = settings_.database.private_bin_directory;
    cluster.user = settings_.database.private_user;
    COPPICE_ASSIGN(cluster_, store::PrivateCluster::Start(cluster, deadline));
    options.url = cluster_->url();
    LogInfo("cluster_started", {{"directory", cluster.directory}, {"pid", cluster_->pid()}});
  }
  COPPICE_ASSIGN(store_, store::Store::Open(options, deadline));
  // The cluster is ours alone: what runs there was left by a daemon that is gone.
  if (cluster_) COPPICE_TRY(store_->jobs().ExpireLeases(deadline));
  return {};
}

Result<void> App::StartIndex() {
  retrieval::LoadOptions load;
  load.memory = memory_.get();
  load.vectors_in_database = InDatabase(settings_);
  load.graph_folder = (state_->path() / "vectors").string();
  COPPICE_TRY(retrieval::PrepareGraphFolder(load.graph_folder));
  live_index_ = std::make_unique<retrieval::LiveIndex>(*store_, models_->embedders(), load);
  retrieval::RankingWeights weights;
  COPPICE_TRY(retrieval::SetWeights(weights, settings_.ranking));
  retriever_ = std::make_unique<retrieval::Retriever>(*live_index_, weights);
  if (!roles_.serve) return {};
  follow_thread_ =
      NamedThread("follow", [this](std::stop_token stop) { live_index_->Run(std::move(stop)); });
  if (InDatabase(settings_)) {
    graph_keeper_ = store_->OpenGraphKeeper(store::kNoModel);
    graph_thread_ = NamedThread("database-graphs",
                                [this](const std::stop_token& stop) { graph_keeper_->Run(stop); });
  }
  return {};
}

Result<void> App::StartIndexing(const Deadline& deadline) {
  if (!roles_.index) return {};
  COPPICE_ASSIGN(const indexer::ParserProcessOptions parser, ParserOptions(settings_));
  COPPICE_TRY(CheckSandbox(parser, deadline));
  parsers_ = std::make_unique<indexer::ParserPool>(
      parser, static_cast<int>(settings_.index.parser_workers));
  pipeline_ = std::make_unique<indexer::Pipeline>(
      *store_, *parsers_, models_->embedders(),
      indexer::Pipeline::Options{.batch_memory_bytes = batch_memory_bytes_,
                                 .embed = roles_.embed,
                                 .memory = memory_.get()});
  poller_ = std::make_unique<indexer::RefPoller>(*store_);
  const std::filesystem::path mirrors = state_->path() / "mirrors";
  worker_ = std::make_unique<indexer::IndexWorker>(*store_, *pipeline_, *poller_, mirrors);
  admin_ = std::make_unique<RepositoryAdmin>(*store_, *poller_, *worker_, mirrors);
  index_thread_ = NamedThread("index", [this](const std::stop_token& stop) { worker_->Run(stop); });
  poll_thread_ = NamedThread("poll", [this](const std::stop_token& stop) { PollRefs(stop); });
  return {};
}

Result<void> App::CheckSandbox(const indexer::ParserProcessOptions& options,
                               const Deadline& deadline) {
  indexer::ParserProcess probe(options);
  COPPICE_ASSIGN(const std::string gap, probe.SandboxGap(deadline));
  if (gap.empty()) return {};
  sandbox_gap_ = fmt::format("parsers are not confined: {}", gap);
  LogWarning("parsers_not_confined", {{"why", gap},
                                      {"remedy",
                                       "let the daemon use seccomp; index.sandbox says "
                                       "whether to start without"}});
  return {};
}

void App::StartEmbedding() {
  if (!roles_.embed) return;
  fill_thread_ = NamedThread("vector-fill",
                             [this](const std::stop_token& stop) { models_->filler().Run(stop); });
}

Result<void> App::StartServing() {
  services_.store = store_.get();
  services_.retriever = retriever_.get();
  services_.serves = roles_.serve;
  services_.admin = admin_.get();
  services_.open_generator = [this](const std::string& name) {
    return models_->OpenGenerator(name);
  };
  services_.models = model_admin_.get();
  services_.memory = memory_.get();
  services_.facts.version = kVersion;
  services_.facts.state_dir = state_->path().string();
  services_.facts.database = DatabaseLabel(settings_);
  services_.facts.vector_index = settings_.vector.index;
  COPPICE_ASSIGN(server_,
                 server::Server::Start(ServerOptions(settings_), server::MakeHandlers(services_),
                                       [this] { return Health(); }));
  notifier_.Ready(StatusLine().value_or("ready"));
  LogInfo("ready", {{"version", kVersion},
                    {"endpoint", server_->endpoint()},
                    {"state", state_->path().string()}});
  return {};
}

App::~App() {
  notifier_.Stopping();
  LogInfo("stopping");
  if (server_) server_->Stop(Deadline::After(seconds(settings_.server.drain_seconds)));
  server_.reset();
  const std::array threads = {&graph_thread_, &poll_thread_, &fill_thread_, &index_thread_,
                              &follow_thread_};
  for (NamedThread* thread : threads) thread->RequestStop();
  for (NamedThread* thread : threads) thread->Join();
}

void App::PollRefs(const std::stop_token& stop) {
  Doorbell pause;
  while (!stop.stop_requested()) {
    const auto queued = poller_->Step(Deadline::After(seconds(60), stop));
    if (queued && *queued) worker_->Wake();
    pause.Wait(Deadline::After(seconds(poll_seconds_.load()), stop));
  }
}

Result<std::string> App::StatusLine() {
  const Deadline soon = Deadline::After(kStatusPatience, stop_);
  COPPICE_ASSIGN(const auto repos, store_->catalog().ListRepos(soon));
  COPPICE_ASSIGN(const auto jobs, store_->jobs().List(store::JobQueue::Which::kActive, 50, soon));
  std::string line = fmt::format("{} repositories", repos.size());
  for (const store::JobRecord& job : jobs) {
    if (job.state != store::JobState::kRunning) continue;
    line += fmt::format(", indexing {}", job.repo_name);
    if (job.progress.total > 0) {
      line += fmt::format(" {}/{}", job.progress.done, job.progress.total);
    }
  }
  return line;
}

std::pair<std::string, std::string> App::Health() const {
  const retrieval::LiveIndex::Standing index = live_index_->standing();
  MutexLock lock(mutex_);
  const std::string& problem = database_problem_.empty() ? index.problem : database_problem_;
  if (roles_.serve && !index.loaded) {
    return {"starting", problem.empty() ? "the index is being read into memory" : problem};
  }
  if (!problem.empty()) return {"degraded", problem};
  return {"ready", sandbox_gap_};
}

void App::SetDatabaseProblem(std::string problem) {
  MutexLock lock(mutex_);
  database_problem_ = std::move(problem);
}

void App::Tick() {
  if (!roles_.serve || live_index_->standing().loaded) models_->Release();
  if (cluster_) {
    if (auto running = cluster_->EnsureRunning(Deadline::After(kTickPatience, stop_)); !running) {
      if (stop_.stop_requested()) return;
      LogError("cluster_down", {{"why", running.error().ToString()}});
      SetDatabaseProblem("the private PostgreSQL does not answer");
      return notifier_.Status("the private PostgreSQL does not answer");
    }
  }
  const auto line = StatusLine();
  const std::string problem = line ? "" : "the database does not answer: " + line.error().message;
  SetDatabaseProblem(problem);
  notifier_.Status(line ? *line : problem);
}

Result<void> App::Reload(const config::Loaded& loaded) {
  retrieval::RankingWeights weights;
  COPPICE_TRY(retrieval::SetWeights(weights, loaded.settings.ranking));
  retriever_->SetWeights(weights);
  LogLevel level = LogLevel::kInfo;
  if (ParseLogLevel(loaded.settings.log.level, level)) SetLogLevel(level);
  poll_seconds_ = loaded.settings.index.poll_seconds;
  const config::Settings next = WithDefaults(loaded.settings);
  std::string waiting;
  for (const config::Option& option : config::AllOptions()) {
    if (option.reload || SameValue(next, settings_, option)) continue;
    waiting += (waiting.empty() ? "" : ",") + option.name;
  }
  if (next.backends != settings_.backends) waiting += waiting.empty() ? "backend" : ",backend";
  LogInfo("config_reloaded", {{"needs_restart", waiting.empty() ? "nothing" : waiting}});
  return {};
}

}  // namespace coppice::app
