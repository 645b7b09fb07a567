#include "indexer/stages/embed_stage.h"

#include <algorithm>
#include <cstddef>

#include "base/log.h"

namespace coppice::indexer {
namespace {

constexpr std::size_t kTextsPerCall = 256;

Result<void> EmbedPart(const embed::Embedder& embedder, std::span<const std::string_view> texts,
                       std::span<float> out, const Deadline& deadline) {
  const auto done = embedder.Embed(texts, embed::Purpose::kDocument, out, deadline);
  if (done || done.error().code != ErrorCode::kCorrupt) return done;
  if (texts.size() == 1) {
    LogWarning("text_not_embedded", {{"model", embedder.info().name},
                                     {"bytes", texts.front().size()},
                                     {"why", done.error().message}});
    std::fill(out.begin(), out.end(), 0.0F);
    return {};
  }
  const std::size_t half = texts.size() / 2;
  const std::size_t half_floats = half * static_cast<std::size_t>(embedder.info().dimensions);
  COPPICE_TRY(EmbedPart(embedder, texts.first(half), out.first(half_floats), deadline));
  return EmbedPart(embedder, texts.subspan(half), out.subspan(half_floats), deadline);
}

}  // namespace

Result<std::vector<float>> EmbedTexts(const embed::Embedder& embedder,
                                      std::span<const std::string_view> texts,
                                      const Deadline& deadline) {
  const auto dimensions = static_cast<std::size_t>(embedder.info().dimensions);
  std::vector<float> vectors(texts.size() * dimensions);
  const std::span<float> out = vectors;
  for (std::size_t from = 0; from < texts.size(); from += kTextsPerCall) {
    const std::size_t count = std::min(kTextsPerCall, texts.size() - from);
    COPPICE_TRY(EmbedPart(embedder, texts.subspan(from, count),
                          out.subspan(from * dimensions, count * dimensions), deadline));
  }
  return vectors;
}

}  // namespace coppice::indexer
