#include "embed/chain/embedder_chain.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/format.h"
#include "embed/model_spec.h"
#include "embed/text_prefix.h"

namespace coppice::embed {
namespace {

Result<void> CheckNames(const std::vector<ChainLink<Embedder>>& links) {
  if (links.empty()) {
    return MakeError(ErrorCode::kInvalidArgument, "a chain of embedding models has no link");
  }
  for (const auto& link : links) {
    if (ModelPart(link.name) == ModelPart(links.front().name)) continue;
    return MakeError(
        ErrorCode::kInvalidArgument,
        fmt::format("{} cannot stand in for {}: it is another model, and its vectors mean "
                    "something else",
                    link.name, links.front().name),
        "Name the same model on another back end.");
  }
  return {};
}

/// Whether a server or device is away for now, as opposed to configured wrongly.
bool IsAway(const Error& error) {
  return LinkHealth::IsOfTheLink(error) || error.code == ErrorCode::kDeadlineExceeded;
}

constexpr std::string_view kHowToGoOn =
    "Serve the model again that the index was made with, or switch to the new one with `coppice "
    "model use`.";

}  // namespace

EmbedderChain::EmbedderChain(std::vector<ChainLink<Embedder>> links, EmbedderChainOptions options)
    : options_(std::move(options)),
      health_("embedding", NamesOf(links), options_.now),
      links_(std::move(links)),
      compare_at_(health_.size()) {}

Result<std::unique_ptr<EmbedderChain>> EmbedderChain::Open(std::vector<ChainLink<Embedder>> links,
                                                           CanaryStore& store,
                                                           EmbedderChainOptions options,
                                                           const Deadline& deadline) {
  COPPICE_TRY(CheckNames(links));
  std::unique_ptr<EmbedderChain> chain(new EmbedderChain(std::move(links), std::move(options)));
  COPPICE_TRY(chain->OpenFirst(store, deadline));
  for (std::size_t link = 1; link < chain->health_.size(); ++link) {
    COPPICE_TRY(chain->OpenFallback(link, deadline));
  }
  return chain;
}

Result<void> EmbedderChain::OpenFirst(CanaryStore& store, const Deadline& deadline) {
  const std::string& name = health_.name(0);
  const Result<void> opened = links_.Open(0, deadline);
  if (!opened && !IsAway(opened.error())) return opened.error().WithContext(name);
  const Embedder* const first = links_.Find(0);
  const std::string revision = first != nullptr ? first->info().revision : "";
  COPPICE_ASSIGN(std::optional<CanaryRecord> record, store.Load(name, revision, deadline));
  const bool known = record && record->texts_version == kCanaryTextsVersion;
  if (first == nullptr && !known) {
    return opened.error()
        .WithContext(fmt::format("{} was never reached, so what stands in for it cannot be "
                                 "compared with it",
                                 name))
        .WithRemedy("Start the daemon once while it can be reached.");
  }
  if (known) record_ = std::move(*record);
  if (first == nullptr) {
    info_ = record_.model;
    health_.Unopened(0, opened.error());
    return {};
  }
  info_ = first->info();
  if (!known) return MakeRecord(*first, store, deadline);
  const Result<void> same = Compare(0, deadline);
  if (same) {
    health_.Accept(0);
  } else if (same.error().code == ErrorCode::kConflict) {
    health_.Exclude(0, same.error());
  } else if (IsAway(same.error())) {
    health_.Unopened(0, same.error());
  } else {
    return same.error();
  }
  return {};
}

Result<void> EmbedderChain::MakeRecord(const Embedder& first, CanaryStore& store,
                                       const Deadline& deadline) {
  record_.model = first.info();
  record_.texts_version = kCanaryTextsVersion;
  COPPICE_ASSIGN(record_.vectors, CanaryVectors(first, deadline));
  COPPICE_TRY(store.Save(record_, deadline));
  compare_at_[0] = options_.now() + options_.check_every;
  health_.Accept(0);
  return {};
}

Result<void> EmbedderChain::OpenFallback(std::size_t link, const Deadline& deadline) {
  const std::string& name = health_.name(link);
  Result<void> opened = links_.Open(link, deadline);
  if (opened) opened = Compare(link, deadline);
  if (opened) {
    info_.max_input_bytes =
        std::min(info_.max_input_bytes, links_.Find(link)->info().max_input_bytes);
    compare_at_[link] = options_.now() + options_.check_every;
    health_.Accept(link);
    return {};
  }
  if (!IsAway(opened.error())) return opened.error().WithContext(name);
  health_.Unopened(link, opened.error());
  return {};
}

Result<void> EmbedderChain::Compare(std::size_t link, const Deadline& deadline) const {
  auto same = CheckCanary(*links_.Find(link), record_, deadline);
  if (!same && same.error().code == ErrorCode::kConflict)
    return same.error().WithRemedy(kHowToGoOn);
  return same;
}

Result<void> EmbedderChain::Embed(std::span<const std::string_view> inputs, Purpose purpose,
                                  std::span<float> out, const Deadline& deadline) const {
  if (out.size() != inputs.size() * static_cast<std::size_t>(info_.dimensions)) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        fmt::format("{}: {} inputs need {} floats, got {}", info_.name, inputs.size(),
                    inputs.size() * static_cast<std::size_t>(info_.dimensions), out.size()));
  }
  std::vector<std::string_view> cut(inputs.begin(), inputs.end());
  for (std::string_view& text : cut) {
    text = TextPrefix(text, static_cast<std::size_t>(info_.max_input_bytes));
  }
  Error last = MakeError(ErrorCode::kUnavailable, fmt::format("{}: no back end", info_.name));
  for (std::size_t link = 0; link < health_.size(); ++link) {
    if (const auto admitted = health_.Admit(link); !admitted) {
      if (!health_.IsExcluded(link)) last = admitted.error();
      continue;
    }
    const Result<void> done = Ask(link, cut, purpose, out, deadline);
    if (done) return {};
    if (!health_.IsExcluded(link)) last = done.error();
    if (!LinkHealth::IsOfTheLink(done.error()) && done.error().code != ErrorCode::kConflict) {
      return done.error();
    }
  }
  return WithoutLink(last, purpose, out);
}

