#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "embed/model_spec.h"

// The models that the program knows by name: what their publishers' cards say of them.
namespace coppice::embed {

/// One file of a model: its weights, quantised in one way.
struct CatalogueFile {
  std::string_view quantisation;  // "Q4_K_M"
  std::string_view file_name;     // as its publisher calls it
  std::string_view url;           // https; "" = none is known: `model add FILE`
  std::string_view sha256;        // "" = nobody has computed it from the file for this table
  std::uint64_t size_bytes = 0;   // 0 = not known
};

/// One model. Its first file is the one that the bare name means.
struct CatalogueEntry {
  std::string_view name;  // "local/bge-m3"
  ModelUse use = ModelUse::kEmbed;
  int dimensions = 0;      // 0 = it gives no vectors
  int context_tokens = 0;  // 0 = as the file says
  Pooling pooling = Pooling::kModel;
  std::string_view query_prefix;
  std::string_view document_prefix;
  bool normalise = true;
  std::string_view licence;  // SPDX identifier, or the licence's own name
  bool restricted = false;   // the licence limits who may use it, or for what
  bool run_here = false;     // this project has run it
  std::string_view chat;     // of text models: which chat template its file should hold
  std::string_view package;  // a package that carries a file of it, for people; "" = none known
  std::span<const CatalogueFile> files;
};

/// One file under the name that people write.
///
/// Shape: the first file of an entry has the entry's name, each other one that name, a colon and
///        its quantisation in small letters: "local/mistral-7b-instruct:q5_k_m".
struct CatalogueModel {
  std::string name;
  const CatalogueEntry* entry = nullptr;
  const CatalogueFile* file = nullptr;  // none: part of the program

  /// Without path and hash.
  [[nodiscard]] ModelSpec Spec() const;
};

/// Place:  read only; any thread.
/// Errors: kInvalidArgument for a name that no model can have; kNotFound for one that is not known,
///         with the nearest that is.
class Catalogue {
 public:
  /// `entries` must outlive this; the program's own by default.
  Catalogue();
  explicit Catalogue(std::span<const CatalogueEntry> entries);

  [[nodiscard]] const std::vector<CatalogueModel>& models() const { return models_; }
  /// By its name, also with the quantisation of the first file. Nothing for one that is not here.
  [[nodiscard]] const CatalogueModel* Find(std::string_view name) const;
  /// By what its publisher calls the file. Nothing where that is not known.
  [[nodiscard]] const CatalogueModel* FindByFileName(std::string_view file_name) const;
  /// What to say where `name` is neither here nor among `others`.
  [[nodiscard]] Error Unknown(std::string_view name, std::vector<std::string> others) const;

 private:
  std::vector<CatalogueModel> models_;
};

/// The table of the program.
std::span<const CatalogueEntry> BuiltInEntries();

/// BACKEND/NAME or BACKEND/NAME:VARIANT of letters, digits, '.', '_' and '-', each part beginning
/// with a letter or digit. What passes is safe as a path below a folder. Errors: kInvalidArgument.
Result<void> CheckModelName(std::string_view name);

/// 64 small hexadecimal digits.
bool IsSha256(std::string_view text);

std::string_view ToText(ModelUse use);     // "embed", "rerank", "generate"
std::string_view ToText(Pooling pooling);  // "model", "mean", "cls", "last"
std::optional<ModelUse> ParseModelUse(std::string_view text);
std::optional<Pooling> ParsePooling(std::string_view text);

}  // namespace coppice::embed
