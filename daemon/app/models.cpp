#include "daemon/app/models.h"

#include <algorithm>
#include <random>
#include <unistd.h>
#include <utility>

#include "base/format.h"
#include "base/log.h"
#include "embed/factory.h"

namespace coppice::app {
namespace {

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

}  // namespace

Models::Models(store::Store& store, const config::Settings& settings)
    : store_(store),
      configured_(Configured(settings)),
      embedders_(embed::OpenEmbedder),
      filler_(store, embedders_, DaemonId()) {}

Result<std::unique_ptr<Models>> Models::Open(store::Store& store, const config::Settings& settings,
                                             const Deadline& deadline) {
  std::unique_ptr<Models> models(new Models(store, settings));
  COPPICE_TRY(models->ServeConfigured(deadline));
  return models;
}

Result<void> Models::Check(const config::Settings& settings) {
  COPPICE_TRY(embed::OpenEmbedder(FirstModel(Configured(settings))));
  return {};
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

Result<std::shared_ptr<embed::TextGenerator>> Models::OpenGenerator(const std::string& name) {
  if (name.empty()) return MakeError(ErrorCode::kNotFound, "no text model is configured");
  return MakeError(ErrorCode::kNotFound, fmt::format("no text model is called {}", name),
                   "models.generation names those there are");
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
