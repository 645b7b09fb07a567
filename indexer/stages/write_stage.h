#pragma once

#include "base/deadline.h"
#include "base/result.h"
#include "indexer/serving_model.h"
#include "indexer/stages/parse_stage.h"
#include "store/store.h"

namespace coppice::indexer {

/// Embeds what has no vector yet and writes a batch: blobs, vectors, then facts, so that facts are
/// never there without their vectors. Without a model only blobs and facts, which say so. Repeating
/// it changes nothing. Errors: those of the embedder and the store.
Result<void> WriteBatch(store::Store& store, const ServingModel& model, store::RepoNo repo,
                        const ParsedBatch& batch, const Deadline& deadline);

}  // namespace coppice::indexer
