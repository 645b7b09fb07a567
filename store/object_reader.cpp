#include "store/object_reader.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/compress.h"
#include "base/format.h"
#include "store/pg/transaction.h"
#include "store/stored_source.h"

namespace coppice::store {
namespace {

constexpr std::int16_t kCodecZstd = 1;

template <class No>
BinaryArray ArrayOf(std::span<const No> numbers) {
  std::vector<std::int32_t> values;
  values.reserve(numbers.size());
  for (const No number : numbers) values.push_back(number.value);
  return BinaryArray::OfInts(values);
}

[[noreturn]] void FactsDiffer() { throw pqxx::conversion_error("the arrays of a fact differ in length"); }

/// One array column whose length is known.
template <class Int>
std::vector<Int> ReadColumn(const pqxx::field& field, std::size_t count) {
  auto values = ReadInts<Int>(field);
  if (values.size() != count) FactsDiffer();
  return values;
}

std::uint32_t Unsigned(std::int32_t value) { return static_cast<std::uint32_t>(value); }

/// The columns of a fact row after the first five, in the order of FactStatement.
enum FactColumn : int {
  kChunkBegin = 5,
  kChunkFirstLine,
  kChunkLastLine,
  kChunkKind,
  kChunkDefinition,
  kChunkText,
  kDefinitionKind,
  kDefinitionName,
  kDefinitionSymbol,
  kDefinitionBegin,
  kDefinitionEnd,
  kDefinitionFirstLine,
  kDefinitionLastLine,
  kSignatureBegin,
  kSignatureEnd,
  kDocBegin,
  kDocEnd,
  kReferenceKind,
  kReferenceName,
  kReferenceLine,
  kReferenceColumn,
};

constexpr std::string_view kFactStatement =
    "SELECT DISTINCT ON (blob_no, grammar) blob_no, grammar, extractor, status, reason, c_begin, c_first_line, "
    "c_last_line, c_kind, c_definition, c_text, d_kind, d_name, d_symbol, d_begin, d_end, d_first_line, d_last_line, "
    "d_sig_begin, d_sig_end, d_doc_begin, d_doc_end, r_kind, r_name, r_line, r_column "
    "FROM unnest($2::int4[]) AS k (no) "
    "CROSS JOIN LATERAL (SELECT * FROM coppice.blob_fact WHERE space = $1 AND blob_no = k.no OFFSET 0) AS f "
    "ORDER BY blob_no, grammar, extractor DESC";

void ReadChunks(const pqxx::row& row, StoredFacts& out) {
  const auto texts = ReadInts<std::int32_t>(row[kChunkText]);
  const std::size_t count = texts.size();
  const auto begins = ReadColumn<std::int32_t>(row[kChunkBegin], count == 0 ? 0 : count + 1);
  const auto first = ReadColumn<std::int32_t>(row[kChunkFirstLine], count);
  const auto last = ReadColumn<std::int32_t>(row[kChunkLastLine], count);
  const auto kinds = ReadColumn<std::int16_t>(row[kChunkKind], count);
  const auto definitions = ReadColumn<std::int32_t>(row[kChunkDefinition], count);
  out.facts.chunks.reserve(count);
  out.texts.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    out.facts.chunks.push_back({{Unsigned(begins[i]), Unsigned(begins[i + 1])},
                                {Unsigned(first[i]), Unsigned(last[i])},
                                static_cast<SymbolKind>(kinds[i]),
                                definitions[i]});
    out.texts.emplace_back(texts[i]);
  }
}

/// The numbers of names that stand in `definitions` and `references` until NameThem.
struct NameNumbers {
  std::vector<std::int32_t> definitions;
  std::vector<std::int32_t> references;
};

void ReadDefinitions(const pqxx::row& row, BlobFacts& facts, NameNumbers& names) {
  names.definitions = ReadInts<std::int32_t>(row[kDefinitionName]);
  const std::size_t count = names.definitions.size();
  auto symbols = ReadBytesArray(row[kDefinitionSymbol]);
  if (symbols.size() != count) FactsDiffer();
  const auto kinds = ReadColumn<std::int16_t>(row[kDefinitionKind], count);
  const auto begin = ReadColumn<std::int32_t>(row[kDefinitionBegin], count);
  const auto end = ReadColumn<std::int32_t>(row[kDefinitionEnd], count);
  const auto first = ReadColumn<std::int32_t>(row[kDefinitionFirstLine], count);
  const auto last = ReadColumn<std::int32_t>(row[kDefinitionLastLine], count);
  const auto sig_begin = ReadColumn<std::int32_t>(row[kSignatureBegin], count);
  const auto sig_end = ReadColumn<std::int32_t>(row[kSignatureEnd], count);
  const auto doc_begin = ReadColumn<std::int32_t>(row[kDocBegin], count);
  const auto doc_end = ReadColumn<std::int32_t>(row[kDocEnd], count);
  facts.definitions.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    facts.definitions.push_back({static_cast<SymbolKind>(kinds[i]),
                                 {},
                                 std::move(symbols[i]),
                                 {Unsigned(begin[i]), Unsigned(end[i])},
                                 {Unsigned(first[i]), Unsigned(last[i])},
                                 {Unsigned(sig_begin[i]), Unsigned(sig_end[i])},
                                 {Unsigned(doc_begin[i]), Unsigned(doc_end[i])}});
  }
}

