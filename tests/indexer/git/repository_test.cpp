#include "indexer/git/repository.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/digest.h"
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

store::ObjectId Id(const std::string& hex) { return store::ObjectId{FromHex(hex).value()}; }

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

TEST(RepositoryTest, ReadsHeadAndItsCommit) {
  TempRepo repo;
  const std::string first = repo.Write("a.txt", "one\n").Commit("first\n\nwith a body");
  const std::string second = repo.Write("a.txt", "two\n").Commit("second");
  const auto git = Open(repo.path());
  EXPECT_EQ(Heads(*git, {"HEAD"}), "HEAD=" + second.substr(0, 4) + "(refs/heads/main)");
  const auto commit = git->ReadCommit(Id(first));
  ASSERT_TRUE(commit) << commit.error().ToString();
  EXPECT_EQ(commit->message, "first\n\nwith a body\n");
  EXPECT_EQ(commit->author, "A U Thor <author@example.org>");
  EXPECT_EQ(commit->author_time, 1700000000);
  EXPECT_TRUE(commit->parents.empty());
  EXPECT_EQ(git->ReadCommit(Id(second))->parents, std::vector{Id(first)});
}

TEST(RepositoryTest, OpensByCheckoutByItsGitFolderAndBare) {
  TempRepo repo;
  const std::string head = repo.Write("a", "x").Commit("c").substr(0, 4);
  RunGit(repo.folder(), {"clone", "--quiet", "--bare", repo.path().string(), "bare.git"});
  for (const fs::path& path : {repo.path(), repo.path() / ".git", repo.folder() / "bare.git"}) {
    const auto git = Open(path);
    ASSERT_NE(git, nullptr) << path;
    EXPECT_EQ(Heads(*git, {"HEAD"}), "HEAD=" + head + "(refs/heads/main)") << path;
  }
}

TEST(RepositoryTest, ALinkedWorktreeHasItsOwnHead) {
  TempRepo repo;
  const std::string first = repo.Write("a", "1").Commit("c");
  const fs::path linked = repo.folder() / "linked";
  repo.Git({"worktree", "add", "--quiet", "-b", "side", linked.string()});
  repo.Write("a", "2").Commit("d");
  const auto git = Open(linked);
  ASSERT_NE(git, nullptr);
  EXPECT_EQ(Heads(*git, {"HEAD"}), "HEAD=" + first.substr(0, 4) + "(refs/heads/side)");
  EXPECT_THAT(git->git_dir(), HasSubstr("worktrees"));
  EXPECT_EQ(Heads(*Open(git->git_dir()), {"HEAD"}), Heads(*git, {"HEAD"}));
}

TEST(RepositoryTest, AnUnbornHeadHasNoCommit) {
  TempRepo repo;
  const auto git = Open(repo.path());
  EXPECT_EQ(Heads(*git, {"HEAD"}), "HEAD=(refs/heads/main)");
  EXPECT_TRUE(git->RootCommit(Deadline::Never())->empty());
}

TEST(RepositoryTest, ADetachedHeadHasNoBranch) {
  TempRepo repo;
  const std::string first = repo.Write("a", "1").Commit("c");
  repo.Write("a", "2").Commit("d");
  repo.Git({"checkout", "--quiet", first});
  EXPECT_EQ(Heads(*Open(repo.path()), {"HEAD"}), "HEAD=" + first.substr(0, 4));
}

TEST(RepositoryTest, PatternsChooseBranchesAndTags) {
  TempRepo repo;
  const std::string id = repo.Write("a", "1").Commit("c").substr(0, 4);
  repo.Git({"branch", "release/1"});
  repo.Git({"branch", "release/2"});
  repo.Git({"tag", "v1"});
  repo.Git({"tag", "-a", "-m", "annotated", "v2"});
  const auto git = Open(repo.path());
  EXPECT_EQ(Heads(*git, {"release/*"}),
            "refs/heads/release/1=" + id + " refs/heads/release/2=" + id);
  EXPECT_EQ(Heads(*git, {"v*"}), "refs/tags/v1=" + id + " refs/tags/v2=" + id);  // peeled
  EXPECT_EQ(Heads(*git, {"main", "refs/heads/main"}), "refs/heads/main=" + id);  // each once
  EXPECT_EQ(Heads(*git, {"nothing/*"}), "");
}

