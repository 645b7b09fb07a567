#include <algorithm>
#include <utility>
#include <vector>

#include "store/object_reader.h"
#include "store/pg/transaction.h"

// ObjectReader's look at blobs without their bodies.
namespace coppice::store {
namespace {

/// The columns of FindBlobs from kGrammars on.
std::vector<FactState> ReadFactStates(const pqxx::row& row) {
  enum Column : int { kGrammars = 7, kExtractors, kStatuses, kReasons };
  const auto grammars = ReadInts<std::int16_t>(row[kGrammars]);
  const auto extractors = ReadInts<std::int32_t>(row[kExtractors]);
  const auto statuses = ReadInts<std::int16_t>(row[kStatuses]);
  const auto reasons =
      ReadInts<std::int16_t>(row[kReasons]);  // aggregates of the same rows: as many of each
  std::vector<FactState> states;
  for (std::size_t i = 0; i < grammars.size(); ++i) {
    const FactState state{static_cast<Language>(grammars[i]), extractors[i],
                          static_cast<ParseStatus>(statuses[i]), static_cast<Reason>(reasons[i])};
    const auto same = std::find_if(states.begin(), states.end(), [&](const FactState& known) {
      return known.grammar == state.grammar;
    });
    if (same == states.end()) {
      states.push_back(state);
    } else if (same->extractor < state.extractor) {
      *same = state;
    }
  }
  return states;
}

}  // namespace

const FactState* BlobRecord::FactsUnder(Language grammar) const {
  const auto found = std::find_if(facts.begin(), facts.end(),
                                  [&](const FactState& entry) { return entry.grammar == grammar; });
  return found == facts.end() ? nullptr : &*found;
}

Result<std::unordered_map<std::string, BlobRecord>> ObjectReader::FindBlobs(
    RepoNo repo, std::span<const ObjectId> ids, const Deadline& deadline) {
  using Map = std::unordered_map<std::string, BlobRecord>;
  std::vector<std::string_view> views;
  for (const ObjectId& id : ids) views.emplace_back(id.bytes);
  return RunTransaction(pool_, PgAccess::kRead, deadline, [&](PgTransaction& tx) -> Result<Map> {
    COPPICE_ASSIGN(const SpaceNo space, SpaceOf(tx, repo));
    Map found;
    for (const auto& row :
         tx.Query("SELECT k.oid, g.blob_no, b.size, b.state, b.reason, b.modeline, b.shebang, "
                  "f.grammars, f.extractors, f.statuses, f.reasons "
                  "FROM unnest($3::bytea[]) AS k (oid) "
                  "CROSS JOIN LATERAL (SELECT blob_no FROM coppice.git_object "
                  "  WHERE space = $1 AND repo = $2 AND oid = k.oid OFFSET 0) AS g "
                  "CROSS JOIN LATERAL (SELECT * FROM coppice.blob WHERE space = $1 AND blob_no = "
                  "g.blob_no OFFSET 0) AS b "
                  "CROSS JOIN LATERAL (SELECT coalesce(array_agg(grammar), '{}') AS grammars, "
                  "  coalesce(array_agg(extractor), '{}') AS extractors, "
                  "coalesce(array_agg(status), '{}') AS statuses, "
                  "  coalesce(array_agg(reason), '{}') AS reasons FROM coppice.blob_fact "
                  "  WHERE space = $1 AND blob_no = g.blob_no OFFSET 0) AS f",
                  space.value, repo.value, BinaryArray::OfBytes(views).parameter())) {
      BlobRecord blob;
      blob.blob = BlobNo(row[1].as<std::int32_t>());
      blob.size_bytes = static_cast<std::uint64_t>(row[2].as<std::int64_t>());
      blob.state = static_cast<BlobState>(row[3].as<std::int16_t>());
      blob.reason = static_cast<Reason>(row[4].as<std::int16_t>());
      blob.hint.modeline = static_cast<Language>(row[5].as<std::int16_t>());
      blob.hint.shebang = static_cast<Language>(row[6].as<std::int16_t>());
      blob.facts = ReadFactStates(row);
      found.emplace(ReadBytes(row[0]), std::move(blob));
    }
    return found;
  });
}

Result<std::vector<ObjectId>> ObjectReader::UnreadObjects(RepoNo repo, int limit,
                                                          const Deadline& deadline) {
  using Ids = std::vector<ObjectId>;
  return RunTransaction(pool_, PgAccess::kRead, deadline, [&](PgTransaction& tx) -> Result<Ids> {
    COPPICE_ASSIGN(const SpaceNo space, SpaceOf(tx, repo));
    Ids ids;
    static_assert(static_cast<int>(Reason::kUnreadable) == 10 && static_cast<int>(Reason::kMissing) == 13);
    // The reasons stand here as in the index blob_unread, which finds that there are none.
    for (const auto& row :
         tx.Query("SELECT g.oid FROM coppice.blob b JOIN coppice.git_object g "
                  "ON g.space = b.space AND g.blob_no = b.blob_no AND g.repo = $2 "
                  "WHERE b.space = $1 AND b.reason IN (10, 13) LIMIT $3",
                  space.value, repo.value, limit)) {
      ids.push_back(ObjectId{ReadBytes(row[0])});
    }
    return ids;
  });
}

}  // namespace coppice::store
