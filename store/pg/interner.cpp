#include "store/pg/interner.h"

#include <algorithm>
#include <vector>

#include "base/digest.h"
#include "base/format.h"

namespace coppice::store {
namespace {

constexpr std::int32_t kUnknown = -1;
constexpr std::size_t kLongestName = 2000;

struct TableNames {
  std::string_view table;
  std::string_view number;
  std::string_view key;
};

TableNames NamesOf(NumberKind kind) {
  return kind == NumberKind::kName ? TableNames{"name", "name_no", "name"}
                                   : TableNames{"text", "text_no", "input_sha256"};
}

}  // namespace

std::string NameKey(std::string_view name) {
  if (name.size() <= kLongestName) return std::string(name);
  const std::string digest = ToHex(Sha256Of(name));
  return fmt::format("{}#{}", name.substr(0, kLongestName - digest.size() - 1), digest);
}

void Interner::Add(std::string_view key) { numbers_.try_emplace(std::string(key), kUnknown); }

std::vector<std::string_view> Interner::Missing() const {
  std::vector<std::string_view> keys;
  for (const auto& [key, number] : numbers_) {
    if (number == kUnknown) keys.emplace_back(key);
  }
  std::sort(keys.begin(), keys.end());
  return keys;
}

void Interner::Look(PgTransaction& tx, SpaceNo space) {
  const auto missing = Missing();
  if (missing.empty()) return;
  const auto names = NamesOf(kind_);
  const BinaryArray keys = BinaryArray::OfBytes(missing);
  const auto rows =
      kind_ == NumberKind::kName
          ? tx.Query("SELECT name, name_no FROM coppice.name WHERE space = $1 AND name = ANY ($2::bytea[])",
                     space.value, keys.parameter())
          : tx.Query(fmt::format("SELECT {}, {} FROM coppice.{} WHERE space = $1 AND {} = ANY ($2::bytea[]) "
                                 "AND template = $3",
                                 names.key, names.number, names.table, names.key),
                     space.value, keys.parameter(), text_template_);
  for (const auto& row : rows) numbers_[ReadBytes(row[0])] = row[1].as<std::int32_t>();
}

Result<void> Interner::Allocate(PgPool& pool, SpaceNo space, const Deadline& deadline) {
  COPPICE_ASSIGN(first_new_, AllocateNumbers(pool, space, kind_, Missing().size(), deadline));
  return {};
}

void Interner::Insert(PgTransaction& tx, SpaceNo space) {
  const auto missing = Missing();
  if (missing.empty()) return;
  const bool is_name = kind_ == NumberKind::kName;
  const auto names = NamesOf(kind_);
  const auto stage = fmt::format("stage_{}", names.table);
  tx.CreateStage(stage, "no int4, key bytea");
  tx.CopyInto(stage, "no, key", [&](pqxx::stream_to& stream) {
    std::int32_t number = first_new_;
    for (const std::string_view key : missing) stream.write_values(number++, Bytes(key));
  });
  const auto inserted =
      is_name ? tx.Query("INSERT INTO coppice.name (space, name_no, name) SELECT $1, no, key FROM "
                         "pg_temp.stage_name ORDER BY key ON CONFLICT (space, name) DO NOTHING",
                         space.value)
              : tx.Query("INSERT INTO coppice.text (space, text_no, input_sha256, template) SELECT $1, no, key, "
                         "$2::int2 FROM pg_temp.stage_text ORDER BY key "
                         "ON CONFLICT (space, input_sha256, template) DO NOTHING",
                         space.value, text_template_);
  if (std::cmp_equal(inserted.affected_rows(), missing.size())) {
    std::int32_t number = first_new_;
    for (const std::string_view key : missing) numbers_[std::string(key)] = number++;
  } else {
    Look(tx, space);  // another writer was first with some: its numbers hold
  }
}

std::int32_t Interner::NumberOf(std::string_view key) const { return numbers_.at(std::string(key)); }

}  // namespace coppice::store
