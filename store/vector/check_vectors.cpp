#include "store/vector/check_vectors.h"

#include <algorithm>
#include <cmath>

#include "base/format.h"

namespace coppice::store {
namespace {

Result<void> CheckShape(std::size_t got, std::size_t wanted) {
  if (got == wanted) return {};
  return MakeError(ErrorCode::kInvalidArgument,
                   fmt::format("vector index: {} values, {} expected", got, wanted));
}

}  // namespace

bool AllFinite(std::span<const float> values) {
  return std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); });
}

Result<void> CheckVectors(std::span<const TextNo> texts, std::span<const float> vectors,
                          std::size_t dimensions) {
  COPPICE_TRY(CheckShape(vectors.size(), texts.size() * dimensions));
  const bool negative =
      std::any_of(texts.begin(), texts.end(), [](TextNo text) { return text.value < 0; });
  if (AllFinite(vectors) && !negative) return {};
  return MakeError(ErrorCode::kInvalidArgument,
                   "vector index: a value that is not finite, or a negative text number");
}

Result<void> CheckQueryVector(std::span<const float> query, std::size_t dimensions) {
  COPPICE_TRY(CheckShape(query.size(), dimensions));
  if (AllFinite(query)) return {};
  return MakeError(ErrorCode::kInvalidArgument, "vector index: a query value that is not finite");
}

}  // namespace coppice::store
