#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "embed/chain/canary.h"
#include "embed/chain/link.h"
#include "embed/chain/link_health.h"
#include "embed/embedder.h"

namespace coppice::embed {

struct EmbedderChainOptions {
  /// How often a link that serves is compared with the record.
  std::chrono::milliseconds check_every = std::chrono::minutes(10);
  CircuitBreaker::Now now = &CircuitBreaker::Clock::now;
};

/// One embedding model in several places: the first that answers is asked. A chain of one link
/// guards it against a model that changes behind its name.
///
/// Place:   made by App around all back ends that are configured for embedding; ChainWatch calls
///          Check.
/// Shape:   all links must give the same vectors: each is compared with the canary record before it
///          serves, after each outage, and every `check_every`; one that differs is excluded until
///          it does not. Where links say how long a text they read, the shortest counts.
///          A link that fails with kUnavailable or kResourceExhausted is left alone for a while and
///          the next one asked.
/// Limits:  thread-safe.
/// Errors:  those of the link that answered; kUnavailable where none can be reached. Where those
///          that can have all changed: kConflict for documents, and queries get the zero vector,
///          which finds nothing, rather than one that finds what is not meant.
class EmbedderChain : public Embedder {
 public:
  /// Opens the links, and makes the record where `store`, which must outlive the chain, has none of
  /// this model and revision. What is away is opened later. The chain's name, revision and
  /// dimensions are those of the first link; while that is away, of its newest record.
  ///
  /// Errors: kInvalidArgument: no links, or names that differ after the '/'; kConflict: a fallback
  ///         that gives other vectors than the record; kUnavailable: the first link is away and was
  ///         never there; those of a link that is there and cannot be opened; those of `store`.
  static Result<std::unique_ptr<EmbedderChain>> Open(std::vector<ChainLink<Embedder>> links,
                                                     CanaryStore& store,
                                                     EmbedderChainOptions options,
                                                     const Deadline& deadline);

  const ModelInfo& info() const override { return info_; }
  Result<void> Embed(std::span<const std::string_view> inputs, Purpose purpose,
                     std::span<float> out, const Deadline& deadline) const override;

  /// Opens what was away, compares what is due. From one thread at a time.
  void Check(const Deadline& deadline);
  [[nodiscard]] ChainState state() const { return health_.state(); }

 private:
  EmbedderChain(std::vector<ChainLink<Embedder>> links, EmbedderChainOptions options);

  Result<void> OpenFirst(CanaryStore& store, const Deadline& deadline);
  Result<void> OpenFallback(std::size_t link, const Deadline& deadline);
  Result<void> MakeRecord(const Embedder& first, CanaryStore& store, const Deadline& deadline);
  Result<void> Compare(std::size_t link, const Deadline& deadline) const;
  Result<void> Ask(std::size_t link, std::span<const std::string_view> inputs, Purpose purpose,
                   std::span<float> out, const Deadline& deadline) const;
  Result<void> WithoutLink(const Error& last, Purpose purpose, std::span<float> out) const;
  void CheckLink(std::size_t link, const Deadline& deadline);

  const EmbedderChainOptions options_;
  mutable LinkHealth health_;
  OpenedLinks<Embedder> links_;
  ModelInfo info_;
  CanaryRecord record_;
  std::vector<CircuitBreaker::Clock::time_point> compare_at_;  // of Check's thread
};

}  // namespace coppice::embed
