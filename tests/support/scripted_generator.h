#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/doorbell.h"
#include "embed/text_generator.h"

namespace coppice::test {

/// A text generator that says what it is told to: pieces of bytes, then an end or an error.
class ScriptedGenerator final : public embed::TextGenerator {
 public:
  explicit ScriptedGenerator(std::vector<std::string> pieces) : pieces_(std::move(pieces)) {}

  std::optional<Error> error;  // after the last piece
  embed::StopReason stop = embed::StopReason::kEnd;
  std::chrono::milliseconds pause{0};  // before each piece

  const embed::GeneratorInfo& info() const override { return info_; }
  embed::GeneratorInfo& mutable_info() { return info_; }

  Result<embed::GenerateUsage> Generate(std::span<const embed::Message> messages,
                                        const embed::GenerateOptions& options,
                                        const OnText& on_text, const Deadline& deadline) override {
    prompt.assign(messages.begin(), messages.end());
    int sent = 0;
    for (const std::string& piece : pieces_) {
      if (pause.count() > 0) {
        Doorbell never;
        never.Wait(
            Deadline(std::min(deadline.at(), Deadline::Clock::now() + pause), deadline.stop()));
      }
      if (deadline.expired()) {
        saw_the_end = true;
        return MakeError(
            deadline.cancelled() ? ErrorCode::kCancelled : ErrorCode::kDeadlineExceeded,
            "given up");
      }
      if (sent++ == options.max_output_tokens) break;
      COPPICE_TRY(on_text(piece));
    }
    if (error) return *error;
    return embed::GenerateUsage{100, sent, stop};
  }

  Result<int> CountTokens(std::string_view text) const override {
    return static_cast<int>(text.size() / 4) + 1;
  }

  std::vector<embed::Message> prompt;     // of the last call
  std::atomic<bool> saw_the_end = false;  // of its deadline

 private:
  const std::vector<std::string> pieces_;
  embed::GeneratorInfo info_{"test/scripted", std::string(64, '0'), 8192};
};

}  // namespace coppice::test
