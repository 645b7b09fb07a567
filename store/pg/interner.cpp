#include "store/pg/interner.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "base/digest.h"
#include "base/format.h"

namespace coppice::store {
namespace {

constexpr std::int32_t kUnknown = -1;
constexpr std::size_t kLongestName = 2000;

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
  const BinaryArray keys = BinaryArray::OfBytes(missing);
  const auto rows =
      kind_ == NumberKind::kName
          ? tx.Query("SELECT n.name, n.name_no FROM unnest($2::bytea[]) AS k (key) "
                     "CROSS JOIN LATERAL (SELECT name, name_no FROM coppice.name "
                     "  WHERE space = $1 AND name = k.key OFFSET 0) AS n",
                     space.value, keys.parameter())
          : tx.Query("SELECT t.input_sha256, t.text_no FROM unnest($2::bytea[]) AS k (key) "
                     "CROSS JOIN LATERAL (SELECT input_sha256, text_no FROM coppice.text "
                     "  WHERE space = $1 AND input_sha256 = k.key AND template = $3 OFFSET 0) AS t",
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
  std::vector<std::int32_t> numbers(missing.size());
  std::iota(numbers.begin(), numbers.end(), first_new_);
  const BinaryArray number_array = BinaryArray::OfInts(numbers);
  const BinaryArray keys = BinaryArray::OfBytes(missing);
  const auto inserted =
      kind_ == NumberKind::kName
          ? tx.Query("INSERT INTO coppice.name (space, name_no, name) SELECT $1, no, key "
                     "FROM unnest($2::int4[], $3::bytea[]) AS s (no, key) ORDER BY key "
                     "ON CONFLICT (space, name) DO NOTHING",
                     space.value, number_array.parameter(), keys.parameter())
          : tx.Query("INSERT INTO coppice.text (space, text_no, input_sha256, template) SELECT $1, no, key, "
                     "$4::int2 FROM unnest($2::int4[], $3::bytea[]) AS s (no, key) ORDER BY key "
                     "ON CONFLICT (space, input_sha256, template) DO NOTHING",
                     space.value, number_array.parameter(), keys.parameter(), text_template_);
  if (std::cmp_equal(inserted.affected_rows(), missing.size())) {
    for (std::size_t i = 0; i < missing.size(); ++i) numbers_[std::string(missing[i])] = numbers[i];
  } else {
    Look(tx, space);  // another writer was first with some: its numbers hold
  }
}

std::int32_t Interner::NumberOf(std::string_view key) const { return numbers_.at(std::string(key)); }

}  // namespace coppice::store
