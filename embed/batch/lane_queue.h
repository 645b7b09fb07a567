#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/error.h"
#include "embed/batch/token_embedder.h"

namespace coppice::embed {

/// One call of Embed that waits, under its batcher's mutex.
struct EmbedCall {
  std::vector<float> vectors;
  std::size_t left = 0;        // texts whose vectors are not there yet
  std::optional<Error> error;  // of one of its texts; the others are not waited for
};

/// One text of one call, waiting for its turn.
struct PendingText {
  TokenIds tokens;
  std::shared_ptr<EmbedCall> call;
  std::size_t row = 0;  // of the call
};

/// The texts that wait in one lane, oldest first and by length.
///
/// Place:  two in a BatchedEmbedder, under its mutex.
/// Limits: whoever pushes asks room() first.
class LaneQueue {
 public:
  using Clock = std::chrono::steady_clock;

  explicit LaneQueue(std::size_t capacity) : capacity_(capacity) {}

  [[nodiscard]] bool empty() const { return by_age_.empty(); }
  [[nodiscard]] std::size_t size() const { return by_age_.size(); }
  [[nodiscard]] std::size_t room() const { return capacity_ - by_age_.size(); }
  /// Of all waiting texts together.
  [[nodiscard]] std::int64_t tokens() const { return tokens_; }
  /// When the oldest came; only where there is one.
  [[nodiscard]] Clock::time_point oldest() const { return by_age_.begin()->second.arrived; }

  void Push(PendingText text, Clock::time_point now);

  /// Takes the oldest text and those nearest to it in length, as many as a run may hold; shortest
  /// first. The oldest is always taken, so none waits for ever; those beside it are of like length,
  /// so that a device that pads has little to pad.
  std::vector<PendingText> Take(const BatchLimits& limits);

  /// Takes out every text of `call`; the texts are lost.
  void Drop(const EmbedCall& call);

 private:
  using Age = std::uint64_t;
  struct Waiting {
    PendingText text;
    Clock::time_point arrived;
  };
  using ByLength = std::map<std::pair<std::size_t, Age>, Age>;

  PendingText Remove(ByLength::iterator entry);

  const std::size_t capacity_;
  Age next_ = 0;
  std::int64_t tokens_ = 0;
  std::map<Age, Waiting> by_age_;
  ByLength by_length_;
};

}  // namespace coppice::embed
