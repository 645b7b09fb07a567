#include "indexer/git/ref_stamp.h"

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/temp_repo.h"

namespace coppice::indexer {
namespace {

using test::TempRepo;

/// The stamp as it would be taken when everything has settled.
std::optional<RefStamp> Take(const std::filesystem::path& git_dir) {
  return RefStamp::Take(git_dir.string(), git_dir.string(),
                        std::chrono::system_clock::now() + std::chrono::hours(1));
}

TEST(RefStampTest, WhatChangedJustNowProvesNothing) {
  TempRepo repo;
  repo.Write("a", "1").Commit("c");
  const std::string git_dir = (repo.path() / ".git").string();
  EXPECT_FALSE(RefStamp::Take(git_dir, git_dir));
  EXPECT_TRUE(Take(git_dir));
}

TEST(RefStampTest, EveryWayARefMovesShows) {
  TempRepo repo;
  repo.Write("a", "1").Commit("c");
  const std::filesystem::path git_dir = repo.path() / ".git";
  auto before = Take(git_dir);
  ASSERT_TRUE(before);
  EXPECT_EQ(Take(git_dir), before) << "nothing happened";
  const std::vector<std::vector<std::string>> commands = {
      {"commit", "--quiet", "--allow-empty", "-m", "d"},
      {"branch", "side"},
      {"branch", "deep/er/side"},
      {"update-ref", "refs/heads/deep/er/side", "HEAD^"},
      {"tag", "-a", "-m", "m", "v1"},
      {"pack-refs", "--all"},
      {"update-ref", "refs/heads/side", "HEAD^"},
      {"update-ref", "-d", "refs/heads/deep/er/side"},
      {"checkout", "--quiet", "side"},
      {"checkout", "--quiet", "--detach"},
      {"reset", "--quiet", "--soft", "main"},
      {"branch", "-m", "main", "trunk"},
  };
  for (const auto& command : commands) {
    repo.Git(command);
    const auto after = Take(git_dir);
    ASSERT_TRUE(after);
    EXPECT_NE(after, before) << ::testing::PrintToString(command);
    before = after;
  }
  repo.Write("unrelated", "2");
  repo.Git({"add", "unrelated"});
  EXPECT_EQ(Take(git_dir), before) << "the index and the working tree are no refs";
}

TEST(RefStampTest, ARepositoryThatIsGoneHasNone) {
  EXPECT_FALSE(RefStamp::Take("/nonexistent/.git", "/nonexistent/.git"));
}

}  // namespace
}  // namespace coppice::indexer
