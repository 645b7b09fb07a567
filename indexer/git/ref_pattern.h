#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace coppice::indexer {

/// The refs that a repository is asked for, and which of them it had.
class PatternSet {
 public:
  explicit PatternSet(const std::vector<std::string>& patterns);

  [[nodiscard]] bool wants_head() const { return wants_head_; }
  /// Whether nothing but HEAD is wanted.
  [[nodiscard]] bool empty() const { return patterns_.empty(); }
  /// The full names that can match; empty where any can: then all refs must be looked at.
  [[nodiscard]] const std::vector<std::string>& candidates() const { return candidates_; }
  /// Whether the ref is wanted.
  bool Take(const std::string& full_name);
  /// Errors: kNotFound names a pattern without '*' that no ref matched.
  [[nodiscard]] Result<void> CheckAllTaken() const;

 private:
  std::vector<std::string> patterns_;
  std::vector<std::string> candidates_;
  std::set<std::string> missing_;
  bool wants_head_ = false;
};

}  // namespace coppice::indexer
