#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "embed/chain/link.h"
#include "embed/chain/link_health.h"
#include "embed/text_generator.h"

namespace coppice::embed {

/// Several text models in an order of preference: the first that answers is asked.
///
/// Place:   made by App; called by daemon/generation. ChainWatch calls Check.
/// Shape:   links may be different models: `state().serving` names the one that answers. Its name
///          is that of the first; its context that of the smallest which is known.
/// Limits:  thread-safe. The next link is asked only while no text was delivered: an answer is
///          never pieced together from two models.
/// Errors:  those of the link that answered; kUnavailable where none can be reached.
class GeneratorChain : public TextGenerator {
 public:
  /// Opens the links; what is away is opened later. Errors: kInvalidArgument: no links; those of a
  /// link that is there and cannot be opened.
  static Result<std::unique_ptr<GeneratorChain>> Open(
      std::vector<ChainLink<TextGenerator>> links, const Deadline& deadline,
      const CircuitBreaker::Now& now = &CircuitBreaker::Clock::now);

  const GeneratorInfo& info() const override { return info_; }
  Result<GenerateUsage> Generate(std::span<const Message> messages, const GenerateOptions& options,
                                 const OnText& on_text, const Deadline& deadline) override;
  Result<int> CountTokens(std::string_view text) const override;

  /// Opens what was away. From one thread at a time.
  void Check(const Deadline& deadline);
  [[nodiscard]] ChainState state() const { return health_.state(); }

 private:
  GeneratorChain(std::vector<ChainLink<TextGenerator>> links, const CircuitBreaker::Now& now);

  Result<void> OpenLink(std::size_t link, const Deadline& deadline);

  LinkHealth health_;
  OpenedLinks<TextGenerator> links_;
  GeneratorInfo info_;
};

}  // namespace coppice::embed
