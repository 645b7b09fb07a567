#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string_view>
#include <vector>

#include "base/bounded_queue.h"
#include "base/mutex.h"
#include "base/thread.h"
#include "embed/batch/lane_queue.h"
#include "embed/batch/token_embedder.h"
#include "embed/embedder.h"

namespace coppice::embed {

struct BatcherOptions {
  std::size_t interactive_texts = 256;  ///< that wait; beyond them a query is refused
  std::size_t batch_texts = 4096;       ///< that wait; beyond them the caller waits
  /// How long a run of the batch lane that is not full waits for more, from its oldest text on.
  std::chrono::milliseconds added_wait{2};
  int batch_share = 5;  ///< where both lanes wait, each batch_share-th run is one of the batch lane
};

/// What a batcher has done since it began.
struct BatcherStats {
  std::int64_t runs = 0;
  std::int64_t texts = 0;
  std::int64_t tokens = 0;
  std::int64_t padded_tokens =
      0;  // that the runs would hold if each text were as long as the longest
  std::int64_t cancelled_texts = 0;  // given up before they were run
  std::size_t interactive_waiting = 0;
  std::size_t batch_waiting = 0;
};

/// Fills the batches of a model from the calls of many threads.
///
/// Place:   opened through the back ends; one per model. Texts are cut into tokens on the caller's
///          thread, one thread per device ("embed-N") runs batches.
/// Shape:   Embedder's; a blank text's vector is zero. Purpose::kQuery goes to the interactive
/// lane, kDocument to the batch lane.
/// A
///          query waits for the run in progress, never for a queue of documents.
/// Limits:  as BatcherOptions say. A call that is given up leaves the queue at once; what runs
/// ends. Errors:  Embedder's, and kResourceExhausted for a query when its lane is full; kCorrupt
/// when the
///          model answers one of the call's own texts with numbers that are not finite (no other
///          call of the same run is touched); kUnavailable when the model is being closed.
class BatchedEmbedder : public Embedder {
 public:
  /// `devices`: at least one; all hold the same model.
  BatchedEmbedder(std::vector<std::unique_ptr<TokenEmbedder>> devices, BatcherOptions options);
  ~BatchedEmbedder() override;

  const ModelInfo& info() const override { return devices_.front()->info(); }
  Result<void> Embed(std::span<const std::string_view> inputs, Purpose purpose,
                     std::span<float> out, const Deadline& deadline) const override;

  [[nodiscard]] BatcherStats stats() const;

 private:
  void Work(TokenEmbedder& device, const std::stop_token& stop) const;
  /// The next batch; empty when the thread is to end.
  std::vector<PendingText> NextBatch(const BatchLimits& limits, const std::stop_token& stop) const;
  Lane ChooseLane() const COPPICE_REQUIRES(mutex_);
  void RunBatch(TokenEmbedder& device, std::span<PendingText> batch) const;
  void Finish(std::span<PendingText> batch, std::span<const float> vectors) const;
  void Fail(std::span<PendingText> batch, const Error& error) const;

  Result<std::vector<PendingText>> Tokenise(std::span<const std::string_view> inputs,
                                            Purpose purpose, const std::shared_ptr<EmbedCall>& call,
                                            const Deadline& deadline) const;
  Result<void> Submit(const std::shared_ptr<EmbedCall>& call, std::vector<PendingText> texts,
                      Lane which, const Deadline& deadline) const;
  Result<void> Wait(const std::shared_ptr<EmbedCall>& call, Lane lane,
                    const Deadline& deadline) const;
  LaneQueue& lane(Lane which) const COPPICE_REQUIRES(mutex_) {
    return lanes_[static_cast<std::size_t>(which)];
  }

  const BatcherOptions options_;
  const std::vector<std::unique_ptr<TokenEmbedder>> devices_;
  mutable Mutex mutex_;
  mutable CondVar work_;  // a text came, or the end
  mutable CondVar done_;  // a batch went: there is room, and calls are done
  mutable std::array<LaneQueue, 2> lanes_ COPPICE_GUARDED_BY(mutex_);
  mutable BatcherStats stats_ COPPICE_GUARDED_BY(mutex_);
  mutable int interactive_runs_ COPPICE_GUARDED_BY(mutex_) = 0;  // in a row, while batch waited
  bool closed_ COPPICE_GUARDED_BY(mutex_) = false;
  std::vector<NamedThread> threads_;  // last: they end before what they use
};

}  // namespace coppice::embed
