#include "embed/chain/link_health.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/format.h"
#include "base/log.h"

namespace coppice::embed {

std::string_view LinkStatusName(LinkStatus status) {
  switch (status) {
    case LinkStatus::kUnopened:
      return "unopened";
    case LinkStatus::kReady:
      return "ready";
    case LinkStatus::kDown:
      return "down";
    case LinkStatus::kExcluded:
      return "excluded";
  }
  return "unopened";
}

LinkHealth::LinkHealth(std::string use, std::vector<std::string> names,
                       const CircuitBreaker::Now& now)
    : use_(std::move(use)),
      names_(std::move(names)),
      unopened_(names_.size(), "was not tried yet"),
      excluded_(names_.size()) {
  BreakerOptions options;
  options.failures_to_open = 1;
  options.log = false;  // a change of the link that serves is what is logged here
  for (const std::string& name : names_) {
    breakers_.push_back(std::make_unique<CircuitBreaker>(name, options, now));
  }
}

Result<void> LinkHealth::Admit(std::size_t link) {
  {
    MutexLock lock(mutex_);
    for (const std::string& reason : {excluded_[link], unopened_[link]}) {
      if (!reason.empty()) {
        return MakeError(ErrorCode::kUnavailable, fmt::format("{}: {}", names_[link], reason));
      }
    }
  }
  return breakers_[link]->Admit();
}

void LinkHealth::Succeeded(std::size_t link) {
  breakers_[link]->Succeeded();
  MutexLock lock(mutex_);
  NoteServing();
}

void LinkHealth::Failed(std::size_t link, const Error& error) {
  breakers_[link]->Failed(error);
  MutexLock lock(mutex_);
  NoteServing();
}

void LinkHealth::Withdrawn(std::size_t link) { breakers_[link]->Withdrawn(); }

void LinkHealth::Exclude(std::size_t link, const Error& error) {
  breakers_[link]->Withdrawn();
  MutexLock lock(mutex_);
  if (std::exchange(excluded_[link], error.message) != error.message) {
    LogError("model_excluded", {{"use", use_}, {"model", names_[link]}, {"error", error.message}});
  }
  NoteServing();
}

void LinkHealth::Unopened(std::size_t link, const Error& error) {
  MutexLock lock(mutex_);
  unopened_[link] = error.message;
  NoteServing();
}

void LinkHealth::Accept(std::size_t link) {
  {
    MutexLock lock(mutex_);
    unopened_[link].clear();
    excluded_[link].clear();
  }
  Succeeded(link);
}

bool LinkHealth::IsHealthy(std::size_t link) const {
  return breakers_[link]->state() == BreakerState::kClosed;
}

bool LinkHealth::IsExcluded(std::size_t link) const {
  MutexLock lock(mutex_);
  return !excluded_[link].empty();
}

LinkState LinkHealth::StateOf(std::size_t link) const {
  LinkState state;
  state.name = names_[link];
  if (!excluded_[link].empty()) {
    state.status = LinkStatus::kExcluded;
    state.reason = excluded_[link];
  } else if (!unopened_[link].empty()) {
    state.status = LinkStatus::kUnopened;
    state.reason = unopened_[link];
  } else if (breakers_[link]->state() != BreakerState::kClosed) {
    state.status = LinkStatus::kDown;
    state.reason = breakers_[link]->last_error();
  } else {
    state.status = LinkStatus::kReady;
  }
  return state;
}

void LinkHealth::NoteServing() {
  std::string serving;
  std::string why;
  for (std::size_t link = 0; link < names_.size() && serving.empty(); ++link) {
    const LinkState state = StateOf(link);
    if (state.status == LinkStatus::kReady) serving = state.name;
    if (why.empty()) why = state.reason;
  }
  if (serving == serving_) return;
  if (serving.empty()) {
    LogWarning("model_away", {{"use", use_}, {"model", serving_}, {"error", why}});
  } else if (serving != names_.front()) {
    LogWarning("model_fallback",
               {{"use", use_}, {"model", serving}, {"before", serving_}, {"error", why}});
  } else {
    LogInfo("model_serves", {{"use", use_}, {"model", serving}, {"before", serving_}});
  }
  serving_ = serving;
}

ChainState LinkHealth::state() const {
  MutexLock lock(mutex_);
  ChainState state;
  state.serving = serving_;
  for (std::size_t link = 0; link < names_.size(); ++link) state.links.push_back(StateOf(link));
  return state;
}

bool LinkHealth::IsOfTheLink(const Error& error) {
  return error.code == ErrorCode::kUnavailable || error.code == ErrorCode::kResourceExhausted;
}

}  // namespace coppice::embed
