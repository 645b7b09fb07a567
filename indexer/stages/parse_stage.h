#pragma once

#include <cstdint>
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
  std::uint64_t memory_bytes = 0;        // roughly, of all this
};

/// Bounds of one batch: what one transaction writes and what lies in memory at a time.
struct BatchLimits {
  std::size_t blobs = 250;
  std::size_t bytes = std::size_t{8}
                      << 20U;  // of source; a batch ends with the blob that passes it
};
/// What a byte of source becomes in a batch: itself, its facts, the texts to embed. Ordinary
/// sources stay below it.
inline constexpr std::uint64_t kMemoryPerSourceByte = 10;
/// Limits under which three batches (parsed, waiting, written) take about that much memory.
BatchLimits LimitsWithin(std::uint64_t memory_bytes);

/// Reads and parses the next blobs of `scan.work` from `from` on, as many as make one batch. An
/// object that is missing or damaged is a blob with the reason kMissing or kUnreadable, not an
/// error. Errors: those of the pool; kCancelled, kDeadlineExceeded; retryable where the repository
/// itself
///         cannot be read, or could not for a moment.
Result<ParsedBatch> ParseNextBatch(GitRepository& repository, ParserPool& pool, const Scan& scan,
                                   std::size_t from, const BatchLimits& limits,
                                   const Deadline& deadline);

}  // namespace coppice::indexer
