#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "embed/batch/token_embedder.h"

namespace coppice::embed {

/// What the devices of one test share: the runs they did, and a gate that holds them.
class RunLog {
 public:
  /// From here on runs wait; Open lets all of them go.
  void Close() { SetGate(false); }
  void Open() { SetGate(true); }

  void Enter(std::vector<std::size_t> lengths) {
    MutexLock lock(mutex_);
    runs_.push_back(std::move(lengths));
    changed_.NotifyAll();
    while (!open_) changed_.Wait(mutex_);
  }
  /// Waits until `count` runs have begun, and gives the lengths of each one's sequences.
  std::vector<std::vector<std::size_t>> Await(std::size_t count) {
    MutexLock lock(mutex_);
    while (runs_.size() < count) changed_.Wait(mutex_);
    return runs_;
  }

 private:
  void SetGate(bool open) {
    MutexLock lock(mutex_);
    open_ = open;
    changed_.NotifyAll();
  }

  Mutex mutex_;
  CondVar changed_;
  bool open_ COPPICE_GUARDED_BY(mutex_) = true;
  std::vector<std::vector<std::size_t>> runs_ COPPICE_GUARDED_BY(mutex_);
};

/// A token embedder without weights: words are tokens, a vector counts them. The word "nan" gives a
/// vector that is not finite, "lost" a device that does not answer.
class WordModel : public TokenEmbedder {
 public:
  static constexpr int kDimensions = 64;
  static constexpr std::int32_t kNan = -1;
  static constexpr std::int32_t kLost = -2;

  explicit WordModel(BatchLimits limits, std::shared_ptr<RunLog> log = std::make_shared<RunLog>())
      : limits_(limits),
        log_(std::move(log)),
        info_{"test/words", std::string(64, '0'), kDimensions, 1 << 16} {}

  const ModelInfo& info() const override { return info_; }
  const BatchLimits& limits() const override { return limits_; }

  Result<TokenIds> Tokenise(std::string_view text, Purpose /*purpose*/) const override {
    TokenIds tokens;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find(' ', at), text.size());
      if (end > at) tokens.push_back(Token(text.substr(at, end - at)));
      at = end + 1;
    }
    if (tokens.empty()) tokens.push_back(0);
    tokens.resize(std::min(tokens.size(), static_cast<std::size_t>(limits_.text_tokens)));
    return tokens;
  }

  Result<void> Run(std::span<const TokenIds> sequences, std::span<float> out) override {
    std::vector<std::size_t> lengths;
    for (const TokenIds& tokens : sequences) lengths.push_back(tokens.size());
    log_->Enter(std::move(lengths));
    std::fill(out.begin(), out.end(), 0.0F);
    for (std::size_t row = 0; row < sequences.size(); ++row) {
      for (const std::int32_t token : sequences[row]) {
        if (token == kNan) return MakeError(ErrorCode::kCorrupt, "row is not finite");
        if (token == kLost) return MakeError(ErrorCode::kUnavailable, "the device is lost");
      }
      Count(sequences[row], out.subspan(row * kDimensions, kDimensions));
    }
    return {};
  }

 private:
  static std::int32_t Token(std::string_view word) {
    if (word == "nan") return kNan;
    if (word == "lost") return kLost;
    return static_cast<std::int32_t>(std::hash<std::string_view>{}(word) % kDimensions);
  }

  static void Count(const TokenIds& tokens, std::span<float> out) {
    for (const std::int32_t token : tokens) out[static_cast<std::size_t>(token)] += 1;
    float squares = 0;
    for (const float value : out) squares += value * value;
    for (float& value : out) value /= std::sqrt(squares);
  }

  BatchLimits limits_;
  std::shared_ptr<RunLog> log_;
  ModelInfo info_;
};

}  // namespace coppice::embed
