#include <algorithm>
#include <limits>
#include <map>
#include <tuple>
#include <unordered_map>

#include "base/format.h"
#include "store/fact_columns.h"
#include "store/object_writer.h"
#include "store/pg/interner.h"
#include "store/pg/transaction.h"

// ObjectWriter's half that writes facts.
namespace coppice::store {
namespace {

constexpr std::uint32_t kLargestOffset = std::numeric_limits<std::int32_t>::max();

bool Fits(ByteRange range) {
  return range.begin <= kLargestOffset && range.end <= kLargestOffset;
}
bool Fits(LineRange lines) {
  return lines.first <= kLargestOffset && lines.last <= kLargestOffset;
}

/// Whether the rows can hold these facts: chunks that follow on one another, numbers in range.
bool CanBeStored(const NewFacts& entry) {
  const BlobFacts& facts = entry.facts;
  if (entry.text_inputs.size() != facts.chunks.size()) return false;
  for (std::size_t i = 0; i < facts.chunks.size(); ++i) {
    const Chunk& chunk = facts.chunks[i];
    if (!Fits(chunk.range) || !Fits(chunk.lines)) return false;
    if (i > 0 && chunk.range.begin != facts.chunks[i - 1].range.end) return false;
    if (chunk.definition < -1 || std::cmp_greater_equal(chunk.definition, facts.definitions.size())) return false;
  }
  return std::all_of(facts.definitions.begin(), facts.definitions.end(),
                     [](const Definition& d) {
                       return Fits(d.range) && Fits(d.lines) && Fits(d.signature) && Fits(d.doc);
                     }) &&
         std::all_of(facts.references.begin(), facts.references.end(), [](const Reference& r) {
           return r.line <= kLargestOffset && r.column <= kLargestOffset;
         });
}

using BlobNumbers = std::unordered_map<std::string, std::int32_t>;

/// Numbers of the blobs with these ids that the repository knows.
BlobNumbers FindBlobNumbers(PgTransaction& tx, SpaceNo space, RepoNo repo, std::span<const std::string_view> ids) {
  BlobNumbers numbers;
  for (const auto& row : tx.Query(
           "SELECT g.oid, g.blob_no FROM unnest($3::bytea[]) AS k (oid) "
           "CROSS JOIN LATERAL (SELECT oid, blob_no FROM coppice.git_object "
           "  WHERE space = $1 AND repo = $2 AND oid = k.oid OFFSET 0) AS g",
           space.value, repo.value, BinaryArray::OfBytes(ids).parameter())) {
    numbers.emplace(ReadBytes(row[0]), row[1].as<std::int32_t>());
  }
  return numbers;
}

/// One write of facts, in its three transactions.
struct FactBatch {
  RepoNo repo;
  std::span<const NewFacts> facts;
  std::int16_t text_template;
  ModelNo model;
  Interner names = Interner::OfNames();
  Interner texts;
  SpaceNo space{};
  std::int64_t gc_epoch = 0;
  BlobNumbers blobs{};

  Result<void> Look(PgTransaction& tx) {
    COPPICE_ASSIGN(space, SpaceOf(tx, repo));
    gc_epoch = GcEpoch(tx, space);
    std::vector<std::string_view> ids;
    for (const NewFacts& entry : facts) ids.emplace_back(entry.blob.bytes);
    blobs = FindBlobNumbers(tx, space, repo, ids);
    for (const NewFacts& entry : facts) {
      if (!blobs.contains(entry.blob.bytes)) {
        return MakeError(ErrorCode::kNotFound, fmt::format("blob {} is not stored", entry.blob.ToHex()));
      }
    }
    names.Look(tx, space);
    texts.Look(tx, space);
    return {};
  }

  /// Locks the rows in the order of their key first: a DELETE takes them in any order.
  void DeleteOlder(PgTransaction& tx) const {
    std::vector<std::int32_t> numbers;
    std::map<std::pair<std::int32_t, Language>, std::int32_t> newest;
    for (const NewFacts& entry : facts) {
      numbers.push_back(blobs.at(entry.blob.bytes));
      std::int32_t& extractor = newest[{numbers.back(), entry.facts.grammar}];
      extractor = std::max(extractor, entry.facts.extractor);
    }
    std::string old = "{";
    for (const auto& row : tx.Query(
             "SELECT blob_no, grammar, extractor, ctid FROM coppice.blob_fact WHERE space = $1 "
             "AND blob_no = ANY ($2::int4[]) ORDER BY blob_no, grammar, extractor FOR UPDATE",
             space.value, BinaryArray::OfInts(numbers).parameter())) {
      const auto found = newest.find({row[0].as<std::int32_t>(), static_cast<Language>(row[1].as<std::int16_t>())});
      if (found == newest.end() || row[2].as<std::int32_t>() >= found->second) continue;
      old += fmt::format("{}\"{}\"", old.size() > 1 ? "," : "", row[3].view());
    }
    if (old.size() > 1) tx.Query("DELETE FROM coppice.blob_fact WHERE ctid = ANY ($1::tid[])", old + "}");
  }

