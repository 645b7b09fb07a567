#pragma once

#include <algorithm>
#include <functional>
#include <span>
#include <vector>

namespace coppice::retrieval {

/// The items of a vector sorted by `project` whose projection equals `key`.
/// (std::ranges::equal_range gives a subrange, which clang 14 cannot read from libstdc++ 12.)
template <class T, class Key, class Project>
std::span<const T> EqualSpan(const std::vector<T>& items, const Key& key, const Project& project) {
  const auto first = std::lower_bound(
      items.begin(), items.end(), key,
      [&](const T& item, const Key& wanted) { return std::invoke(project, item) < wanted; });
  const auto last = std::upper_bound(
      first, items.end(), key,
      [&](const Key& wanted, const T& item) { return wanted < std::invoke(project, item); });
  return {first, last};
}

}  // namespace coppice::retrieval