void ReadReferences(const pqxx::row& row, BlobFacts& facts, NameNumbers& names) {
  names.references = ReadInts<std::int32_t>(row[kReferenceName]);
  const std::size_t count = names.references.size();
  const auto kinds = ReadColumn<std::int16_t>(row[kReferenceKind], count);
  const auto lines = ReadColumn<std::int32_t>(row[kReferenceLine], count);
  const auto columns = ReadColumn<std::int32_t>(row[kReferenceColumn], count);
  facts.references.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    facts.references.push_back(
        {static_cast<ReferenceKind>(kinds[i]), {}, Unsigned(lines[i]), Unsigned(columns[i])});
  }
}

StoredFacts ReadFactRow(const pqxx::row& row, NameNumbers& names) {
  StoredFacts stored;
  stored.blob = BlobNo(row[0].as<std::int32_t>());
  stored.facts.grammar = static_cast<Language>(row[1].as<std::int16_t>());
  stored.facts.extractor = row[2].as<std::int32_t>();
  stored.facts.status = static_cast<ParseStatus>(row[3].as<std::int16_t>());
  stored.facts.reason = static_cast<Reason>(row[4].as<std::int16_t>());
  ReadChunks(row, stored);
  ReadDefinitions(row, stored.facts, names);
  ReadReferences(row, stored.facts, names);
  return stored;
}

/// Puts the names themselves where their numbers were.
void NameThem(PgTransaction& tx, SpaceNo space, const std::vector<NameNumbers>& numbers,
              std::vector<StoredFacts>& facts) {
  std::vector<std::int32_t> wanted;
  for (const NameNumbers& entry : numbers) {
    wanted.insert(wanted.end(), entry.definitions.begin(), entry.definitions.end());
    wanted.insert(wanted.end(), entry.references.begin(), entry.references.end());
  }
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  std::unordered_map<std::int32_t, std::string> names;
  if (!wanted.empty()) {
    for (const auto& row :
         tx.Query("SELECT n.name_no, n.name FROM unnest($2::int4[]) AS k (no) "
                  "CROSS JOIN LATERAL (SELECT name_no, name FROM coppice.name "
                  "  WHERE space = $1 AND name_no = k.no OFFSET 0) AS n",
                  space.value, BinaryArray::OfInts(wanted).parameter())) {
      names.emplace(row[0].as<std::int32_t>(), ReadBytes(row[1]));
    }
  }
  for (std::size_t i = 0; i < facts.size(); ++i) {
    for (std::size_t d = 0; d < facts[i].facts.definitions.size(); ++d) {
      facts[i].facts.definitions[d].name = names[numbers[i].definitions[d]];
    }
    for (std::size_t r = 0; r < facts[i].facts.references.size(); ++r) {
      facts[i].facts.references[r].name = names[numbers[i].references[r]];
    }
  }
}

}  // namespace

