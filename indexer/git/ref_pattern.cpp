#include <array>
#include <string_view>

#include "indexer/git/repository.h"

namespace coppice::indexer {
namespace {

/// `*` matches within a part, `**` across '/', `?` one character of a part.
bool Glob(std::string_view pattern, std::string_view name) {
  while (!pattern.empty()) {
    if (pattern.front() == '*') {
      const bool deep = pattern.starts_with("**");
      pattern.remove_prefix(deep ? 2 : 1);
      for (std::size_t used = 0; used <= name.size(); ++used) {
        if (Glob(pattern, name.substr(used))) return true;
        if (used < name.size() && !deep && name[used] == '/') return false;
      }
      return false;
    }
    if (name.empty()) return false;
    const bool same = pattern.front() == name.front();
    if (!same && (pattern.front() != '?' || name.front() == '/')) return false;
    pattern.remove_prefix(1);
    name.remove_prefix(1);
  }
  return name.empty();
}

constexpr std::array<std::string_view, 3> kPrefixes = {"refs/heads/", "refs/tags/",
                                                       "refs/remotes/"};

}  // namespace

bool RefMatches(const std::string& pattern, const std::string& full_name) {
  if (Glob(pattern, full_name)) return true;
  for (const std::string_view prefix : kPrefixes) {
    if (full_name.starts_with(prefix) &&
        Glob(pattern, std::string_view(full_name).substr(prefix.size()))) {
      return true;
    }
  }
  return false;
}

}  // namespace coppice::indexer
