#include "daemon/app/models.h"

#include <algorithm>
#include <chrono>
#include <random>
#include <unistd.h>
#include <utility>

#include "base/format.h"
#include "base/log.h"
#include "embed/chain/generator_chain.h"
#include "embed/factory.h"
#include "embed/openai/openai_embedder.h"
#include "embed/openai/openai_generator.h"

namespace coppice::app {
namespace {

constexpr std::string_view kLocal = "local";  // models of the store
constexpr std::chrono::seconds kOpenPatience{30};

/// Tells this run of this daemon from all others on the same database.
std::string DaemonId() {
  std::random_device random;
  return fmt::format("{}-{:08x}{:08x}", getpid(), random(), random());
}

/// The model that the configuration names; "" = none.
std::string Configured(const config::Settings& settings) {
  return settings.models.embedding.empty() ? "" : settings.models.embedding.front();
}

std::string FirstModel(const std::string& configured) {
  return configured.empty() ? std::string(embed::kDefaultModel) : configured;
}

std::string BackendOf(const std::string& model) { return model.substr(0, model.find('/')); }

Error UnknownBackend(const std::string& model) {
  return MakeError(ErrorCode::kNotFound,
                   fmt::format("{}: there is no back end \"{}\"", model, BackendOf(model)),
                   fmt::format("use static/default, or add [backend.{}] to the configuration "
                               "(docs/models.md)",
                               BackendOf(model)));
}

Error CannotRun(const std::string& model) {
  return MakeError(ErrorCode::kUnsupported,
                   fmt::format("{}: this program cannot run GGUF files yet", model),
                   "serve it with llama.cpp's server, and name that as a back end of kind openai "
                   "(docs/models.md)");
}

embed::OpenAiOptions OptionsOf(const config::Settings::Backend& backend) {
  embed::OpenAiOptions options;
  options.base_url = backend.url;
  options.key_file = backend.key_file;
  options.ca_file = backend.ca_file;
  options.max_inflight = static_cast<int>(backend.max_inflight);
  return options;
}

}  // namespace

Models::Models(const Sources& sources, const config::Settings& settings)
    : sources_(sources),
      store_(sources.store),
      backends_(settings.backends),
      configured_(Configured(settings)),
      generators_(settings.models.generation),
      embedders_([this](const std::string& name) { return OpenEmbedder(name); }),
      filler_(sources.store, embedders_, DaemonId()),
      watch_({[this](const Deadline& deadline) { CheckGenerators(deadline); }}) {}

Result<std::unique_ptr<Models>> Models::Open(const Sources& sources,
                                             const config::Settings& settings,
                                             const Deadline& deadline) {
  std::unique_ptr<Models> models(new Models(sources, settings));
  COPPICE_TRY(models->ServeConfigured(deadline));
  return models;
}

Result<void> Models::Check(const config::Settings& settings) {
  if (settings.models.embedding.size() > 1) {
    return MakeError(ErrorCode::kUnsupported,
                     "models.embedding names several models: falling back is not built yet",
                     "name one");
  }
  for (const auto& [name, backend] : settings.backends) {
    if (backend.kind == "openai" && !backend.url.empty()) continue;
    if (backend.kind == "llama") continue;
    return MakeError(ErrorCode::kInvalidArgument,
                     fmt::format("backend.{}: it needs a kind, and one of kind openai a url", name),
                     "docs/models.md shows one");
  }
  std::vector<std::string> names = settings.models.generation;
  names.push_back(FirstModel(Configured(settings)));
  for (const std::string& name : names) {
    const std::string backend = BackendOf(name);
    if (backend == "static") {
      COPPICE_TRY(embed::OpenEmbedder(name));
    } else if (backend != kLocal && !settings.backends.contains(backend)) {
      return UnknownBackend(name);
    }
  }
  return {};
}

Result<std::unique_ptr<embed::Embedder>> Models::OpenEmbedder(const std::string& name) {
  const std::string backend = BackendOf(name);
  if (backend == "static") return embed::OpenEmbedder(name);
  const auto found = backends_.find(backend);
  if (found != backends_.end() && found->second.kind == "openai") {
    embed::ModelSpec spec;
    spec.name = name;
    COPPICE_ASSIGN(auto model, embed::OpenAiEmbedder::Open(sources_.http, OptionsOf(found->second),
                                                           spec, Deadline::After(kOpenPatience)));
    return std::unique_ptr<embed::Embedder>(std::move(model));
  }
  if (backend != kLocal && found == backends_.end()) return UnknownBackend(name);
  COPPICE_TRY(sources_.files.Use(name, Deadline::After(kOpenPatience)));
  return CannotRun(name);
}

Result<std::unique_ptr<embed::TextGenerator>> Models::OpenServerGenerator(
    const std::string& name, bool is_last, const Deadline& deadline) {
  const auto found = backends_.find(BackendOf(name));
  if (found == backends_.end()) {
    return BackendOf(name) == kLocal ? CannotRun(name) : UnknownBackend(name);
  }
  if (found->second.kind != "openai") return CannotRun(name);
  embed::OpenAiOptions options = OptionsOf(found->second);
  if (!is_last) options.max_attempts = 1;  // the next one is asked instead
  embed::ModelSpec spec;
  spec.name = name;
  spec.use = embed::ModelUse::kGenerate;
  spec.context_tokens = static_cast<int>(found->second.context_tokens);
  COPPICE_ASSIGN(auto model, embed::OpenAiGenerator::Open(sources_.http, options, spec, deadline));
  return std::unique_ptr<embed::TextGenerator>(std::move(model));
}

Result<std::shared_ptr<embed::TextGenerator>> Models::OpenGenerator(const std::string& name) {
  if (name.empty() && generators_.empty()) {
    return MakeError(ErrorCode::kNotFound, "no text model is configured");
  }
  MutexLock lock(mutex_);
  std::shared_ptr<embed::GeneratorChain>& open = open_generators_[name];
  if (open != nullptr) return std::shared_ptr<embed::TextGenerator>(open);
  const std::vector<std::string> names = name.empty() ? generators_ : std::vector{name};
  std::vector<embed::ChainLink<embed::TextGenerator>> links;
  for (const std::string& link : names) {
    const bool is_last = link == names.back();
    links.push_back({link, [this, link, is_last](const Deadline& deadline) {
                       return OpenServerGenerator(link, is_last, deadline);
                     }});
  }
  auto chain = embed::GeneratorChain::Open(std::move(links), Deadline::After(kOpenPatience));
  if (!chain) return chain.error();
  open = std::move(*chain);
  return std::shared_ptr<embed::TextGenerator>(open);
}

void Models::CheckGenerators(const Deadline& deadline) {
  std::vector<std::shared_ptr<embed::GeneratorChain>> chains;
  {
    MutexLock lock(mutex_);
    for (const auto& [name, chain] : open_generators_) {
      if (chain != nullptr) chains.push_back(chain);
    }
  }
  for (const auto& chain : chains) chain->Check(deadline);
}

Result<store::ModelNo> Models::Register(const embed::ModelInfo& info, const Deadline& deadline) {
  return store_.catalog().RegisterModel(info.name, info.revision, info.dimensions, deadline);
}

Result<void> Models::ServeConfigured(const Deadline& deadline) {
  COPPICE_ASSIGN(first_, embedders_.Open(FirstModel(configured_)));
  COPPICE_ASSIGN(const store::ModelNo number, Register(first_->info(), deadline));
  store::Generations& generations = store_.generations();
  COPPICE_TRY(generations.ServeFirst(number, deadline));
  COPPICE_ASSIGN(const auto serving, generations.Serving(deadline));
  if (!serving) return MakeError(ErrorCode::kUnavailable, "no model is served");
  // A model that was configured since, and another revision of the one that came with the program.
  const bool wanted = !configured_.empty() || serving->name == first_->info().name;
  if (!wanted || serving->number == number) return {};
  LogInfo("model_to_be_built",
          {{"model", first_->info().name}, {"revision", first_->info().revision}});
  return generations.Begin(number, deadline);
}

Result<void> Models::RefuseConfigured() const {
  if (configured_.empty()) return {};
  return MakeError(
      ErrorCode::kConflict,
      fmt::format("the configuration names the model: models.embedding = {}", configured_),
      "change it there and start the daemon again");
}

Result<store::Generation> Models::Build(store::ModelNo number, const Deadline& deadline) {
  store::Generations& generations = store_.generations();
  COPPICE_ASSIGN(const auto serving, generations.Serving(deadline));
  if (!serving || serving->number != number) COPPICE_TRY(generations.Begin(number, deadline));
  COPPICE_ASSIGN(auto all, generations.List(deadline));
  const auto found = std::find_if(all.begin(), all.end(), [&](const store::Generation& generation) {
    return generation.model.number == number;
  });
  if (found == all.end())
    return MakeError(ErrorCode::kConflict, "another model was chosen meanwhile");
  return std::move(*found);
}

Result<store::Generation> Models::Use(const std::string& name, const Deadline& deadline) {
  COPPICE_TRY(RefuseConfigured());
  COPPICE_ASSIGN(const auto model, embedders_.Open(name));
  COPPICE_ASSIGN(const store::ModelNo number, Register(model->info(), deadline));
  return Build(number, deadline);
}

Result<store::Generation> Models::Rollback(const Deadline& deadline) {
  COPPICE_TRY(RefuseConfigured());
  COPPICE_ASSIGN(const auto all, store_.generations().List(deadline));
  const auto before = std::find_if(all.begin(), all.end(), [](const store::Generation& generation) {
    return generation.state == store::GenerationState::kKept && generation.served_until;
  });
  if (before == all.end()) {
    return MakeError(ErrorCode::kNotFound, "no model was served before this one");
  }
  COPPICE_TRY(embedders_.Open(before->model.name, before->model.revision));
  return Build(before->model.number, deadline);
}

}  // namespace coppice::app
