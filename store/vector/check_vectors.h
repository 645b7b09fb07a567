#pragma once

#include <cstddef>
#include <span>

#include "base/result.h"
#include "store/model.h"

namespace coppice::store {

bool AllFinite(std::span<const float> values);

/// What VectorIndex::Append promises to refuse. Errors: kInvalidArgument (not `dimensions` values
/// for each text, a value that is not finite, a negative number).
Result<void> CheckVectors(std::span<const TextNo> texts, std::span<const float> vectors,
                          std::size_t dimensions);

/// Likewise of VectorIndex::Search.
Result<void> CheckQueryVector(std::span<const float> query, std::size_t dimensions);

}  // namespace coppice::store
