#include <algorithm>
#include <map>
#include <set>
#include <unordered_set>

#include "base/format.h"
#include "store/object_writer.h"
#include "store/pg/interner.h"
#include "store/pg/transaction.h"
#include "store/vector/check_vectors.h"
#include "store/vector_rows.h"

// ObjectWriter's half that writes vectors.
namespace coppice::store {
namespace {

Result<int> DimensionsOf(PgTransaction& tx, ModelNo model) {
  const auto rows = tx.Query("SELECT dimensions FROM coppice.model WHERE model = $1", model.value);
  if (rows.empty()) {
    return MakeError(ErrorCode::kNotFound, fmt::format("model {} is not known", model.value));
  }
  return rows[0][0].as<int>();
}

Result<void> CheckVector(const NewVector& vector, int dimensions) {
  if (std::cmp_not_equal(vector.values.size(), dimensions)) {
    return MakeError(ErrorCode::kInvalidArgument,
                     fmt::format("a vector has {} dimensions, its model {}", vector.values.size(), dimensions));
  }
  if (!AllFinite(vector.values)) {
    return MakeError(ErrorCode::kInvalidArgument, "a vector holds a value that is not finite");
  }
  return {};
}

}  // namespace

Result<std::vector<Sha256>> ObjectWriter::MissingVectors(RepoNo repo, ModelNo model, std::span<const Sha256> inputs,
                                                         std::int16_t text_template, const Deadline& deadline) {
  std::vector<std::string_view> keys;
  for (const Sha256& input : inputs) keys.push_back(AsBytes(input));
  return RunTransaction(pool_, PgAccess::kRead, deadline, [&](PgTransaction& tx) -> Result<std::vector<Sha256>> {
    COPPICE_ASSIGN(const SpaceNo space, SpaceOf(tx, repo));
    std::unordered_set<std::string> seen;
    for (const auto& row : tx.Query(
             "SELECT k.input FROM unnest($2::bytea[]) AS k (input) "
             "CROSS JOIN LATERAL (SELECT text_no FROM coppice.text "
             "  WHERE space = $1 AND input_sha256 = k.input AND template = $3 OFFSET 0) AS t "
             "CROSS JOIN LATERAL (SELECT FROM coppice.text_vector "
             "  WHERE space = $1 AND model = $4 AND text_no = t.text_no OFFSET 0) AS v",
             space.value, BinaryArray::OfBytes(keys).parameter(), text_template, model.value)) {
      seen.insert(ReadBytes(row[0]));
    }
    std::vector<Sha256> missing;
    for (const Sha256& input : inputs) {
      if (seen.insert(std::string(AsBytes(input))).second) missing.push_back(input);
    }
    return missing;
  });
}

Result<void> ObjectWriter::WriteVectors(RepoNo repo, ModelNo model, std::span<const NewVector> vectors,
                                        std::int16_t text_template, const Deadline& deadline) {
  if (vectors.empty()) return {};
  Interner texts = Interner::OfTexts(text_template);
  for (const NewVector& vector : vectors) texts.Add(AsBytes(vector.input));
  SpaceNo space;
  std::int64_t gc_epoch = 0;
  const auto look = [&](PgTransaction& tx) -> Result<void> {
    COPPICE_ASSIGN(space, SpaceOf(tx, repo));
    COPPICE_ASSIGN(const int dimensions, DimensionsOf(tx, model));
    for (const NewVector& vector : vectors) COPPICE_TRY(CheckVector(vector, dimensions));
    gc_epoch = GcEpoch(tx, space);
    texts.Look(tx, space);
    return {};
  };
  COPPICE_TRY(RunTransaction(pool_, PgAccess::kRead, deadline, look));
  COPPICE_TRY(texts.Allocate(pool_, space, deadline));
  return RunTransaction(pool_, PgAccess::kWrite, deadline, [&](PgTransaction& tx) -> Result<void> {
    COPPICE_TRY(LockSpace(tx, repo));
    if (GcEpoch(tx, space) != gc_epoch) {
      return MakeError(ErrorCode::kUnavailable, "the space was swept meanwhile");
    }
    texts.Insert(tx, space);
    std::map<std::int32_t, std::span<const float>> sorted;
    for (const NewVector& vector : vectors) sorted.emplace(texts.NumberOf(AsBytes(vector.input)), vector.values);
    std::vector<std::int32_t> numbers;
    std::vector<std::span<const float>> values;
    for (const auto& [number, vector] : sorted) {
      numbers.push_back(number);
      values.push_back(vector);
    }
    InsertVectors(tx, space, model, numbers, values);
    return {};
  });
}

}  // namespace coppice::store
