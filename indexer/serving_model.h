#pragma once

#include <memory>

#include "base/deadline.h"
#include "base/result.h"
#include "embed/embedder.h"
#include "embed/embedder_registry.h"
#include "store/store.h"

namespace coppice::indexer {

/// The model whose vectors are served, which is the one that new texts need vectors of.
struct ServingModel {
  store::ModelNo number = store::kNoModel;
  std::shared_ptr<const embed::Embedder> embedder;
};

/// Errors: kUnavailable (the database, the model); those of opening it; kNotFound (none is served).
Result<ServingModel> OpenServingModel(store::Store& store, embed::EmbedderRegistry& models,
                                      const Deadline& deadline);

/// What a ref must be indexed with to be up to date. `model` is kNoModel where none is served.
Result<store::IndexVersions> WantedVersions(store::Store& store, const Deadline& deadline);

}  // namespace coppice::indexer
