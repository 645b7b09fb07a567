#include "embed/batch/batched_embedder.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/format.h"

namespace coppice::embed {
namespace {

// A stop token does not wake a condition variable: look at it this often.
constexpr std::chrono::milliseconds kLookAtStop{100};

Error GivenUp(const Deadline& deadline) {
  return deadline.cancelled() ? MakeError(ErrorCode::kCancelled, "embedding was cancelled")
                              : MakeError(ErrorCode::kDeadlineExceeded,
                                          "embedding took longer than the request may");
}

/// Whether a model would see nothing but its own start and end.
bool IsBlank(std::string_view text) {
  return text.find_first_not_of(std::string_view(" \t\r\n\v\f\0", 7)) == std::string_view::npos;
}

Error Closing(const ModelInfo& info) {
  return MakeError(ErrorCode::kUnavailable, fmt::format("model {} is being closed", info.name));
}

}  // namespace

BatchedEmbedder::BatchedEmbedder(std::vector<std::unique_ptr<TokenEmbedder>> devices,
                                 BatcherOptions options)
    : options_(options),
      devices_(std::move(devices)),
      lanes_{LaneQueue(options.interactive_texts), LaneQueue(options.batch_texts)} {
  COPPICE_CHECK(!devices_.empty(), "a batcher without a device");
  for (std::size_t i = 0; i < devices_.size(); ++i) {
    threads_.emplace_back(fmt::format("embed-{}", i),
                          [this, i](const std::stop_token& stop) { Work(*devices_[i], stop); });
  }
}

BatchedEmbedder::~BatchedEmbedder() {
  for (NamedThread& thread : threads_) thread.RequestStop();
  MutexLock lock(mutex_);
  closed_ = true;
  work_.NotifyAll();
  done_.NotifyAll();
}

Result<void> BatchedEmbedder::Embed(std::span<const std::string_view> inputs, Purpose purpose,
                                    std::span<float> out, const Deadline& deadline) const {
  const auto dimensions = static_cast<std::size_t>(info().dimensions);
  if (out.size() != inputs.size() * dimensions) {
    return MakeError(ErrorCode::kInvalidArgument,
                     fmt::format("{} texts need {} floats, not {}", inputs.size(),
                                 inputs.size() * dimensions, out.size()));
  }
  if (inputs.empty()) return {};
  const Lane lane = purpose == Purpose::kQuery ? Lane::kInteractive : Lane::kBatch;
  const auto call = std::make_shared<EmbedCall>();
  COPPICE_ASSIGN(std::vector<PendingText> texts, Tokenise(inputs, purpose, call, deadline));
  call->vectors.resize(out.size());
  call->left = texts.size();
  COPPICE_TRY(Submit(call, std::move(texts), lane, deadline));
  COPPICE_TRY(Wait(call, lane, deadline));
  std::copy(call->vectors.begin(), call->vectors.end(), out.begin());
  return {};
}

Result<std::vector<PendingText>> BatchedEmbedder::Tokenise(std::span<const std::string_view> inputs,
                                                           Purpose purpose,
                                                           const std::shared_ptr<EmbedCall>& call,
                                                           const Deadline& deadline) const {
  const auto most = static_cast<std::size_t>(info().max_input_bytes);
  std::vector<PendingText> texts;
  texts.reserve(inputs.size());
  for (std::size_t row = 0; row < inputs.size(); ++row) {
    if (deadline.expired()) return GivenUp(deadline);
    if (IsBlank(inputs[row])) continue;
    COPPICE_ASSIGN(TokenIds tokens,
                   devices_.front()->Tokenise(inputs[row].substr(0, most), purpose));
    texts.push_back({std::move(tokens), call, row});
  }
  return texts;
}

Result<void> BatchedEmbedder::Submit(const std::shared_ptr<EmbedCall>& call,
                                     std::vector<PendingText> texts, Lane which,
                                     const Deadline& deadline) const {
  MutexLock lock(mutex_);
  LaneQueue& queue = lane(which);
  if (which == Lane::kInteractive && queue.room() < texts.size()) {
    return MakeError(ErrorCode::kResourceExhausted,
                     fmt::format("{} texts wait for model {} already", queue.size(), info().name),
                     "try again in a moment");
  }
  for (PendingText& text : texts) {
    while (queue.room() == 0 && !closed_ && !call->error && !deadline.expired()) {
      done_.WaitFor(mutex_, deadline.remaining(kLookAtStop));
    }
    if (call->error) return {};  // Wait tells it
    if (closed_ || deadline.expired()) {
      queue.Drop(*call);
      stats_.cancelled_texts += static_cast<std::int64_t>(call->left);
      return closed_ ? Closing(info()) : GivenUp(deadline);
    }
    queue.Push(std::move(text), LaneQueue::Clock::now());
    work_.NotifyOne();
  }
  return {};
}

Result<void> BatchedEmbedder::Wait(const std::shared_ptr<EmbedCall>& call, Lane which,
                                   const Deadline& deadline) const {
  MutexLock lock(mutex_);
  while (call->left > 0 && !call->error && !closed_ && !deadline.expired()) {
    done_.WaitFor(mutex_, deadline.remaining(kLookAtStop));
  }
  if (call->left == 0) return {};
  const std::size_t waiting = lane(which).size();
  lane(which).Drop(*call);
  stats_.cancelled_texts += static_cast<std::int64_t>(waiting - lane(which).size());
  done_.NotifyAll();
  if (call->error) return *call->error;
  return closed_ ? Closing(info()) : GivenUp(deadline);
}

void BatchedEmbedder::Work(TokenEmbedder& device, const std::stop_token& stop) const {
  while (true) {
    std::vector<PendingText> batch = NextBatch(device.limits(), stop);
    if (batch.empty()) return;
    RunBatch(device, batch);
  }
}

std::vector<PendingText> BatchedEmbedder::NextBatch(const BatchLimits& limits,
                                                    const std::stop_token& stop) const {
  MutexLock lock(mutex_);
  while (!stop.stop_requested()) {
    if (lane(Lane::kInteractive).empty() && lane(Lane::kBatch).empty()) {
      work_.Wait(mutex_);
      continue;
    }
    const Lane which = ChooseLane();
    LaneQueue& queue = lane(which);
    if (which == Lane::kBatch && queue.tokens() < limits.batch_tokens &&
        queue.size() < static_cast<std::size_t>(limits.batch_texts)) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(
          queue.oldest() + options_.added_wait - LaneQueue::Clock::now());
      if (left.count() > 0) {
        work_.WaitFor(mutex_, left);
        continue;
      }
    }
    const bool both = !lane(Lane::kInteractive).empty() && !lane(Lane::kBatch).empty();
    interactive_runs_ = both && which == Lane::kInteractive ? interactive_runs_ + 1 : 0;
    return queue.Take(limits);
  }
  return {};
}

