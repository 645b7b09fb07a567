#include "indexer/serving_model.h"

#include "base/format.h"
#include "indexer/embed_input.h"
#include "indexer/parse/plain/extractor_version.h"

namespace coppice::indexer {

Result<ServingModel> OpenServingModel(store::Store& store, embed::EmbedderRegistry& models,
                                      const Deadline& deadline) {
  COPPICE_ASSIGN(const auto serving, store.generations().Serving(deadline));
  if (!serving) return MakeError(ErrorCode::kNotFound, "no model is served");
  auto embedder = models.Open(serving->name, serving->revision);
  if (!embedder) return embedder.error().WithContext(fmt::format("model {}", serving->name));
  return ServingModel{serving->number, std::move(*embedder)};
}

Result<store::IndexVersions> WantedVersions(store::Store& store, const Deadline& deadline) {
  COPPICE_ASSIGN(const auto serving, store.generations().Serving(deadline));
  return store::IndexVersions{kExtractorVersion, kTextTemplate,
                              serving ? serving->number : store::kNoModel};
}

}  // namespace coppice::indexer
