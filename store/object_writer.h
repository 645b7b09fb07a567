#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "store/catalog.h"
#include "store/job_queue.h"
#include "store/model.h"

namespace coppice::store {

/// A commit as the index keeps it. Names and message are bytes.
struct CommitRecord {
  ObjectId id;
  ObjectId tree;
  std::vector<ObjectId> parents;
  std::int64_t author_time = 0;  // seconds since 1970
  std::string author;
  std::string message;
};

/// A file's content, addressed by SHA-256 in its space and found by git's id in its repository.
struct NewBlob {
  ObjectId id;
  Sha256 sha256{};
  std::uint64_t size_bytes = 0;
  BlobState state = BlobState::kIndexed;
  Reason reason = Reason::kNone;
  LanguageHint hint;
  std::string body;  // empty for kSkipped
};

/// Facts of one blob under one grammar; `text_inputs[i]` is the SHA-256 of the embedder input of
/// chunk i.
struct NewFacts {
  ObjectId blob;
  BlobFacts facts;
  std::vector<Sha256> text_inputs;
};

/// The vector of one embedder input.
struct NewVector {
  Sha256 input{};
  std::vector<float> values;
};

/// Moves a tracked ref to a commit whose objects are all written.
struct RefMove {
  RepoNo repo;
  std::string ref;
  ObjectId old_commit;  // as the job read it; empty before the first time
  ObjectId new_commit;
  Coverage coverage;
  std::int64_t chunk_count = 0;
  IndexVersions versions;
  std::string subtree;  // what of the commit was indexed
};

/// The write path: bulk, idempotent, sorted by key, so that any number of daemons may write.
///
/// Place:  over the pool; one call = one transaction.
/// Shape:  a binary array for each column, then set-based statements.
/// Limits: a caller hands over at most some 500 blobs a call.
/// Errors: kUnavailable (try again), kConflict where said.
class ObjectWriter {
 public:
  explicit ObjectWriter(PgPool& pool) : pool_(pool) {}

  /// Trees and commit, and a pin that keeps them while the job runs.
  Result<void> WriteCommit(const JobRecord& job, const CommitRecord& commit,
                           std::span<const std::pair<ObjectId, std::string>> raw_trees,
                           const Deadline& deadline);
  /// Which of these ids the repository does not know yet. A blob known to the space under the same
  /// SHA-256 from another repository costs one lookup row.
  Result<std::vector<ObjectId>> UnknownBlobs(RepoNo repo, std::span<const ObjectId> ids,
                                             const Deadline& deadline);
  /// Which (blob, grammar) pairs have no facts of these versions yet: of this extractor or a newer
  /// one, their texts of this template and with vectors of this model. Blobs not known are left
  /// out.
  struct FactKey {
    ObjectId blob;
    Language grammar;
    friend auto operator<=>(const FactKey&, const FactKey&) = default;
  };
  Result<std::vector<FactKey>> MissingFacts(RepoNo repo, std::span<const FactKey> keys,
                                            const IndexVersions& versions,
                                            const Deadline& deadline);
  Result<void> WriteBlobs(RepoNo repo, std::span<const NewBlob> blobs, const Deadline& deadline);
  /// Numbers names and texts, writes facts (replacing those of older extractors, and of the same
  /// one with another template or model). Their texts must have vectors of the model already.
  Result<void> WriteFacts(RepoNo repo, std::span<const NewFacts> facts, std::int16_t text_template,
                          ModelNo model, const Deadline& deadline);
  /// Which inputs have no vector of this model yet, in the order given, each once.
  Result<std::vector<Sha256>> MissingVectors(RepoNo repo, ModelNo model,
                                             std::span<const Sha256> inputs,
                                             std::int16_t text_template, const Deadline& deadline);
  Result<void> WriteVectors(RepoNo repo, ModelNo model, std::span<const NewVector> vectors,
                            std::int16_t text_template, const Deadline& deadline);
  /// The last small transaction: checks the fencing token and the old commit, moves the ref, bumps
  /// the repository's gen, ends the job, drops its pin, wakes the followers.
  /// Errors: kConflict when the claim is no longer the job's; the same, retryable, when the ref, the
  ///         repository's subtree or the model that is served is not what the job read.
  Result<void> MoveRef(const JobRecord& job, const RefMove& move, const Deadline& deadline);

 private:
  PgPool& pool_;
};

}  // namespace coppice::store
