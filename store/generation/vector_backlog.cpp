#include "store/generation/vector_backlog.h"

#include <algorithm>
#include <map>

#include "base/format.h"
#include "store/pg/transaction.h"
#include "store/vector/check_vectors.h"
#include "store/vector_rows.h"

namespace coppice::store {
namespace {

std::vector<std::int32_t> Numbers(std::span<const TextNo> texts) {
  std::vector<std::int32_t> numbers;
  numbers.reserve(texts.size());
  for (const TextNo text : texts) numbers.push_back(text.value);
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  return numbers;
}

}  // namespace

Result<std::vector<BlobSpan>> VectorBacklog::Spaces(const Deadline& deadline) {
  return RunTransaction(
      pool_, PgAccess::kRead, deadline, [](PgTransaction& tx) -> Result<std::vector<BlobSpan>> {
        std::vector<BlobSpan> spaces;
        for (const auto& row : tx.Query("SELECT space, next_blob FROM coppice.space "
                                        "WHERE next_blob > 0 ORDER BY space")) {
          spaces.push_back({SpaceNo(row[0].as<std::int32_t>()), 0, row[1].as<std::int32_t>()});
        }
        return spaces;
      });
}

Result<bool> VectorBacklog::Claim(ModelNo model, const BlobSpan& span, std::chrono::seconds lease,
                                  const std::string& owner, const Deadline& deadline) {
  return RunTransaction(
      pool_, PgAccess::kPrepare, deadline, [&](PgTransaction& tx) -> Result<bool> {
        return !tx.Query(
                      "INSERT INTO coppice.vector_claim AS c (space, model, first_blob, owner, "
                      "until) "
                      "VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5)) "
                      "ON CONFLICT (space, model, first_blob) DO UPDATE SET owner = "
                      "excluded.owner, "
                      "until = excluded.until WHERE c.owner = excluded.owner OR c.until < now() "
                      "RETURNING 1",
                      span.space.value, model.value, span.first, owner, lease.count())
                    .empty();
      });
}

Result<void> VectorBacklog::Release(ModelNo model, const BlobSpan& span, const std::string& owner,
                                    const Deadline& deadline) {
  return RunTransaction(pool_, PgAccess::kPrepare, deadline,
                        [&](PgTransaction& tx) -> Result<void> {
                          tx.Query(
                              "DELETE FROM coppice.vector_claim WHERE space = $1 AND model = $2 "
                              "AND first_blob = $3 AND owner = $4",
                              span.space.value, model.value, span.first, owner);
                          return {};
                        });
}

Result<std::vector<BlobNo>> VectorBacklog::Lacking(ModelNo model, const BlobSpan& span,
                                                   std::int16_t text_template,
                                                   const Deadline& deadline) {
  return RunTransaction(
      pool_, PgAccess::kRead, deadline, [&](PgTransaction& tx) -> Result<std::vector<BlobNo>> {
        std::vector<BlobNo> blobs;
        for (const auto& row :
             tx.Query("SELECT DISTINCT f.blob_no FROM coppice.blob_fact f "
                      "CROSS JOIN LATERAL unnest(f.c_text) AS t (no) "
                      "LEFT JOIN LATERAL (SELECT 1 AS there FROM coppice.text_vector "
                      "  WHERE space = $1 AND model = $2 AND text_no = t.no OFFSET 0) AS v ON true "
                      "WHERE f.space = $1 AND f.blob_no >= $3 AND f.blob_no < $4 "
                      "AND f.template = $5 AND v.there IS NULL ORDER BY f.blob_no",
                      span.space.value, model.value, span.first, span.end, text_template)) {
          blobs.emplace_back(row[0].as<std::int32_t>());
        }
        return blobs;
      });
}

Result<std::vector<BlobSpan>> VectorBacklog::Pending(std::int32_t span_blobs,
                                                     const Deadline& deadline) {
  return RunTransaction(
      pool_, PgAccess::kRead, deadline, [&](PgTransaction& tx) -> Result<std::vector<BlobSpan>> {
        std::vector<BlobSpan> spans;
        for (const auto& row :
             tx.Query("SELECT DISTINCT space, blob_no / $1 FROM coppice.blob_fact "
                      "WHERE model = 0 ORDER BY 1, 2",
                      span_blobs)) {
          const std::int32_t first = row[1].as<std::int32_t>() * span_blobs;
          spans.push_back({SpaceNo(row[0].as<std::int32_t>()), first, first + span_blobs});
        }
        return spans;
      });
}

Result<void> VectorBacklog::Settle(ModelNo model, const BlobSpan& span, std::int16_t text_template,
                                   const Deadline& deadline) {
  return RunTransaction(pool_, PgAccess::kWrite, deadline, [&](PgTransaction& tx) -> Result<void> {
    LockSpace(tx, span.space);
    tx.Query(
        "UPDATE coppice.blob_fact f SET model = $2 WHERE space = $1 AND blob_no >= $3 "
        "AND blob_no < $4 AND model = 0 AND template = $5 AND NOT EXISTS ("
        "  SELECT FROM unnest(f.c_text) AS t (no) LEFT JOIN LATERAL (SELECT 1 AS there "
        "    FROM coppice.text_vector WHERE space = $1 AND model = $2 AND text_no = t.no OFFSET 0) "
        "AS v "
        "  ON true WHERE v.there IS NULL)",
        span.space.value, model.value, span.first, span.end, text_template);
    return {};
  });
}

Result<std::vector<TextNo>> VectorBacklog::WithoutVector(ModelNo model, SpaceNo space,
                                                         std::span<const TextNo> texts,
                                                         const Deadline& deadline) {
  const std::vector<std::int32_t> numbers = Numbers(texts);
  return RunTransaction(
      pool_, PgAccess::kRead, deadline, [&](PgTransaction& tx) -> Result<std::vector<TextNo>> {
        std::vector<TextNo> missing;
        for (const auto& row :
             tx.Query("SELECT k.no FROM unnest($3::int4[]) AS k (no) "
                      "LEFT JOIN LATERAL (SELECT 1 AS there FROM coppice.text_vector "
                      "  WHERE space = $1 AND model = $2 AND text_no = k.no OFFSET 0) AS v ON true "
                      "WHERE v.there IS NULL ORDER BY k.no",
                      space.value, model.value, BinaryArray::OfInts(numbers).parameter())) {
          missing.emplace_back(row[0].as<std::int32_t>());
        }
        return missing;
      });
}

Result<void> VectorBacklog::Write(ModelNo model, SpaceNo space, std::span<const TextNo> texts,
                                  std::span<const float> values, const Deadline& deadline) {
  if (texts.empty()) return {};
  if (values.size() % texts.size() != 0 || !AllFinite(values)) {
    return MakeError(ErrorCode::kInvalidArgument, "vectors to be written do not hold together");
  }
  const std::size_t dimensions = values.size() / texts.size();
  std::map<std::int32_t, std::span<const float>> sorted;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    sorted.emplace(texts[i].value, values.subspan(i * dimensions, dimensions));
  }
  return RunTransaction(pool_, PgAccess::kWrite, deadline, [&](PgTransaction& tx) -> Result<void> {
    LockSpace(tx, space);
    const auto rows =
        tx.Query("SELECT dimensions FROM coppice.model WHERE model = $1", model.value);
    if (rows.empty() || std::cmp_not_equal(rows[0][0].as<int>(), dimensions)) {
      return MakeError(
          ErrorCode::kInvalidArgument,
          fmt::format("model {} has no vectors of {} dimensions", model.value, dimensions));
    }
    std::vector<std::int32_t> asked;
    for (const auto& [text, vector] : sorted) asked.push_back(text);
    std::vector<std::int32_t> numbers;
    std::vector<std::span<const float>> vectors;
    for (const auto& row :
         tx.Query("SELECT k.no FROM unnest($2::int4[]) AS k (no) "
                  "CROSS JOIN LATERAL (SELECT FROM coppice.text "
                  "  WHERE space = $1 AND text_no = k.no OFFSET 0) AS t ORDER BY k.no",
                  space.value, BinaryArray::OfInts(asked).parameter())) {
      numbers.push_back(row[0].as<std::int32_t>());
      vectors.push_back(sorted.at(numbers.back()));
    }
    if (!numbers.empty()) InsertVectors(tx, space, model, numbers, vectors);
    return {};
  });
}

}  // namespace coppice::store
