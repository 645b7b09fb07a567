#include "embed/batch/lane_queue.h"

#include <algorithm>
#include <iterator>

#include "base/check.h"

namespace coppice::embed {

void LaneQueue::Push(PendingText text, Clock::time_point now) {
  COPPICE_CHECK(room() > 0, "a text was pushed into a full lane");
  const Age age = next_++;
  tokens_ += static_cast<std::int64_t>(text.tokens.size());
  by_length_.emplace(std::pair(text.tokens.size(), age), age);
  by_age_.emplace(age, Waiting{std::move(text), now});
}

PendingText LaneQueue::Remove(ByLength::iterator entry) {
  const auto waiting = by_age_.find(entry->second);
  PendingText text = std::move(waiting->second.text);
  tokens_ -= static_cast<std::int64_t>(text.tokens.size());
  by_age_.erase(waiting);
  by_length_.erase(entry);
  return text;
}

std::vector<PendingText> LaneQueue::Take(const BatchLimits& limits) {
  std::vector<PendingText> batch;
  if (empty()) return batch;
  const auto first = by_age_.begin();
  const std::size_t length = first->second.text.tokens.size();
  auto longer = std::next(by_length_.find(std::pair(length, first->first)));
  batch.push_back(Remove(std::prev(longer)));
  std::size_t left = static_cast<std::size_t>(limits.batch_tokens);
  left -= std::min(left, length);
  const auto most = static_cast<std::size_t>(limits.batch_texts);
  while (batch.size() < most) {
    // The next shorter one is before `longer`; what is between them has been taken.
    const bool fits = longer != by_length_.end() && longer->first.first <= left;
    const bool has_shorter = longer != by_length_.begin();
    if (!fits && !has_shorter) break;
    auto next = longer;
    if (!fits ||
        (has_shorter && length - std::prev(longer)->first.first < longer->first.first - length)) {
      next = std::prev(longer);
    }
    if (next->first.first > left) break;
    left -= next->first.first;
    if (next == longer) ++longer;
    batch.push_back(Remove(next));
  }
  std::stable_sort(batch.begin(), batch.end(), [](const PendingText& a, const PendingText& b) {
    return a.tokens.size() < b.tokens.size();
  });
  return batch;
}

void LaneQueue::Drop(const EmbedCall& call) {
  for (auto entry = by_length_.begin(); entry != by_length_.end();) {
    const auto next = std::next(entry);
    if (by_age_.at(entry->second).text.call.get() == &call) Remove(entry);
    entry = next;
  }
}

}  // namespace coppice::embed
