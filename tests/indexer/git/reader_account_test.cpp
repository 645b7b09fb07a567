#include "indexer/git/reader_account.h"

#include <filesystem>
#include <fstream>
#include <future>
#include <string>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "indexer/git/repository.h"
#include "tests/support/temp_repo.h"

namespace coppice::indexer {
namespace {

namespace fs = std::filesystem;

constexpr uid_t kOwner = 65534;
constexpr uid_t kOther = 65533;

/// Repositories of several owners in one folder that everybody may enter.
class ReaderAccountTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "only root reads with the rights of others";
    fs::permissions(folder_.path(), fs::perms(0755));
  }

  /// A repository with one commit, in a folder for the owner alone.
  fs::path Repository(const std::string& name, uid_t owner) {
    const fs::path path = folder_.path() / name;
    fs::create_directories(path);
    test::RunGit(path, {"init", "--quiet"});
    std::ofstream(path / "a.txt") << name << "\n";
    test::RunGit(path, {"add", "--all"});
    test::RunGit(path, {"commit", "--quiet", "--message", "one"});
    Give(path, owner);
    return path;
  }
  static void Give(const fs::path& path, uid_t owner) {
    for (const auto& entry : fs::recursive_directory_iterator(path)) Chown(entry.path(), owner);
    Chown(path, owner);
    fs::permissions(path, fs::perms(0700));
  }
  static void Chown(const fs::path& path, uid_t owner) {
    ASSERT_EQ(::lchown(path.c_str(), owner, owner), 0) << path;
  }
  static bool CanOpen(const fs::path& path) { return std::ifstream(path).good(); }

  [[nodiscard]] const fs::path& folder() const { return folder_.path(); }

 private:
  test::TempFolder folder_;
};

store::ObjectId Head(GitRepository& git) {
  const auto heads = git.Heads({"HEAD"});
  return heads && heads->size() == 1 ? (*heads)[0].head : store::ObjectId{};
}

TEST_F(ReaderAccountTest, WhatBelongsToRootIsReadAsRoot) {
  const auto account = FindReaderAccount(Repository("plain", 0).string());
  ASSERT_TRUE(account) << account.error().ToString();
  EXPECT_FALSE(account->has_value());
}

TEST_F(ReaderAccountTest, APrivateRepositoryIsReadAsItsOwner) {
  const fs::path path = Repository("private", kOwner);
  const auto account = FindReaderAccount(path.string());
  ASSERT_TRUE(account) << account.error().ToString();
  ASSERT_TRUE(account->has_value());
  EXPECT_EQ((*account)->uid, kOwner);
  const auto git = OpenRepository(path.string());
  ASSERT_TRUE(git) << git.error().ToString();
  EXPECT_FALSE(Head(**git).empty());
  EXPECT_TRUE((*git)->ReadCommit(Head(**git)));
}

TEST_F(ReaderAccountTest, TheRightsAreThoseOfOneThreadAndEnd) {
  const fs::path secret = folder() / "secret";
  std::ofstream(secret) << "root's\n";
  fs::permissions(secret, fs::perms(0600));
  std::promise<void> entered;
  bool elsewhere = false;
  std::jthread other([&] {
    entered.get_future().wait();
    elsewhere = CanOpen(secret);
  });
  {
    const ReadAs rights({kOwner, kOwner, {}});
    EXPECT_FALSE(CanOpen(secret));
    entered.set_value();
    other.join();
    EXPECT_TRUE(elsewhere) << "another thread lost its rights";
  }
  EXPECT_TRUE(CanOpen(secret));
}

TEST_F(ReaderAccountTest, TheGroupsOfRootAreLeftToo) {
  const fs::path secret = folder() / "of-the-group";
  std::ofstream(secret) << "group 0's\n";
  fs::permissions(secret, fs::perms(0640));
  const ReadAs rights({kOwner, kOwner, {}});
  EXPECT_FALSE(CanOpen(secret));
}

