#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "base/bounded_queue.h"
#include "base/deadline.h"
#include "base/result.h"
#include "base/thread.h"
#include "indexer/parse/worker/parser_process.h"
#include "store/model.h"

namespace coppice::indexer {

/// Some parser processes, each with a thread that talks to it.
///
/// Place:   owned by App or a test; its threads are "parse-0", "parse-1", …. Any thread may call.
/// Limits:  blobs go to a process in runs of at most kMaxRunBlobs and, but for a single larger one,
///          kMaxRunBytes; 2 × `workers` runs wait inside, a caller with more is slowed down. The
///          caller's blobs are borrowed until ParseAll returns; each process copies one run.
/// Errors:  ParseAll: those of ParserProcess::Parse, the first one; a blob that a process could not
///          cope with is no error.
class ParserPool {
 public:
  ParserPool(const ParserProcessOptions& options, int workers);
  /// Waits for the blobs in work.
  ~ParserPool();
  ParserPool(const ParserPool&) = delete;
  ParserPool& operator=(const ParserPool&) = delete;

  static constexpr std::size_t kMaxRunBlobs = 32;
  static constexpr std::size_t kMaxRunBytes = std::size_t{64} << 10U;

  using Item = ParserProcess::Item;
  /// Facts of every item, in their order, with all processes at work.
  Result<std::vector<store::BlobFacts>> ParseAll(std::span<const Item> items,
                                                 const Deadline& deadline);

 private:
  struct Batch;
  struct Task {
    Batch* batch = nullptr;
    std::size_t first = 0;
    std::size_t count = 0;
  };
  void Work(const ParserProcessOptions& options);

  BoundedQueue<Task> tasks_;
  std::vector<NamedThread> threads_;
};

}  // namespace coppice::indexer
