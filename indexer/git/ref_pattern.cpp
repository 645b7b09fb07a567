#include "indexer/git/ref_pattern.h"

#include <algorithm>
#include <array>

#include "base/format.h"
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

bool IsGlob(const std::string& pattern) { return pattern.find_first_of("*?") != std::string::npos; }

}  // namespace

PatternSet::PatternSet(const std::vector<std::string>& patterns) {
  for (const std::string& pattern : patterns) {
    if (pattern == "HEAD") {
      wants_head_ = true;
      continue;
    }
    patterns_.push_back(pattern);
    if (pattern.find('*') == std::string::npos) missing_.insert(pattern);
  }
  if (std::any_of(patterns_.begin(), patterns_.end(), IsGlob)) return;
  for (const std::string& pattern : patterns_) {
    if (pattern.starts_with("refs/")) candidates_.push_back(pattern);
    for (const std::string_view prefix : kPrefixes) {
      candidates_.push_back(std::string(prefix) + pattern);
    }
  }
}

bool PatternSet::Take(const std::string& full_name) {
  bool wanted = false;
  for (const std::string& pattern : patterns_) {
    if (!RefMatches(pattern, full_name)) continue;
    missing_.erase(pattern);
    wanted = true;
  }
  return wanted;
}

Result<void> PatternSet::CheckAllTaken() const {
  if (missing_.empty()) return {};
  return MakeError(ErrorCode::kNotFound, fmt::format("ref {} does not exist", *missing_.begin()),
                   "`git for-each-ref` in the repository lists what is there");
}

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