TEST_F(ReaderAccountTest, WhatIsRootsInAFolderOfSomebodysIsReadAsThatOne) {
  const fs::path home = folder() / "home";
  const fs::path path = Repository("home/roots", 0);
  Chown(home, kOwner);
  const auto account = FindReaderAccount(path.string());
  ASSERT_TRUE(account && account->has_value());
  EXPECT_EQ((*account)->uid, kOwner);
  EXPECT_FALSE(OpenRepository(path.string())) << "its owner could put a link in its place";
}

TEST_F(ReaderAccountTest, AlternatesDoNotLeadIntoFoldersOfRoots) {
  const fs::path secret = Repository("secret", 0);
  store::ObjectId wanted;
  {
    const auto git = OpenRepository(secret.string());
    ASSERT_TRUE(git);
    wanted = Head(**git);
    ASSERT_TRUE((*git)->ReadCommit(wanted));
  }
  const fs::path path = Repository("hostile", kOwner);
  std::ofstream(path / ".git/objects/info/alternates")
      << (secret / ".git/objects").string() << "\n";
  const auto git = OpenRepository(path.string());
  ASSERT_TRUE(git) << git.error().ToString();
  EXPECT_FALSE((*git)->ReadCommit(wanted)) << "read with root's rights";
  EXPECT_FALSE(Head(**git).empty());
}

TEST_F(ReaderAccountTest, AWorktreeDoesNotLeadIntoFoldersOfRoots) {
  const fs::path secret = Repository("secret", 0);
  const fs::path path = folder() / "worktree";
  fs::create_directories(path);
  std::ofstream(path / ".git") << "gitdir: " << (secret / ".git").string() << "\n";
  Give(path, kOwner);
  EXPECT_FALSE(OpenRepository(path.string()));
}

TEST_F(ReaderAccountTest, ALinkDoesNotLeadIntoFoldersOfRoots) {
  const fs::path secret = Repository("secret", 0);
  const fs::path home = folder() / "home";
  fs::create_directories(home);
  fs::create_symlink(secret, home / "repository");
  Chown(home / "repository", kOwner);
  Chown(home, kOwner);
  const auto git = OpenRepository((home / "repository").string());
  ASSERT_FALSE(git);
  EXPECT_EQ(git.error().code, ErrorCode::kPermissionDenied) << git.error().ToString();
  EXPECT_FALSE(git.error().remedy.empty());
}

TEST_F(ReaderAccountTest, ALinkDoesNotLeadToTheRepositoryOfAThird) {
  const fs::path theirs = Repository("theirs", kOther);
  fs::create_symlink(theirs, folder() / "link");
  Chown(folder() / "link", kOwner);
  const auto git = OpenRepository((folder() / "link").string());
  ASSERT_FALSE(git);
  EXPECT_EQ(git.error().code, ErrorCode::kPermissionDenied);
  EXPECT_NE(git.error().message.find("65533"), std::string::npos) << git.error().message;
  EXPECT_TRUE(OpenRepository(theirs.string()));
}

TEST_F(ReaderAccountTest, ALinkOfRootsIsFollowed) {
  const fs::path theirs = Repository("theirs", kOwner);
  fs::create_symlink("theirs", folder() / "link");
  const auto git = OpenRepository((folder() / "link/../link").string());
  ASSERT_TRUE(git) << git.error().ToString();
  EXPECT_FALSE(Head(**git).empty());
}

TEST_F(ReaderAccountTest, LinksWithoutEndAndPathsThatAreNotThereAreNotFound) {
  fs::create_symlink("loop", folder() / "loop");
  for (const char* name : {"loop", "nothing"}) {
    const auto git = OpenRepository((folder() / name).string());
    ASSERT_FALSE(git);
    EXPECT_EQ(git.error().code, ErrorCode::kNotFound) << git.error().ToString();
  }
}

}  // namespace
}  // namespace coppice::indexer
