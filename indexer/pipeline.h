#pragma once

#include <functional>

#include "base/deadline.h"
#include "base/result.h"
#include "embed/embedder.h"
#include "indexer/parse/worker/parser_pool.h"
#include "store/store.h"

namespace coppice::indexer {

/// Brings one tracked ref to a commit: scan, then parse and write side by side, then move the ref.
///
/// Place:  called by the index worker, one commit at a time.
/// Limits: one batch is parsed while the one before it is written, and one waits between them.
/// Errors: those of git, parser and store; what `on_progress` gives (a lost claim, a cancellation).
///         Whatever was written stays and is not done again.
class Pipeline {
 public:
  using OnProgress = std::function<Result<void>(const store::JobProgress&)>;

  /// All must outlive this. `model` is the number of the embedder's model.
  Pipeline(store::Store& store, ParserPool& pool, const embed::Embedder& embedder,
           store::ModelNo model)
      : store_(store), pool_(pool), embedder_(embedder), model_(model) {}

  /// Indexes `target` and moves `ref` to it. What is at `target` already is indexed again as far as
  /// other versions made it.
  Result<void> Run(const store::JobRecord& job, const store::RepoRecord& repo,
                   const store::RefRecord& ref, const store::ObjectId& target,
                   const OnProgress& on_progress, const Deadline& deadline);

  /// What it indexes with.
  [[nodiscard]] store::IndexVersions versions() const;

 private:
  struct Work;
  Result<void> ParseAndWrite(Work& work, const OnProgress& on_progress, const Deadline& deadline);

  store::Store& store_;
  ParserPool& pool_;
  const embed::Embedder& embedder_;
  const store::ModelNo model_;
};

}  // namespace coppice::indexer
