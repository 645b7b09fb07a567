#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "store/object_writer.h"
#include "store/pg/transaction.h"

namespace coppice::store {

/// Rows of coppice.blob_fact as arrays: each column of all rows is one binary parameter, and the
/// statement cuts every row's share out of it. No staging table and no text on the way.
///
/// Place:  on the stack of a write; what is added must outlive it.
/// Limits: a batch of some hundred blobs. Cutting `d_symbol` walks to its place: the square of the
///         definitions, 0.1 s for 100,000 of them.
class FactColumns {
 public:
  /// In the order of (blob, grammar, extractor), each once. `names` of the definitions, then of the
  /// references.
  void Add(std::int32_t blob_no, const BlobFacts& facts, const std::vector<std::int32_t>& names,
           const std::vector<std::int32_t>& texts);
  /// Writes them all; rows of the same key with another template or model are replaced.
  void Insert(PgTransaction& tx, SpaceNo space, std::int16_t text_template, ModelNo model) const;

 private:
  /// Where the share of each row begins and ends in the columns of a group.
  struct Shares {
    std::vector<std::int32_t> begins, ends;
    void Add(std::size_t count);
  };

  std::vector<std::int32_t> blob_no_, extractor_;
  std::vector<std::int16_t> grammar_, status_, reason_;
  Shares begin_shares_, chunk_shares_, definition_shares_, reference_shares_;
  std::vector<std::int32_t> chunk_begin_;
  std::vector<std::int16_t> chunk_kind_;
  std::vector<std::int32_t> chunk_first_, chunk_last_, chunk_definition_, chunk_text_;
  std::vector<std::int16_t> definition_kind_;
  std::vector<std::string_view> definition_symbol_;
  std::vector<std::int32_t> definition_name_, definition_begin_, definition_end_;
  std::vector<std::int32_t> definition_first_, definition_last_;
  std::vector<std::int32_t> signature_begin_, signature_end_, doc_begin_, doc_end_;
  std::vector<std::int16_t> reference_kind_;
  std::vector<std::int32_t> reference_name_, reference_line_, reference_column_;
};

}  // namespace coppice::store
