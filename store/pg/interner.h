#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/deadline.h"
#include "base/result.h"
#include "store/model.h"
#include "store/pg/numbers.h"
#include "store/pg/transaction.h"

namespace coppice::store {

/// Gives names, or embedder inputs, their dense numbers in a space, making those that are new.
///
/// Place:  one per write: Add all keys, then Look, Allocate and Insert in this order.
/// Shape:  Look reads in a first transaction, Allocate takes numbers in a short one of its own, Insert
///         works in the writing one. Rows go in sorted by key, so concurrent writers do not deadlock.
/// Limits: one thread.
class Interner {
 public:
  static Interner OfNames() { return Interner(NumberKind::kName, 0); }
  static Interner OfTexts(std::int16_t text_template) { return Interner(NumberKind::kText, text_template); }

  void Add(std::string_view key);
  void Look(PgTransaction& tx, SpaceNo space);
  Result<void> Allocate(PgPool& pool, SpaceNo space, const Deadline& deadline);
  void Insert(PgTransaction& tx, SpaceNo space);
  /// The number of a key that was added.
  [[nodiscard]] std::int32_t NumberOf(std::string_view key) const;

 private:
  Interner(NumberKind kind, std::int16_t text_template) : kind_(kind), text_template_(text_template) {}
  [[nodiscard]] std::vector<std::string_view> Missing() const;

  NumberKind kind_;
  std::int16_t text_template_;
  std::int32_t first_new_ = 0;
  std::unordered_map<std::string, std::int32_t> numbers_;  // kUnknown until found
};

/// The key under which a name is interned: itself up to 2,000 bytes; a longer one is cut, with the
/// SHA-256 of the whole behind it.
std::string NameKey(std::string_view name);

}  // namespace coppice::store
