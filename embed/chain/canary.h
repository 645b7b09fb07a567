#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "embed/embedder.h"

namespace coppice::embed {

/// Vectors of the canary texts, by which a model is known again.
struct CanaryRecord {
  ModelInfo model;             // it was recorded of
  int texts_version = 0;       // kCanaryTextsVersion then
  std::vector<float> vectors;  // [CanaryCount() * model.dimensions], rows of length one
};

/// Keeps canary records beside the vectors they vouch for.
///
/// Place: implemented over the database by App; another for tests.
/// Errors: those of the storage; kUnavailable when it cannot be reached.
class CanaryStore {
 public:
  virtual ~CanaryStore() = default;
  CanaryStore() = default;
  CanaryStore(const CanaryStore&) = delete;
  CanaryStore& operator=(const CanaryStore&) = delete;

  /// The record of that model and revision; with revision "", the newest of that name.
  virtual Result<std::optional<CanaryRecord>> Load(const std::string& model,
                                                   const std::string& revision,
                                                   const Deadline& deadline) = 0;
  /// Adds it, or replaces the one of the same name and revision.
  virtual Result<void> Save(const CanaryRecord& record, const Deadline& deadline) = 0;
};

/// Of the texts. A record of another version says nothing and is made anew.
///   1  ten documents, two queries
inline constexpr int kCanaryTextsVersion = 1;

/// Least cosine between the vectors that two runs of one model may give for a text.
///
/// What differs where the weights are the same: the order of sums on another device or in another
/// batch (1 - 1e-6), arithmetic in f16 or bf16 (1 - 1e-4), weights rounded to 8 bits (0.99 and
/// more). What must not pass: weights rounded to 4 bits, another pooling, a missing prefix, a later
/// release of the model. The bound lies between them: docs/models.md has the figures.
inline constexpr double kSameModelCosine = 0.99;

/// Documents and queries among the canary texts.
std::size_t CanaryCount();

/// Embeds the canary texts. Errors: the embedder's; kCorrupt for a vector of zeros.
Result<std::vector<float>> CanaryVectors(const Embedder& embedder, const Deadline& deadline);

/// The least cosine of corresponding rows. -1 where the sizes differ.
double LeastCosine(std::span<const float> a, std::span<const float> b, std::size_t dimensions);

/// Whether `embedder` is the model that `record` was made of, as far as vectors can tell: same
/// dimensions, and each canary text's vector within kSameModelCosine.
/// Errors: kConflict saying how far off it is; the embedder's.
Result<void> CheckCanary(const Embedder& embedder, const CanaryRecord& record,
                         const Deadline& deadline);

}  // namespace coppice::embed