TEST(RepositoryTest, AnUnknownRefIsNamed) {
  TempRepo repo;
  repo.Write("a", "1").Commit("c");
  const auto heads = Open(repo.path())->Heads({"HEAD", "no-such-branch"});
  ASSERT_FALSE(heads);
  EXPECT_EQ(heads.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(heads.error().message, HasSubstr("no-such-branch"));
  EXPECT_FALSE(heads.error().remedy.empty());
}

TEST(RepositoryTest, PackedRefsCountToo) {
  TempRepo repo;
  const std::string id = repo.Write("a", "1").Commit("c").substr(0, 4);
  repo.Git({"branch", "side"});
  repo.Git({"pack-refs", "--all"});
  repo.Git({"gc", "--quiet"});
  EXPECT_EQ(Heads(*Open(repo.path()), {"side"}), "refs/heads/side=" + id);
}

TEST(RepositoryTest, BlobsAreReadWithTheirBytes) {
  TempRepo repo;
  const std::string odd("\xFF\x00\r\n\xC3", 5);
  repo.Write("odd", odd).Commit("c");
  const store::ObjectId id = Id(repo.Git({"rev-parse", "HEAD:odd"}));
  const auto git = Open(repo.path());
  EXPECT_EQ(git->ReadBlobHeader(id)->size_bytes, 5U);
  EXPECT_EQ(*git->ReadBlob(id), odd);
}

TEST(RepositoryTest, TheWorkingTreeIsNeverLookedAt) {
  TempRepo repo;
  const std::string head = repo.Write("a", "committed").Commit("c");
  repo.Write("a", "edited").Write("b", "new");
  const auto git = Open(repo.path());
  const auto listing =
      store::WalkTree(*git, git->ReadCommit(Id(head))->tree, "", Deadline::Never());
  ASSERT_TRUE(listing);
  ASSERT_EQ(listing->files.size(), 1U);
  EXPECT_EQ(*git->ReadBlob(listing->files[0].blob), "committed");
}

TEST(RepositoryTest, MissingAndWrongObjectsAreErrors) {
  TempRepo repo;
  const std::string head = repo.Write("a", "1").Commit("c");
  const auto git = Open(repo.path());
  const store::ObjectId none = Id("0123456789012345678901234567890123456789");
  EXPECT_EQ(git->ReadBlob(none).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(git->ReadBlobHeader(none).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(git->ReadCommit(none).error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(git->ReadBlob(Id(head)));  // a commit is no blob
  EXPECT_FALSE(git->ReadTree(Id(head)));
  EXPECT_EQ(git->ReadBlob(store::ObjectId{std::string(32, 'x')}).error().code,
            ErrorCode::kUnsupported);
}

TEST(RepositoryTest, ADamagedObjectIsAnError) {
  TempRepo repo;
  repo.Write("a", "some content").Commit("c");
  const std::string hex = repo.Git({"rev-parse", "HEAD:a"});
  const fs::path object = repo.path() / ".git/objects" / hex.substr(0, 2) / hex.substr(2);
  fs::permissions(object, fs::perms::owner_all);
  std::ofstream(object, std::ios::binary | std::ios::trunc) << "not zlib";
  EXPECT_FALSE(Open(repo.path())->ReadBlob(Id(hex)));
}

TEST(RepositoryTest, TheWayToTheRootCommitEndsAtTheDeadline) {
  TempRepo repo;
  repo.Write("a", "x").Commit("one");
  const auto root = Open(repo.path())->RootCommit(Deadline::After(std::chrono::milliseconds(0)));
  ASSERT_FALSE(root);
  EXPECT_EQ(root.error().code, ErrorCode::kDeadlineExceeded);
}

TEST(RepositoryTest, ForksShareTheirRootCommit) {
  TempRepo repo;
  const std::string root = repo.Write("a", "1").Commit("root");
  repo.Write("a", "2").Commit("more");
  RunGit(repo.folder(), {"clone", "--quiet", "--bare", repo.path().string(), "fork.git"});
  EXPECT_EQ(*Open(repo.path())->RootCommit(Deadline::Never()), Id(root));
  EXPECT_EQ(*Open(repo.folder() / "fork.git")->RootCommit(Deadline::Never()), Id(root));
}

TEST(RepositoryTest, AShallowCloneHasNoKnownRoot) {
  TempRepo repo;
  repo.Write("a", "1").Commit("root");
  repo.Write("a", "2").Commit("more");
  RunGit(repo.folder(),
         {"clone", "--quiet", "--depth=1", "file://" + repo.path().string(), "shallow"});
  const auto git = Open(repo.folder() / "shallow");
  ASSERT_NE(git, nullptr);
  EXPECT_TRUE(git->RootCommit(Deadline::Never())->empty());
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

TEST(RepositoryTest, Sha256IsNamedAsUnsupported) {
  TempFolder folder;
  RunGit(folder.path(), {"init", "--quiet", "--object-format=sha256", "new"});
  const auto git = OpenRepository((folder.path() / "new").string());
  ASSERT_FALSE(git);
  EXPECT_EQ(git.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(git.error().message, HasSubstr("SHA-256"));
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