Result<CommitRecord> ObjectReader::ReadCommit(RepoNo repo, const ObjectId& commit, const Deadline& deadline) {
  return RunTransaction(pool_, PgAccess::kRead, deadline, [&](PgTransaction& tx) -> Result<CommitRecord> {
    COPPICE_ASSIGN(const SpaceNo space, SpaceOf(tx, repo));
    const auto rows = tx.Query(
        "SELECT tree, parents, author_time, author, message FROM coppice.git_commit "
        "WHERE space = $1 AND repo = $2 AND oid = $3::bytea",
        space.value, repo.value, Bytes(commit.bytes));
    if (rows.empty()) {
      return MakeError(ErrorCode::kNotFound, fmt::format("commit {} is not indexed", commit.ToHex()));
    }
    CommitRecord record;
    record.id = commit;
    record.tree.bytes = ReadBytes(rows[0][0]);
    for (std::string& parent : ReadBytesArray(rows[0][1])) record.parents.push_back({std::move(parent)});
    record.author_time = rows[0][2].as<std::int64_t>();
    record.author = ReadBytes(rows[0][3]);
    record.message = ReadBytes(rows[0][4]);
    return record;
  });
}

std::unique_ptr<ObjectSource> ObjectReader::Source(RepoNo repo, const Deadline& deadline) {
  return std::make_unique<StoredSource>(pool_, repo, deadline);
}

Result<std::vector<StoredFacts>> ObjectReader::ReadFacts(SpaceNo space, std::span<const BlobNo> blobs,
                                                         const Deadline& deadline) {
  const BinaryArray numbers = ArrayOf(blobs);
  return RunTransaction(pool_, PgAccess::kRead, deadline, [&](PgTransaction& tx) -> Result<std::vector<StoredFacts>> {
    std::vector<StoredFacts> facts;
    std::vector<NameNumbers> names;
    for (const auto& row : tx.Query(std::string(kFactStatement), space.value, numbers.parameter())) {
      facts.push_back(ReadFactRow(row, names.emplace_back()));
    }
    NameThem(tx, space, names, facts);
    return facts;
  });
}

Result<std::unordered_map<BlobNo, std::string>> ObjectReader::ReadBodies(SpaceNo space,
                                                                         std::span<const BlobNo> blobs,
                                                                         const Deadline& deadline) {
  using Map = std::unordered_map<BlobNo, std::string>;
  const BinaryArray numbers = ArrayOf(blobs);
  return RunTransaction(pool_, PgAccess::kRead, deadline, [&](PgTransaction& tx) -> Result<Map> {
    Map bodies;
    for (const auto& row : tx.Query(
             "SELECT k.blob_no, d.codec, d.data, b.size FROM unnest($2::int4[]) AS k (blob_no) "
             "CROSS JOIN LATERAL (SELECT size FROM coppice.blob WHERE space = $1 AND blob_no = k.blob_no OFFSET 0) AS b "
             "CROSS JOIN LATERAL (SELECT codec, data FROM coppice.blob_body "
             "  WHERE space = $1 AND blob_no = k.blob_no OFFSET 0) AS d",
             space.value, numbers.parameter())) {
      const BlobNo blob(row[0].as<std::int32_t>());
      const auto size = row[3].as<std::size_t>();
      if (row[1].as<std::int16_t>() != kCodecZstd) {
        return MakeError(ErrorCode::kCorrupt, fmt::format("blob {}: unknown codec", blob.value));
      }
      auto body = Decompress(ReadBytes(row[2]), size);
      if (!body || body->size() != size) {
        return MakeError(ErrorCode::kCorrupt, fmt::format("blob {}: its body is damaged", blob.value));
      }
      bodies.emplace(blob, std::move(*body));
    }
    return bodies;
  });
}

Result<ObjectReader::StoredVectors> ObjectReader::ReadVectors(SpaceNo space, ModelNo model,
                                                              std::span<const TextNo> texts,
                                                              const Deadline& deadline) {
  const BinaryArray numbers = ArrayOf(texts);
  return RunTransaction(pool_, PgAccess::kRead, deadline, [&](PgTransaction& tx) -> Result<StoredVectors> {
    const auto rows = tx.Query(fmt::format("SELECT t.text_no, {}.halfvec_send(t.v) "
                                           "FROM unnest($3::int4[]) AS k (no) "
                                           "CROSS JOIN LATERAL (SELECT text_no, v FROM coppice.text_vector "
                                           "  WHERE space = $1 AND model = $2 AND text_no = k.no OFFSET 0) AS t",
                                           tx.vector_type().schema),
                               space.value, model.value, numbers.parameter());
    StoredVectors vectors;
    vectors.texts.reserve(static_cast<std::size_t>(rows.size()));
    for (const auto& row : rows) {
      vectors.texts.emplace_back(row[0].as<std::int32_t>());
      ReadHalfVector(row[1], vectors.values);
    }
    return vectors;
  });
}

}  // namespace coppice::store
