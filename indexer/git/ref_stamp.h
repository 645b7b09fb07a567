#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace coppice::indexer {

/// What the file system says of where a repository's refs are kept. As long as it is the same, so
/// are HEAD and all refs, as git writes them: each change renames a file into its folder.
///
/// Limits: one system call a folder below refs/, at most kMaxFolders; whoever writes into a ref's
///         file without git's renaming is not noticed.
class RefStamp {
 public:
  static constexpr std::size_t kMaxFolders = 20'000;
  /// A change this soon after the last one may leave the same times.
  static constexpr std::chrono::seconds kSettled{2};

  /// Nothing where it would prove nothing: changed just now, not readable, too many folders.
  /// Shape: taken before the refs are read.
  static std::optional<RefStamp> Take(
      const std::string& git_dir, const std::string& common_dir,
      std::chrono::system_clock::time_point now = std::chrono::system_clock::now());

  friend bool operator==(const RefStamp&, const RefStamp&) = default;

 private:
  std::vector<std::int64_t> values_;
};

}  // namespace coppice::indexer
