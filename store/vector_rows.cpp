#include "store/vector_rows.h"

#include "base/format.h"
#include "store/pg/values.h"

namespace coppice::store {

std::size_t InsertVectors(PgTransaction& tx, SpaceNo space, ModelNo model,
                          std::span<const std::int32_t> numbers,
                          std::span<const std::span<const float>> values) {
  const VectorType& type = tx.vector_type();
  const auto inserted = tx.Query(
      fmt::format("INSERT INTO coppice.text_vector (space, model, text_no, v) SELECT $1, $2, n, v "
                  "FROM unnest($3::int4[], $4::{}.halfvec[]) WITH ORDINALITY AS u (n, v, o) "
                  "ORDER BY n, o ON CONFLICT DO NOTHING",
                  type.schema),
      space.value, model.value, BinaryArray::OfInts(numbers).parameter(),
      BinaryArray::OfHalfVectors(values, type.oid).parameter());
  return static_cast<std::size_t>(inserted.affected_rows());
}

}  // namespace coppice::store
