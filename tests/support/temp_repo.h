#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/temp_folder.h"

namespace coppice::test {

/// Runs git in `folder` with no configuration but its own, fixed names and a fixed clock; gives
/// what it printed, without the last newline. A failure fails the test.
std::string RunGit(const std::filesystem::path& folder, std::vector<std::string> arguments);

/// A git repository built from a few lines of text:
///
///     TempRepo repo;
///     const std::string first = repo.Write("a.py", "x = 1\n").Commit("one");
///
/// Ids are the same in every run: names and times are fixed.
class TempRepo {
 public:
  /// An ordinary repository on branch `main`, without a commit. `object_format`: sha1 or sha256.
  explicit TempRepo(const std::string& object_format = "sha1");

  /// Sets a file's content. `path` may hold any byte but NUL.
  TempRepo& Write(std::string_view path, std::string_view content);
  TempRepo& Remove(std::string_view path);
  /// Commits everything; gives the id in hexadecimal.
  std::string Commit(const std::string& message);
  std::string Git(std::vector<std::string> arguments) const {
    return RunGit(path_, std::move(arguments));
  }

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// Beside the repository, for clones and worktrees.
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }

 private:
  TempFolder folder_;
  std::filesystem::path path_;
};

}  // namespace coppice::test
