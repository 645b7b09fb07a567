#include "indexer/git/repository.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "indexer/git/mirror.h"
#include "tests/support/temp_repo.h"

namespace coppice::indexer {
namespace {

namespace fs = std::filesystem;
using test::RunGit;
using test::TempFolder;
using test::TempRepo;
using ::testing::HasSubstr;
using ::testing::Not;

std::unique_ptr<GitRepository> Open(const fs::path& path) {
  auto repository = OpenRepository(path.string());
  EXPECT_TRUE(repository) << repository.error().ToString();
  return repository ? std::move(repository).value() : nullptr;
}

/// "HEAD=1a2b(refs/heads/main)" of each head, with ids cut to four digits.
std::string Heads(GitRepository& repository, const std::vector<std::string>& patterns) {
  const auto heads = repository.Heads(patterns);
  if (!heads) return heads.error().ToString();
  std::string out;
  for (const auto& head : *heads) {
    if (!out.empty()) out += " ";
    out += head.name + "=" + head.head.ToHex().substr(0, 4);
    if (!head.symbolic.empty()) out += "(" + head.symbolic + ")";
  }
  return out;
}

TEST(RepositoryTest, WhatIsNoRepositoryIsSaid) {
  TempFolder folder;
  std::ofstream(folder.path() / "file") << "x";
  const auto code = [](const fs::path& path) { return OpenRepository(path.string()).error().code; };
  EXPECT_EQ(code(folder.path()), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(folder.path() / "file"), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(folder.path() / "gone"), ErrorCode::kNotFound);
  const Error error = OpenRepository(folder.path().string()).error();
  EXPECT_THAT(error.message, HasSubstr(folder.path().string()));
  EXPECT_FALSE(error.remedy.empty());
}

TEST(RepositoryTest, AFolderInsideARepositoryIsNone) {
  TempRepo repo;
  repo.Write("src/a", "1").Commit("c");
  EXPECT_FALSE(OpenRepository((repo.path() / "src").string()));
}

TEST(RepositoryTest, AnUnreadableFolderIsSaid) {
  if (::geteuid() == 0) GTEST_SKIP() << "root reads everything";
  TempRepo repo;
  fs::permissions(repo.path(), fs::perms::none);
  const auto git = OpenRepository(repo.path().string());
  fs::permissions(repo.path(), fs::perms::owner_all);
  ASSERT_FALSE(git);
  EXPECT_EQ(git.error().code, ErrorCode::kPermissionDenied);
}

TEST(MirrorTest, ClonesThenFetches) {
  TempRepo repo;
  const std::string first = repo.Write("a", "1").Commit("c").substr(0, 4);
  const std::string mirror = (repo.folder() / "mirrors/1.git").string();
  const std::string url = "file://" + repo.path().string();
  const Deadline soon = Deadline::After(std::chrono::seconds(60));
  const auto cloned = FetchMirror(url, mirror, soon);
  ASSERT_TRUE(cloned) << cloned.error().ToString();
  EXPECT_EQ(Heads(*Open(mirror), {"HEAD"}), "HEAD=" + first + "(refs/heads/main)");
  const std::string second = repo.Write("a", "2").Commit("d").substr(0, 4);
  repo.Git({"branch", "side"});
  ASSERT_TRUE(FetchMirror(url, mirror, soon));
  EXPECT_EQ(Heads(*Open(mirror), {"HEAD", "side"}),
            "HEAD=" + second + "(refs/heads/main) refs/heads/side=" + second);
  repo.Git({"branch", "-D", "side"});
  ASSERT_TRUE(FetchMirror(url, mirror, soon));
  EXPECT_FALSE(Open(mirror)->Heads({"side"}));  // what is gone there goes here
}

TEST(MirrorTest, BadUrlsAreRefusedOrFailCleanly) {
  TempFolder folder;
  const std::string mirror = (folder.path() / "1.git").string();
  const Deadline soon = Deadline::After(std::chrono::seconds(60));
  EXPECT_EQ(FetchMirror("--upload-pack=touch /tmp/x", mirror, soon).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(FetchMirror("ext::sh -c true", mirror, soon).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(FetchMirror("ftp://example.org/a.git", mirror, soon).error().code,
            ErrorCode::kInvalidArgument);
  const auto gone = FetchMirror("file://" + (folder.path() / "gone").string(), mirror, soon);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, ErrorCode::kNotFound) << gone.error().message;
  EXPECT_FALSE(gone.error().retryable) << "it will not be there the next time";
  EXPECT_FALSE(fs::exists(mirror));
  // Nobody listens there: that may change.
  const auto refused = FetchMirror("https://ada:secret@127.0.0.1:1/a.git", mirror, soon);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable) << refused.error().message;
  EXPECT_TRUE(refused.error().retryable);
  EXPECT_THAT(refused.error().message, Not(HasSubstr("secret")));
  EXPECT_THAT(refused.error().message, Not(HasSubstr("ada")));
  EXPECT_FALSE(fs::exists(mirror + ".partial"));
}

TEST(MirrorTest, OnlyKnownWaysToARemoteAreTaken) {
  for (const char* url :
       {"https://example.org/a.git", "http://example.org/a", "ssh://git@host/a", "git://host/a",
        "file:///srv/a", "git@host:a/b.git", "host:a", "[::1]:a"}) {
    EXPECT_TRUE(CheckRemoteUrl(url)) << url;
  }
  for (const char* url :
       {"ext::sh -c id", "fd::17", "ftp://host/a", "-oProxyCommand=id:x", "foo::https://host/a"}) {
    const auto checked = CheckRemoteUrl(url);
    ASSERT_FALSE(checked) << url;
    EXPECT_EQ(checked.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(MirrorTest, TheHeadFollowsTheRemotes) {
  TempRepo repo;
  const std::string id = repo.Write("a", "1").Commit("c").substr(0, 4);
  TempFolder mirrors;
  const std::string mirror = (mirrors.path() / "1.git").string();
  const std::string url = "file://" + repo.path().string();
  const Deadline soon = Deadline::After(std::chrono::seconds(60));
  ASSERT_TRUE(FetchMirror(url, mirror, soon));
  repo.Git({"branch", "-m", "main", "trunk"});
  ASSERT_TRUE(FetchMirror(url, mirror, soon));
  EXPECT_EQ(Heads(*Open(mirror), {"HEAD"}), "HEAD=" + id + "(refs/heads/trunk)");
}

}  // namespace
}  // namespace coppice::indexer
