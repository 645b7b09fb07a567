#pragma once

#include <cstdint>

#include "base/deadline.h"
#include "base/result.h"
#include "store/model.h"
#include "store/pg/pool.h"

namespace coppice::store {

enum class NumberKind : std::uint8_t { kBlob, kText, kName };

/// Takes `count` dense numbers of a space, in a short transaction of its own: the row lock on the
/// space is never held while anything else is waited for. Numbers that are then not used stay gaps.
/// Gives the first one. Errors: kNotFound; kResourceExhausted beyond 2^31 - 1.
Result<std::int32_t> AllocateNumbers(PgPool& pool, SpaceNo space, NumberKind kind,
                                     std::size_t count, const Deadline& deadline);

}  // namespace coppice::store