Result<void> EmbedderChain::Ask(std::size_t link, std::span<const std::string_view> inputs,
                                Purpose purpose, std::span<float> out,
                                const Deadline& deadline) const {
  // After an outage another model may stand behind the name.
  const bool healthy = health_.IsHealthy(link);
  const Result<void> same = healthy ? Result<void>() : Compare(link, deadline);
  const Result<void> done = same ? links_.Find(link)->Embed(inputs, purpose, out, deadline) : same;
  if (done) {
    health_.Succeeded(link);
  } else if (!same && done.error().code == ErrorCode::kConflict) {
    health_.Exclude(link, done.error());
  } else if (LinkHealth::IsOfTheLink(done.error()) ||
             (!healthy && done.error().code == ErrorCode::kDeadlineExceeded)) {
    health_.Failed(link, done.error());
  } else {
    health_.Withdrawn(link);
  }
  return done;
}

Result<void> EmbedderChain::WithoutLink(const Error& last, Purpose purpose,
                                        std::span<float> out) const {
  const ChainState state = health_.state();
  const auto excluded =
      std::find_if(state.links.begin(), state.links.end(),
                   [](const LinkState& link) { return link.status == LinkStatus::kExcluded; });
  const bool all = std::all_of(state.links.begin(), state.links.end(), [](const LinkState& link) {
    return link.status == LinkStatus::kExcluded || link.status == LinkStatus::kUnopened;
  });
  if (excluded == state.links.end() || !all) return last;
  if (purpose == Purpose::kQuery) {
    std::fill(out.begin(), out.end(), 0.0F);
    return {};
  }
  return MakeError(ErrorCode::kConflict, excluded->reason, std::string(kHowToGoOn));
}

void EmbedderChain::Check(const Deadline& deadline) {
  for (std::size_t link = 0; link < health_.size() && !deadline.expired(); ++link) {
    CheckLink(link, deadline);
  }
}

void EmbedderChain::CheckLink(std::size_t link, const Deadline& deadline) {
  const Result<void> opened = links_.Open(link, deadline);
  if (!opened) {
    if (IsAway(opened.error())) {
      health_.Unopened(link, opened.error());
    } else if (opened.error().code != ErrorCode::kCancelled) {
      health_.Exclude(link, opened.error());
    }
    return;
  }
  const int reads = links_.Find(link)->info().max_input_bytes;
  if (reads < info_.max_input_bytes) {
    return health_.Exclude(
        link, MakeError(ErrorCode::kConflict,
                        fmt::format("{} reads {} bytes of a text, the others {}: it serves after a "
                                    "restart, when all keep to that",
                                    health_.name(link), reads, info_.max_input_bytes)));
  }
  const auto now = options_.now();
  const bool ready = health_.state().links[link].status == LinkStatus::kReady;
  if (ready && now < compare_at_[link]) return;
  const Result<void> same = Compare(link, deadline);
  if (same) {
    compare_at_[link] = now + options_.check_every;
    health_.Accept(link);
  } else if (same.error().code == ErrorCode::kConflict) {
    health_.Exclude(link, same.error());
  } else if (LinkHealth::IsOfTheLink(same.error())) {
    health_.Failed(link, same.error());
  }
}

}  // namespace coppice::embed