  /// Sorted by key, so that writers that share rows wait for each other.
  [[nodiscard]] FactColumns Columns() const {
    std::map<std::tuple<std::int32_t, Language, std::int32_t>, const NewFacts*> sorted;
    for (const NewFacts& entry : facts) {
      sorted.emplace(std::tuple(blobs.at(entry.blob.bytes), entry.facts.grammar, entry.facts.extractor), &entry);
    }
    FactColumns columns;
    std::vector<std::int32_t> of_names;
    std::vector<std::int32_t> of_texts;
    for (const auto& [key, entry] : sorted) {
      of_names.clear();
      of_texts.clear();
      for (const Definition& definition : entry->facts.definitions) {
        of_names.push_back(names.NumberOf(NameKey(definition.name)));
      }
      for (const Reference& reference : entry->facts.references) {
        of_names.push_back(names.NumberOf(NameKey(reference.name)));
      }
      for (const Sha256& input : entry->text_inputs) of_texts.push_back(texts.NumberOf(AsBytes(input)));
      columns.Add(std::get<0>(key), entry->facts, of_names, of_texts);
    }
    return columns;
  }

  Result<void> Write(PgTransaction& tx) {
    COPPICE_TRY(LockSpace(tx, repo));
    if (GcEpoch(tx, space) != gc_epoch) {
      return MakeError(ErrorCode::kUnavailable, "the space was swept meanwhile");
    }
    names.Insert(tx, space);
    texts.Insert(tx, space);
    DeleteOlder(tx);
    Columns().Insert(tx, space, text_template, model);
    return {};
  }
};

}  // namespace

Result<std::vector<ObjectWriter::FactKey>> ObjectWriter::MissingFacts(RepoNo repo, std::span<const FactKey> keys,
                                                                      const IndexVersions& versions,
                                                                      const Deadline& deadline) {
  std::vector<std::string_view> ids;
  std::vector<std::int16_t> grammars;
  std::vector<std::int32_t> ordinals;
  for (const FactKey& key : keys) {
    ids.emplace_back(key.blob.bytes);
    grammars.push_back(static_cast<std::int16_t>(key.grammar));
    ordinals.push_back(static_cast<std::int32_t>(ordinals.size()));
  }
  return RunTransaction(pool_, PgAccess::kRead, deadline, [&](PgTransaction& tx) -> Result<std::vector<FactKey>> {
    COPPICE_ASSIGN(const SpaceNo space, SpaceOf(tx, repo));
    std::vector<FactKey> missing;
    for (const auto& row : tx.Query(
             "SELECT k.i FROM unnest($3::bytea[], $4::int2[], $5::int4[]) AS k (oid, grammar, i) "
             "CROSS JOIN LATERAL (SELECT blob_no FROM coppice.git_object "
             "  WHERE space = $1 AND repo = $2 AND oid = k.oid OFFSET 0) AS g "
             "LEFT JOIN LATERAL (SELECT 1 AS known FROM coppice.blob_fact WHERE space = $1 AND blob_no = g.blob_no "
             "  AND grammar = k.grammar AND extractor >= $6 AND template = $7 AND CASE WHEN model = $8 OR $8 = 0 THEN true ELSE "
             "    NOT EXISTS (SELECT FROM unnest(c_text) AS t (no) LEFT JOIN LATERAL (SELECT 1 AS there "
             "      FROM coppice.text_vector WHERE space = $1 AND model = $8 AND text_no = t.no OFFSET 0) AS v ON true "
             "      WHERE v.there IS NULL) END LIMIT 1) AS f ON true "
             "WHERE f.known IS NULL ORDER BY k.i",
             space.value, repo.value, BinaryArray::OfBytes(ids).parameter(),
             BinaryArray::OfSmallInts(grammars).parameter(), BinaryArray::OfInts(ordinals).parameter(),
             versions.extractor, versions.text_template, versions.model.value)) {
      missing.push_back(keys[row[0].as<std::size_t>()]);
    }
    return missing;
  });
}

Result<void> ObjectWriter::WriteFacts(RepoNo repo, std::span<const NewFacts> facts, std::int16_t text_template,
                                      ModelNo model, const Deadline& deadline) {
  if (facts.empty()) return {};
  FactBatch batch{.repo = repo,
                  .facts = facts,
                  .text_template = text_template,
                  .model = model,
                  .texts = Interner::OfTexts(text_template)};
  for (const NewFacts& entry : facts) {
    if (!CanBeStored(entry)) {
      return MakeError(ErrorCode::kInvalidArgument,
                       fmt::format("blob {}: its facts do not hold together", entry.blob.ToHex()));
    }
    for (const Definition& definition : entry.facts.definitions) batch.names.Add(NameKey(definition.name));
    for (const Reference& reference : entry.facts.references) batch.names.Add(NameKey(reference.name));
    for (const Sha256& input : entry.text_inputs) batch.texts.Add(AsBytes(input));
  }
  COPPICE_TRY(RunTransaction(pool_, PgAccess::kRead, deadline, [&](PgTransaction& tx) { return batch.Look(tx); }));
  COPPICE_TRY(batch.names.Allocate(pool_, batch.space, deadline));
  COPPICE_TRY(batch.texts.Allocate(pool_, batch.space, deadline));
  return RunTransaction(pool_, PgAccess::kWrite, deadline, [&](PgTransaction& tx) { return batch.Write(tx); });
}

}  // namespace coppice::store