Lane BatchedEmbedder::ChooseLane() const {
  if (lane(Lane::kInteractive).empty()) return Lane::kBatch;
  if (lane(Lane::kBatch).empty()) return Lane::kInteractive;
  return interactive_runs_ + 1 >= options_.batch_share ? Lane::kBatch : Lane::kInteractive;
}

void BatchedEmbedder::RunBatch(TokenEmbedder& device, std::span<PendingText> batch) const {
  std::vector<TokenIds> sequences;
  sequences.reserve(batch.size());
  for (const PendingText& text : batch) sequences.push_back(text.tokens);
  std::vector<float> vectors(batch.size() * static_cast<std::size_t>(info().dimensions));
  const auto run = device.Run(sequences, vectors);
  if (run) {
    Finish(batch, vectors);
    return;
  }
  if (run.error().code == ErrorCode::kCorrupt && batch.size() > 1) {
    // One text is to blame: the others must not suffer.
    RunBatch(device, batch.first(batch.size() / 2));
    RunBatch(device, batch.subspan(batch.size() / 2));
    return;
  }
  Fail(batch, run.error());
}

void BatchedEmbedder::Finish(std::span<PendingText> batch, std::span<const float> vectors) const {
  const auto dimensions = static_cast<std::size_t>(info().dimensions);
  MutexLock lock(mutex_);
  std::size_t longest = 0;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    EmbedCall& call = *batch[i].call;
    const auto from = vectors.subspan(i * dimensions, dimensions);
    std::copy(from.begin(), from.end(),
              call.vectors.begin() + static_cast<std::ptrdiff_t>(batch[i].row * dimensions));
    --call.left;
    longest = std::max(longest, batch[i].tokens.size());
    stats_.tokens += static_cast<std::int64_t>(batch[i].tokens.size());
  }
  ++stats_.runs;
  stats_.texts += static_cast<std::int64_t>(batch.size());
  stats_.padded_tokens += static_cast<std::int64_t>(batch.size() * longest);
  done_.NotifyAll();
}

void BatchedEmbedder::Fail(std::span<PendingText> batch, const Error& error) const {
  MutexLock lock(mutex_);
  for (PendingText& text : batch) text.call->error = error;
  done_.NotifyAll();
}

BatcherStats BatchedEmbedder::stats() const {
  MutexLock lock(mutex_);
  BatcherStats stats = stats_;
  stats.interactive_waiting = lane(Lane::kInteractive).size();
  stats.batch_waiting = lane(Lane::kBatch).size();
  return stats;
}

}  // namespace coppice::embed
