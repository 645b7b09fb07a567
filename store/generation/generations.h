#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "store/catalog.h"
#include "store/model.h"

namespace coppice::store {

class PgPool;
class PgTransaction;

/// A model as the database knows it.
struct ModelRecord {
  ModelNo number;
  std::string name;      // "static/default"
  std::string revision;  // SHA-256 of the weights
  int dimensions = 0;
};

/// The model of what was written without vectors.
inline constexpr ModelNo kNoModel{0};

enum class GenerationState : std::uint8_t { kBuilding = 0, kServing = 1, kKept = 2 };

/// The vectors of all texts under one model.
struct Generation {
  ModelRecord model;
  GenerationState state = GenerationState::kKept;
  std::int64_t done = 0;  // blob numbers looked at, of `total`; while it is being built
  std::int64_t total = 0;
  std::string problem;                    // why building does not go on; "" = it does
  std::optional<Timestamp> served_until;  // of one that is kept
};

/// Which model's vectors are served, and which are being made to take their place.
///
/// Place:  over the pool; any thread of any daemon. One model is served in a database, at most one
/// is
///         being built; all others that ever were are kept until they are dropped.
/// Shape:  a ref whose `model` is M has a vector of M for every text of its commit. Writers
/// (MoveRef)
///         and Switch hold the row of the serving generation, so that this never breaks.
/// Errors: kUnavailable, kDeadlineExceeded, kCancelled, and what is said.
class Generations {
 public:
  explicit Generations(PgPool& pool) : pool_(pool) {}

  /// Serving, building, then kept ones, the last served first.
  Result<std::vector<Generation>> List(const Deadline& deadline);
  /// Nothing before the first time.
  Result<std::optional<ModelRecord>> Serving(const Deadline& deadline);

  /// Where none is served: this one, at once.
  Result<void> ServeFirst(ModelNo model, const Deadline& deadline);
  /// Starts building beside the serving one; what was being built before is kept. Begun already:
  /// goes on. Errors: kConflict if it is served.
  Result<void> Begin(ModelNo model, const Deadline& deadline);
  /// What is being built is kept instead. Errors: kNotFound if nothing is.
  Result<void> GiveUp(const Deadline& deadline);
  /// For people.
  Result<void> Report(ModelNo model, std::int64_t done, std::int64_t total,
                      const std::string& problem, const Deadline& deadline);

  /// In one transaction: if every text of this template has a vector of `model`, it is served from
  /// now on, all refs are of it, the one before is kept, followers are woken. False, and nothing
  /// has changed, when a text has none yet. Errors: kNotFound if it is not being built.
  Result<bool> Switch(ModelNo model, std::int16_t text_template, const Deadline& deadline);

  /// Refs that a daemon without vectors moved are of the serving `model` from now on, where no fact
  /// of their space is without it any more; followers are woken. True if there were such.
  Result<bool> Complete(ModelNo model, std::int16_t text_template, const Deadline& deadline);

  /// Deletes a step of the vectors of one that is kept, at last itself. True while there is more.
  /// Errors: kNotFound; kConflict if it is served or being built.
  Result<bool> DropSome(ModelNo model, const Deadline& deadline);

 private:
  PgPool& pool_;
};

/// For a transaction that moves a ref: whether `model` is the one that is served, or kNoModel, or
/// none is yet. It stays so until the transaction ends.
bool HoldServing(PgTransaction& tx, ModelNo model);

}  // namespace coppice::store
