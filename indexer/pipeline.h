#pragma once

#include <cstdint>
#include <functional>

#include "base/deadline.h"
#include "base/memory_budget.h"
#include "base/result.h"
#include "embed/embedder_registry.h"
#include "indexer/parse/worker/parser_pool.h"
#include "store/store.h"

namespace coppice::indexer {

/// Brings one tracked ref to a commit: scan, then parse and write side by side, then move the ref.
/// Texts get vectors of the model that is served when it begins, or from another daemon later.
///
/// Place:  called by the index worker, one commit at a time.
/// Limits: one batch is parsed while the one before it is written, and one waits between them;
/// where
///         they grow beyond the memory they may take, parsing waits for writing.
/// Errors: those of git, parser, store and model; kResourceExhausted (no memory for the list of
/// files); what `on_progress` gives (a lost claim, a cancellation).
///         Whatever was written stays and is not done again.
class Pipeline {
 public:
  using OnProgress = std::function<Result<void>(const store::JobProgress&)>;

  struct Options {
    std::uint64_t batch_memory_bytes = std::uint64_t{256} << 20U;  // of all batches at a time
    bool embed = true;               // false: vectors are left to other daemons
    MemoryBudget* memory = nullptr;  // what a commit's files take is a share of it ("scan")
  };
  /// All must outlive this.
  Pipeline(store::Store& store, ParserPool& pool, embed::EmbedderRegistry& models,
           const Options& options)
      : store_(store), pool_(pool), models_(models), options_(options) {}
  Pipeline(store::Store& store, ParserPool& pool, embed::EmbedderRegistry& models)
      : Pipeline(store, pool, models, Options()) {}

  /// Indexes `target` and moves `ref` to it. What is at `target` already is indexed again as far as
  /// other versions made it.
  Result<void> Run(const store::JobRecord& job, const store::RepoRecord& repo,
                   const store::RefRecord& ref, const store::ObjectId& target,
                   const OnProgress& on_progress, const Deadline& deadline);

 private:
  struct Work;
  Result<void> ParseAll(Work& work, const Deadline& deadline);
  Result<void> WriteAll(Work& work, const OnProgress& on_progress, const Deadline& deadline);
  Result<void> ParseAndWrite(Work& work, const OnProgress& on_progress, const Deadline& deadline);

  store::Store& store_;
  ParserPool& pool_;
  embed::EmbedderRegistry& models_;
  const Options options_;
};

}  // namespace coppice::indexer
