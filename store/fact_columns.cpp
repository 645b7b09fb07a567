#include "store/fact_columns.h"

#include <utility>

#include "base/format.h"
#include "store/pg/values.h"

namespace coppice::store {
namespace {

std::int32_t Int(std::uint32_t value) { return static_cast<std::int32_t>(value); }

/// The statement and its parameters, grown together.
class Statement {
 public:
  /// A column with one value for each row.
  void Scalar(std::string_view name, std::string_view type, BinaryArray values) {
    sources_ += fmt::format("{}{}::{}[]", Comma(sources_), Next(std::move(values)), type);
    aliases_ += fmt::format("{}{}", Comma(aliases_), name);
  }
  /// A column with one array for each row, between the scalars `share`_0 and `share`_1.
  void Array(std::string_view name, std::string_view type, std::string_view share,
             BinaryArray values) {
    columns_ += fmt::format(", {}", name);
    cuts_ += fmt::format(", ({}::{}[])[s.{}_0 + 1 : s.{}_1]", Next(std::move(values)), type, share,
                         share);
    replaces_ += fmt::format(", {0} = excluded.{0}", name);
  }
  void Run(PgTransaction& tx, SpaceNo space, std::int16_t text_template, ModelNo model) {
    const std::string sql = fmt::format(
        "INSERT INTO coppice.blob_fact AS f (space, blob_no, grammar, extractor, template, model, "
        "status, reason{}) "
        "SELECT {}, s.blob_no, s.grammar, s.extractor, {}, {}, s.status, s.reason{} "
        "FROM unnest({}) AS s ({}) ON CONFLICT (space, blob_no, grammar, extractor) DO UPDATE SET "
        "template = excluded.template, model = excluded.model, status = excluded.status, reason = "
        "excluded.reason{} "
        "WHERE (f.template, f.model) <> (excluded.template, excluded.model)",
        columns_, space.value, text_template, model.value, cuts_, sources_, aliases_, replaces_);
    pqxx::params params;
    for (const BinaryArray& values : parameters_) params.append(values.parameter());
    tx.Run(sql, params);
  }

 private:
  static std::string_view Comma(const std::string& list) { return list.empty() ? "" : ", "; }
  std::string Next(BinaryArray values) {
    parameters_.push_back(std::move(values));
    return fmt::format("${}", parameters_.size());
  }

