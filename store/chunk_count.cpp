#include <vector>

#include "store/object_reader.h"
#include "store/pg/transaction.h"

namespace coppice::store {

Result<std::int64_t> ObjectReader::CountChunks(RepoNo repo,
                                               std::span<const ObjectWriter::FactKey> keys,
                                               std::int32_t extractor, const Deadline& deadline) {
  std::vector<std::string_view> ids;
  std::vector<std::int32_t> grammars;
  for (const ObjectWriter::FactKey& key : keys) {
    ids.emplace_back(key.blob.bytes);
    grammars.push_back(static_cast<std::int32_t>(key.grammar));
  }
  return RunTransaction(
      pool_, PgAccess::kRead, deadline, [&](PgTransaction& tx) -> Result<std::int64_t> {
        COPPICE_ASSIGN(const SpaceNo space, SpaceOf(tx, repo));
        const auto rows = tx.Query(
            "SELECT coalesce(sum(f.chunks), 0) FROM unnest($3::bytea[], $4::int4[]) AS n (oid, grammar) "
            "CROSS JOIN LATERAL (SELECT blob_no FROM coppice.git_object "
            "  WHERE space = $1 AND repo = $2 AND oid = n.oid OFFSET 0) AS g "
            "CROSS JOIN LATERAL (SELECT cardinality(c_text) AS chunks FROM coppice.blob_fact "
            "  WHERE space = $1 AND blob_no = g.blob_no AND grammar = n.grammar AND extractor = $5 OFFSET 0) AS f",
            space.value, repo.value, BinaryArray::OfBytes(ids).parameter(),
            BinaryArray::OfInts(grammars).parameter(), extractor);
        return rows[0][0].as<std::int64_t>();
      });
}

}  // namespace coppice::store
