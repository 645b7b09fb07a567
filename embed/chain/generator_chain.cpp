#include "embed/chain/generator_chain.h"

#include <algorithm>
#include <utility>

#include "base/format.h"

namespace coppice::embed {

GeneratorChain::GeneratorChain(std::vector<ChainLink<TextGenerator>> links,
                               const CircuitBreaker::Now& now)
    : health_("generation", NamesOf(links), now), links_(std::move(links)) {}

Result<std::unique_ptr<GeneratorChain>> GeneratorChain::Open(
    std::vector<ChainLink<TextGenerator>> links, const Deadline& deadline,
    const CircuitBreaker::Now& now) {
  if (links.empty()) {
    return MakeError(ErrorCode::kInvalidArgument, "a chain of text models has no link");
  }
  std::unique_ptr<GeneratorChain> chain(new GeneratorChain(std::move(links), std::move(now)));
  chain->info_.name = chain->health_.name(0);
  for (std::size_t link = 0; link < chain->health_.size(); ++link) {
    if (const auto opened = chain->OpenLink(link, deadline); !opened) {
      return opened.error().WithContext(chain->health_.name(link));
    }
    const TextGenerator* const model = chain->links_.Find(link);
    if (model == nullptr) continue;
    if (link == 0) chain->info_.revision = model->info().revision;
    int& context = chain->info_.context_tokens;
    const int own = model->info().context_tokens;
    if (own > 0) context = context > 0 ? std::min(context, own) : own;
  }
  return chain;
}

Result<void> GeneratorChain::OpenLink(std::size_t link, const Deadline& deadline) {
  const Result<void> opened = links_.Open(link, deadline);
  if (opened) {
    health_.Accept(link);
  } else if (LinkHealth::IsOfTheLink(opened.error()) ||
             opened.error().code == ErrorCode::kDeadlineExceeded) {
    health_.Unopened(link, opened.error());
  } else {
    return opened.error();
  }
  return {};
}

Result<GenerateUsage> GeneratorChain::Generate(std::span<const Message> messages,
                                               const GenerateOptions& options,
                                               const OnText& on_text, const Deadline& deadline) {
  Error last = MakeError(ErrorCode::kUnavailable, fmt::format("{}: no back end", info_.name));
  bool delivered = false;
  const OnText note = [&](std::string_view bytes) -> Result<void> {
    delivered = true;
    return on_text(bytes);
  };
  for (std::size_t link = 0; link < health_.size() && !delivered; ++link) {
    if (const auto admitted = health_.Admit(link); !admitted) {
      last = admitted.error();
      continue;
    }
    Result<GenerateUsage> done = links_.Find(link)->Generate(messages, options, note, deadline);
    if (done) {
      health_.Succeeded(link);
      return done;
    }
    last = done.error();
    if (!LinkHealth::IsOfTheLink(last)) {
      health_.Withdrawn(link);
      return last;
    }
    health_.Failed(link, last);
  }
  return last;
}

Result<int> GeneratorChain::CountTokens(std::string_view text) const {
  int most = 0;
  bool known = false;
  for (std::size_t link = 0; link < health_.size(); ++link) {
    const TextGenerator* const model = links_.Find(link);
    if (model == nullptr) continue;
    COPPICE_ASSIGN(const int count, model->CountTokens(text));
    most = std::max(most, count);
    known = true;
  }
  if (!known) {
    return MakeError(ErrorCode::kUnavailable, fmt::format("{}: no back end", info_.name));
  }
  return most;
}

void GeneratorChain::Check(const Deadline& deadline) {
  for (std::size_t link = 0; link < health_.size() && !deadline.expired(); ++link) {
    if (links_.Find(link) != nullptr) continue;
    const auto opened = OpenLink(link, deadline);
    if (!opened && opened.error().code != ErrorCode::kCancelled) {
      health_.Exclude(link, opened.error());
    }
  }
}

}  // namespace coppice::embed
