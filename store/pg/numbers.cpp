#include "store/pg/numbers.h"

#include <array>
#include <limits>
#include <string_view>

#include "base/format.h"
#include "store/pg/transaction.h"

namespace coppice::store {
namespace {

constexpr std::array<std::string_view, 3> kColumns = {"next_blob", "next_text", "next_name"};

}  // namespace

Result<std::int32_t> AllocateNumbers(PgPool& pool, SpaceNo space, NumberKind kind,
                                     std::size_t count, const Deadline& deadline) {
  if (count == 0) return 0;
  const auto column = kColumns[static_cast<std::size_t>(kind)];
  const auto sql = fmt::format(
      "UPDATE coppice.space SET {0} = {0} + $1 WHERE space = $2 AND {0} + $1 <= $3 RETURNING {0} - $1",
      column);
  return RunTransaction(pool, PgAccess::kPrepare, deadline, [&](PgTransaction& tx) -> Result<std::int32_t> {
    const auto limit = std::int64_t{std::numeric_limits<std::int32_t>::max()};
    const auto rows = tx.Query(sql, static_cast<std::int64_t>(count), space.value, limit);
    if (!rows.empty()) return rows[0][0].as<std::int32_t>();
    const auto known = tx.Query("SELECT 1 FROM coppice.space WHERE space = $1", space.value);
    if (known.empty()) {
      return MakeError(ErrorCode::kNotFound, fmt::format("space {} is not known", space.value));
    }
    return MakeError(ErrorCode::kResourceExhausted,
                     fmt::format("space {} has used up its numbers ({})", space.value, column));
  });
}

}  // namespace coppice::store
