#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace coppice::embed {

/// What a model is for.
enum class ModelUse : std::uint8_t { kEmbed, kRerank, kGenerate };

/// How the vectors of a text's tokens become the text's one vector.
enum class Pooling : std::uint8_t { kModel, kMean, kCls, kLast };  // kModel: as its file says

/// How one model must be run: what its publisher's card says, and where its weights are.
///
/// Place: read from the catalogue (embed/catalogue) or the configuration; taken by the back ends.
/// Shape: `sha256` is 64 small hex digits; "" = of a model behind a server, which has no file here.
///        Zero stands for "as the weights or the server say".
struct ModelSpec {
  std::string name;  // "local/bge-m3": BACKEND/MODEL
  ModelUse use = ModelUse::kEmbed;
  int dimensions = 0;                 // embedding only
  int context_tokens = 0;             // longest input the model was made for
  Pooling pooling = Pooling::kModel;  // embedding only
  std::string query_prefix;           // "query: "; before every query text
  std::string document_prefix;        // "passage: "
  bool normalise = true;              // embedding only: to an L2 norm of 1
  std::string licence;                // SPDX identifier, or the licence's own name
  std::filesystem::path path;         // GGUF file; "" = behind a server
  std::string sha256;                 // of the file; the model's revision
};

/// What follows the first '/' of "BACKEND/MODEL"; the whole where there is none.
inline std::string_view ModelPart(std::string_view name) {
  const std::size_t slash = name.find('/');
  return slash == std::string_view::npos ? name : name.substr(slash + 1);
}

}  // namespace coppice::embed
