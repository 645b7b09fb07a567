#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "store/model.h"

namespace coppice::store {

class PgPool;

/// Blob numbers of one space, half open.
struct BlobSpan {
  SpaceNo space;
  std::int32_t first = 0;
  std::int32_t end = 0;
};

/// What of the facts still lacks a vector of some model, and its filling by any number of daemons.
///
/// Place:  over the pool; used by the indexer's VectorFiller.
/// Shape:  a text is named by its number: the input it stands for is built again from facts and
/// body. Errors: kUnavailable, kDeadlineExceeded, kCancelled, and what is said.
class VectorBacklog {
 public:
  explicit VectorBacklog(PgPool& pool) : pool_(pool) {}

  /// All blobs there are, a span for each space that has some.
  Result<std::vector<BlobSpan>> Spaces(const Deadline& deadline);

  /// Takes a span for this daemon until `lease` has passed; again prolongs it. False when another
  /// one has it.
  Result<bool> Claim(ModelNo model, const BlobSpan& span, std::chrono::seconds lease,
                     const std::string& owner, const Deadline& deadline);
  Result<void> Release(ModelNo model, const BlobSpan& span, const std::string& owner,
                       const Deadline& deadline);

  /// Blobs of the span with facts of this template of which a text has no vector of the model.
  Result<std::vector<BlobNo>> Lacking(ModelNo model, const BlobSpan& span,
                                      std::int16_t text_template, const Deadline& deadline);
  /// Spans of so many blobs in which a daemon without vectors wrote facts.
  Result<std::vector<BlobSpan>> Pending(std::int32_t span_blobs, const Deadline& deadline);
  /// The facts of the span that were written without vectors, and whose texts all have one of the
  /// model now, are of the model.
  Result<void> Settle(ModelNo model, const BlobSpan& span, std::int16_t text_template,
                      const Deadline& deadline);
  /// Which of these texts have none, in order, each once.
  Result<std::vector<TextNo>> WithoutVector(ModelNo model, SpaceNo space,
                                            std::span<const TextNo> texts,
                                            const Deadline& deadline);
  /// `values`: the model's dimension floats for each text. Texts that are gone meanwhile are left
  /// out. Errors: kInvalidArgument (a size that does not fit, a value that is not finite).
  Result<void> Write(ModelNo model, SpaceNo space, std::span<const TextNo> texts,
                     std::span<const float> values, const Deadline& deadline);

 private:
  PgPool& pool_;
};

}  // namespace coppice::store
