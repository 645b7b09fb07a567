#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "store/model.h"
#include "store/pg/transaction.h"

namespace coppice::store {

/// Writes rows of coppice.text_vector, sorted by number; of a text that is there, or comes twice,
/// the first stays. Gives how many are new. One binary array: COPY through libpqxx is text, and
/// parsing 256 numbers a row costs more than all the rest.
std::size_t InsertVectors(PgTransaction& tx, SpaceNo space, ModelNo model,
                          std::span<const std::int32_t> numbers,
                          std::span<const std::span<const float>> values);

}  // namespace coppice::store
