#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

#include "base/deadline.h"
#include "base/result.h"
#include "embed/embedder_registry.h"
#include "store/store.h"

namespace coppice::indexer {

/// Makes the vectors that daemons without a model left out, and builds those of another model
/// beside the ones that are served, whose place it takes when none is missing.
///
/// Place:  made by App; one thread ("vector-fill"). Any number of daemons fill one database: each
/// takes
///         spans of blobs that no other has.
/// Shape:  texts are built again out of facts and bodies; no repository is read. What is done
/// stays:
///         a pass that was cut short is gone on with.
/// Limits: kBlobsAtATime bodies in memory; a span is another daemon's when this one has not said
///         anything for `lease`.
/// Errors: those of store and model; while the model cannot be run the generation says why.
class VectorFiller {
 public:
  struct Options {
    std::int32_t span_blobs = 256;
    std::chrono::seconds lease{300};
  };

  /// All must outlive this. `owner` tells this daemon from others.
  VectorFiller(store::Store& store, embed::EmbedderRegistry& models, std::string owner,
               const Options& options)
      : store_(store), models_(models), owner_(std::move(owner)), options_(options) {}
  VectorFiller(store::Store& store, embed::EmbedderRegistry& models, std::string owner)
      : VectorFiller(store, models, std::move(owner), Options()) {}

  /// What is pending, then one pass over everything where a generation is being built. True when
  /// something was written or switched.
  Result<bool> Step(const Deadline& deadline);
  /// Steps until asked to stop; what goes wrong is logged once.
  void Run(const std::stop_token& stop);

 private:
  struct Work;
  Result<bool> Drain(const Deadline& deadline);
  Result<bool> Build(const store::Generation& building, const Deadline& deadline);
  Result<void> FillSpan(Work& work, const store::BlobSpan& span, const Deadline& deadline);
  Result<void> FillBlobs(Work& work, const store::BlobSpan& span,
                         std::span<const store::BlobNo> blobs, const Deadline& deadline);
  /// Says how far it is, and looks whether it is still being built.
  Result<void> Report(Work& work, const Deadline& deadline);

  store::Store& store_;
  embed::EmbedderRegistry& models_;
  const std::string owner_;
  const Options options_;
};

}  // namespace coppice::indexer
