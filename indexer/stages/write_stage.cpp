#include "indexer/stages/write_stage.h"

#include <algorithm>
#include <span>
#include <string_view>
#include <vector>

#include "indexer/embed_input.h"

namespace coppice::indexer {
namespace {

constexpr std::size_t kEmbedBatch = 256;

Result<std::vector<store::NewVector>> EmbedMissing(const embed::Embedder& embedder,
                                                   const ParsedBatch& batch,
                                                   std::span<const Sha256> missing,
                                                   const Deadline& deadline) {
  const auto dimensions = static_cast<std::size_t>(embedder.info().dimensions);
  std::vector<store::NewVector> vectors;
  vectors.reserve(missing.size());
  for (std::size_t from = 0; from < missing.size(); from += kEmbedBatch) {
    const auto part = missing.subspan(from, std::min(kEmbedBatch, missing.size() - from));
    std::vector<std::string_view> inputs;
    for (const Sha256& key : part) inputs.emplace_back(batch.inputs.at(key));
    std::vector<float> values(part.size() * dimensions);
    COPPICE_TRY(embedder.Embed(inputs, embed::Purpose::kDocument, values, deadline));
    for (std::size_t i = 0; i < part.size(); ++i) {
      const auto begin = values.begin() + static_cast<std::ptrdiff_t>(i * dimensions);
      vectors.push_back({part[i], {begin, begin + static_cast<std::ptrdiff_t>(dimensions)}});
    }
  }
  return vectors;
}

}  // namespace

Result<void> WriteBatch(store::Store& store, const embed::Embedder& embedder, store::ModelNo model,
                        store::RepoNo repo, const ParsedBatch& batch, const Deadline& deadline) {
  store::ObjectWriter& writer = store.writer();
  COPPICE_TRY(writer.WriteBlobs(repo, batch.blobs, deadline));
  std::vector<Sha256> inputs;
  inputs.reserve(batch.inputs.size());
  for (const auto& [key, text] : batch.inputs) inputs.push_back(key);
  COPPICE_ASSIGN(const std::vector<Sha256> missing,
                 writer.MissingVectors(repo, model, inputs, kTextTemplate, deadline));
  COPPICE_ASSIGN(const auto vectors, EmbedMissing(embedder, batch, missing, deadline));
  COPPICE_TRY(writer.WriteVectors(repo, model, vectors, kTextTemplate, deadline));
  return writer.WriteFacts(repo, batch.facts, kTextTemplate, model, deadline);
}

}  // namespace coppice::indexer
