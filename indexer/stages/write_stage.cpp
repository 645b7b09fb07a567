#include "indexer/stages/write_stage.h"

#include <span>
#include <string_view>
#include <vector>

#include "indexer/embed_input.h"
#include "indexer/stages/embed_stage.h"

namespace coppice::indexer {
namespace {

Result<std::vector<store::NewVector>> EmbedMissing(const embed::Embedder& embedder,
                                                   const ParsedBatch& batch,
                                                   std::span<const Sha256> missing,
                                                   const Deadline& deadline) {
  std::vector<std::string_view> texts;
  texts.reserve(missing.size());
  for (const Sha256& key : missing) texts.emplace_back(batch.inputs.at(key));
  COPPICE_ASSIGN(const std::vector<float> values, EmbedTexts(embedder, texts, deadline));
  const auto dimensions = embedder.info().dimensions;
  std::vector<store::NewVector> vectors;
  vectors.reserve(missing.size());
  auto begin = values.begin();
  for (const Sha256& key : missing) {
    vectors.push_back({key, {begin, begin + dimensions}});
    begin += dimensions;
  }
  return vectors;
}

}  // namespace

Result<void> WriteBatch(store::Store& store, const ServingModel& model, store::RepoNo repo,
                        const ParsedBatch& batch, const Deadline& deadline) {
  store::ObjectWriter& writer = store.writer();
  COPPICE_TRY(writer.WriteBlobs(repo, batch.blobs, deadline));
  if (model.embedder == nullptr) {
    return writer.WriteFacts(repo, batch.facts, kTextTemplate, store::kNoModel, deadline);
  }
  std::vector<Sha256> inputs;
  inputs.reserve(batch.inputs.size());
  for (const auto& [key, text] : batch.inputs) inputs.push_back(key);
  COPPICE_ASSIGN(const std::vector<Sha256> missing,
                 writer.MissingVectors(repo, model.number, inputs, kTextTemplate, deadline));
  COPPICE_ASSIGN(const auto vectors, EmbedMissing(*model.embedder, batch, missing, deadline));
  COPPICE_TRY(writer.WriteVectors(repo, model.number, vectors, kTextTemplate, deadline));
  return writer.WriteFacts(repo, batch.facts, kTextTemplate, model.number, deadline);
}

}  // namespace coppice::indexer