  std::string columns_, cuts_, sources_, aliases_, replaces_;
  std::vector<BinaryArray> parameters_;
};

}  // namespace

void FactColumns::Shares::Add(std::size_t count) {
  begins.push_back(ends.empty() ? 0 : ends.back());
  ends.push_back(begins.back() + static_cast<std::int32_t>(count));
}

void FactColumns::Add(std::int32_t blob_no, const BlobFacts& facts,
                      const std::vector<std::int32_t>& names,
                      const std::vector<std::int32_t>& texts) {
  blob_no_.push_back(blob_no);
  grammar_.push_back(static_cast<std::int16_t>(facts.grammar));
  extractor_.push_back(facts.extractor);
  status_.push_back(static_cast<std::int16_t>(facts.status));
  reason_.push_back(static_cast<std::int16_t>(facts.reason));
  begin_shares_.Add(facts.chunks.empty() ? 0 : facts.chunks.size() + 1);
  chunk_shares_.Add(facts.chunks.size());
  definition_shares_.Add(facts.definitions.size());
  reference_shares_.Add(facts.references.size());
  for (const Chunk& chunk : facts.chunks) {
    chunk_begin_.push_back(Int(chunk.range.begin));
    chunk_first_.push_back(Int(chunk.lines.first));
    chunk_last_.push_back(Int(chunk.lines.last));
    chunk_kind_.push_back(static_cast<std::int16_t>(chunk.kind));
    chunk_definition_.push_back(chunk.definition);
  }
  if (!facts.chunks.empty()) chunk_begin_.push_back(Int(facts.chunks.back().range.end));
  chunk_text_.insert(chunk_text_.end(), texts.begin(), texts.end());
  auto name = names.begin();
  for (const Definition& definition : facts.definitions) {
    definition_kind_.push_back(static_cast<std::int16_t>(definition.kind));
    definition_name_.push_back(*name++);
    definition_symbol_.emplace_back(definition.symbol);
    definition_begin_.push_back(Int(definition.range.begin));
    definition_end_.push_back(Int(definition.range.end));
    definition_first_.push_back(Int(definition.lines.first));
    definition_last_.push_back(Int(definition.lines.last));
    signature_begin_.push_back(Int(definition.signature.begin));
    signature_end_.push_back(Int(definition.signature.end));
    doc_begin_.push_back(Int(definition.doc.begin));
    doc_end_.push_back(Int(definition.doc.end));
  }
  for (const Reference& reference : facts.references) {
    reference_kind_.push_back(static_cast<std::int16_t>(reference.kind));
    reference_name_.push_back(*name++);
    reference_line_.push_back(Int(reference.line));
    reference_column_.push_back(Int(reference.column));
  }
}

void FactColumns::Insert(PgTransaction& tx, SpaceNo space, std::int16_t text_template,
                         ModelNo model) const {
  Statement statement;
  const auto ints = [](const std::vector<std::int32_t>& values) {
    return BinaryArray::OfInts(values);
  };
  const auto small = [](const std::vector<std::int16_t>& values) {
    return BinaryArray::OfSmallInts(values);
  };
  const auto shares = [&](const std::string& name, const Shares& of) {
    statement.Scalar(name + "_0", "int4", ints(of.begins));
    statement.Scalar(name + "_1", "int4", ints(of.ends));
  };
  statement.Scalar("blob_no", "int4", ints(blob_no_));
  statement.Scalar("grammar", "int2", small(grammar_));
  statement.Scalar("extractor", "int4", ints(extractor_));
  statement.Scalar("status", "int2", small(status_));
  statement.Scalar("reason", "int2", small(reason_));
  shares("b", begin_shares_);
  shares("c", chunk_shares_);
  shares("d", definition_shares_);
  shares("r", reference_shares_);
  statement.Array("c_begin", "int4", "b", ints(chunk_begin_));
  statement.Array("c_first_line", "int4", "c", ints(chunk_first_));
  statement.Array("c_last_line", "int4", "c", ints(chunk_last_));
  statement.Array("c_kind", "int2", "c", small(chunk_kind_));
  statement.Array("c_definition", "int4", "c", ints(chunk_definition_));
  statement.Array("c_text", "int4", "c", ints(chunk_text_));
  statement.Array("d_kind", "int2", "d", small(definition_kind_));
  statement.Array("d_name", "int4", "d", ints(definition_name_));
  statement.Array("d_symbol", "bytea", "d", BinaryArray::OfBytes(definition_symbol_));
  statement.Array("d_begin", "int4", "d", ints(definition_begin_));
  statement.Array("d_end", "int4", "d", ints(definition_end_));
  statement.Array("d_first_line", "int4", "d", ints(definition_first_));
  statement.Array("d_last_line", "int4", "d", ints(definition_last_));
  statement.Array("d_sig_begin", "int4", "d", ints(signature_begin_));
  statement.Array("d_sig_end", "int4", "d", ints(signature_end_));
  statement.Array("d_doc_begin", "int4", "d", ints(doc_begin_));
  statement.Array("d_doc_end", "int4", "d", ints(doc_end_));
  statement.Array("r_kind", "int2", "r", small(reference_kind_));
  statement.Array("r_name", "int4", "r", ints(reference_name_));
  statement.Array("r_line", "int4", "r", ints(reference_line_));
  statement.Array("r_column", "int4", "r", ints(reference_column_));
  statement.Run(tx, space, text_template, model);
}

}  // namespace coppice::store
