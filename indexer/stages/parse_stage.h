#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "indexer/git/repository.h"
#include "indexer/parse/worker/parser_pool.h"
#include "indexer/stages/scan_stage.h"
#include "store/object_writer.h"

namespace coppice::indexer {

/// What some blobs turned into, ready to be embedded and written.
struct ParsedBatch {
  std::vector<store::NewBlob> blobs;
  std::vector<store::NewFacts> facts;
  std::map<Sha256, std::string> inputs;  // embedder inputs of all chunks, each once
  std::size_t item_count = 0;            // of the scan's work
};

/// Bounds of one batch: what one transaction writes and what lies in memory at a time.
inline constexpr std::size_t kMaxBatchBlobs = 250;
inline constexpr std::size_t kMaxBatchBytes = std::size_t{8} << 20U;

/// Reads and parses the next blobs of `scan.work` from `from` on, as many as make one batch. An
/// object that is missing or damaged is a blob with the reason kMissing or kUnreadable, not an
/// error. Errors: those of the pool; kCancelled, kDeadlineExceeded; retryable where the repository
/// itself
///         cannot be read, or could not for a moment.
Result<ParsedBatch> ParseNextBatch(GitRepository& repository, ParserPool& pool, const Scan& scan,
                                   std::size_t from, const Deadline& deadline);

}  // namespace coppice::indexer
