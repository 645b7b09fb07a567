#pragma once

#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <memory>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "store/model.h"
#include "store/object_writer.h"
#include "store/tree/walk.h"

namespace coppice::store {

/// How the parse of a blob under one grammar ended.
struct FactState {
  Language grammar = Language::kUnknown;
  std::int32_t extractor = 0;
  ParseStatus status = ParseStatus::kLines;
  Reason reason = Reason::kNone;
};

/// What is known of one blob, without its body.
struct BlobRecord {
  BlobNo blob;
  std::uint64_t size_bytes = 0;
  BlobState state = BlobState::kIndexed;
  Reason reason = Reason::kNone;
  LanguageHint hint;
  std::vector<FactState> facts;  // one a grammar, of the newest extractor

  /// Nothing where the blob was not parsed under this grammar.
  [[nodiscard]] const FactState* FactsUnder(Language grammar) const;
};

/// Facts with the numbers of the chunks' texts (same order as facts.chunks).
struct StoredFacts {
  BlobNo blob;
  BlobFacts facts;
  std::vector<TextNo> texts;
};

/// The read path: everything an answer needs, without the repository.
///
/// Place:  over the pool; any thread; every call one read-only statement or transaction.
/// Limits: callers ask in batches of some 500.
/// Errors: kUnavailable; kCorrupt for a body that does not decompress; kNotFound where said.
class ObjectReader {
 public:
  explicit ObjectReader(PgPool& pool) : pool_(pool) {}

  /// Errors: kNotFound.
  Result<CommitRecord> ReadCommit(RepoNo repo, const ObjectId& commit, const Deadline& deadline);
  /// Trees and .gitattributes of a repository, for WalkTree. Reads ahead all trees below the root it is asked first. The
  /// source must not outlive the reader.
  std::unique_ptr<ObjectSource> Source(RepoNo repo, const Deadline& deadline);
  /// Ids that are not known are left out of the map (keys: ObjectId::bytes).
  Result<std::unordered_map<std::string, BlobRecord>> FindBlobs(RepoNo repo,
                                                                std::span<const ObjectId> ids,
                                                                const Deadline& deadline);
  /// Objects of the repository that could not be read when they were needed, at most `limit`.
  Result<std::vector<ObjectId>> UnreadObjects(RepoNo repo, int limit, const Deadline& deadline);
  /// Facts of these blobs under every grammar they have been parsed with.
  Result<std::vector<StoredFacts>> ReadFacts(SpaceNo space, std::span<const BlobNo> blobs,
                                             const Deadline& deadline);
  /// How many chunks the facts of these (blob, grammar) pairs have together under this extractor.
  Result<std::int64_t> CountChunks(RepoNo repo, std::span<const ObjectWriter::FactKey> keys,
                                   std::int32_t extractor, const Deadline& deadline);
  Result<std::unordered_map<BlobNo, std::string>> ReadBodies(SpaceNo space,
                                                             std::span<const BlobNo> blobs,
                                                             const Deadline& deadline);
  /// The vectors that exist, as (text, model's dimension floats) in no order.
  struct StoredVectors {
    std::vector<TextNo> texts;
    std::vector<float> values;
  };
  Result<StoredVectors> ReadVectors(SpaceNo space, ModelNo model, std::span<const TextNo> texts,
                                    const Deadline& deadline);

 private:
  PgPool& pool_;
};

}  // namespace coppice::store
