#include <filesystem>
#include <fstream>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/digest.h"
#include "indexer/git/program_repository.h"
#include "indexer/git/repository.h"
#include "store/tree/walk.h"
#include "tests/support/temp_repo.h"

namespace coppice::indexer {
namespace {

namespace fs = std::filesystem;
using test::RunGit;
using test::TempRepo;
using ::testing::HasSubstr;

/// A way to read a repository, and the repositories it is asked to read.
struct BackEnd {
  const char* name;
  const char* object_format;
  Result<std::unique_ptr<GitRepository>> (*open)(const std::string& path);
};

/// What every implementation of GitRepository does alike.
class GitRepositoryContract : public ::testing::TestWithParam<BackEnd> {
 protected:
  static std::string Format() { return GetParam().object_format; }
  static std::size_t IdBytes() { return Format() == "sha1" ? 20 : 32; }
  static std::unique_ptr<GitRepository> Open(const fs::path& path) {
    auto repository = GetParam().open(path.string());
    EXPECT_TRUE(repository) << repository.error().ToString();
    return repository ? std::move(repository).value() : nullptr;
  }
};

INSTANTIATE_TEST_SUITE_P(BackEnds, GitRepositoryContract,
                         ::testing::Values(BackEnd{"Libgit2", "sha1", OpenRepository},
                                           BackEnd{"Program", "sha1", OpenByProgram},
                                           BackEnd{"ProgramSha256", "sha256", OpenRepository}),
                         [](const auto& tested) { return tested.param.name; });

store::ObjectId Id(const std::string& hex) { return store::ObjectId{FromHex(hex).value()}; }

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

TEST_P(GitRepositoryContract, ReadsHeadAndItsCommit) {
  TempRepo repo(Format());
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

TEST_P(GitRepositoryContract, OpensByCheckoutByItsGitFolderAndBare) {
  TempRepo repo(Format());
  const std::string head = repo.Write("a", "x").Commit("c").substr(0, 4);
  RunGit(repo.folder(), {"clone", "--quiet", "--bare", repo.path().string(), "bare.git"});
  for (const fs::path& path : {repo.path(), repo.path() / ".git", repo.folder() / "bare.git"}) {
    const auto git = Open(path);
    ASSERT_NE(git, nullptr) << path;
    EXPECT_EQ(Heads(*git, {"HEAD"}), "HEAD=" + head + "(refs/heads/main)") << path;
  }
}

TEST_P(GitRepositoryContract, ALinkedWorktreeHasItsOwnHead) {
  TempRepo repo(Format());
  const std::string first = repo.Write("a", "1").Commit("c");
  const fs::path linked = repo.folder() / "linked";
  repo.Git({"worktree", "add", "--quiet", "-b", "side", linked.string()});
  repo.Write("a", "2").Commit("d");
  const auto git = Open(linked);
  ASSERT_NE(git, nullptr);
  EXPECT_EQ(fs::canonical(git->common_dir()), fs::canonical(repo.path() / ".git"));
  EXPECT_EQ(Heads(*git, {"HEAD"}), "HEAD=" + first.substr(0, 4) + "(refs/heads/side)");
  EXPECT_THAT(git->git_dir(), HasSubstr("worktrees"));
  EXPECT_EQ(Heads(*Open(git->git_dir()), {"HEAD"}), Heads(*git, {"HEAD"}));
}

TEST_P(GitRepositoryContract, AnUnbornHeadHasNoCommit) {
  TempRepo repo(Format());
  const auto git = Open(repo.path());
  EXPECT_EQ(Heads(*git, {"HEAD"}), "HEAD=(refs/heads/main)");
  EXPECT_TRUE(git->RootCommit(Deadline::Never())->empty());
}

TEST_P(GitRepositoryContract, ADetachedHeadHasNoBranch) {
  TempRepo repo(Format());
  const std::string first = repo.Write("a", "1").Commit("c");
  repo.Write("a", "2").Commit("d");
  repo.Git({"checkout", "--quiet", first});
  EXPECT_EQ(Heads(*Open(repo.path()), {"HEAD"}), "HEAD=" + first.substr(0, 4));
}

TEST_P(GitRepositoryContract, PatternsChooseBranchesAndTags) {
  TempRepo repo(Format());
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

TEST_P(GitRepositoryContract, AnUnknownRefIsNamed) {
  TempRepo repo(Format());
  repo.Write("a", "1").Commit("c");
  const auto heads = Open(repo.path())->Heads({"HEAD", "no-such-branch"});
  ASSERT_FALSE(heads);
  EXPECT_EQ(heads.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(heads.error().message, HasSubstr("no-such-branch"));
  EXPECT_FALSE(heads.error().remedy.empty());
}

TEST_P(GitRepositoryContract, PackedRefsCountToo) {
  TempRepo repo(Format());
  const std::string id = repo.Write("a", "1").Commit("c").substr(0, 4);
  repo.Git({"branch", "side"});
  repo.Git({"pack-refs", "--all"});
  repo.Git({"gc", "--quiet"});
  EXPECT_EQ(Heads(*Open(repo.path()), {"side"}), "refs/heads/side=" + id);
}

TEST_P(GitRepositoryContract, BlobsAreReadWithTheirBytes) {
  TempRepo repo(Format());
  const std::string odd("\xFF\x00\r\n\xC3", 5);
  repo.Write("odd", odd).Commit("c");
  const store::ObjectId id = Id(repo.Git({"rev-parse", "HEAD:odd"}));
  const auto git = Open(repo.path());
  EXPECT_EQ(git->ReadBlobHeader(id)->size_bytes, 5U);
  EXPECT_EQ(*git->ReadBlob(id), odd);
}

TEST_P(GitRepositoryContract, TheWorkingTreeIsNeverLookedAt) {
  TempRepo repo(Format());
  const std::string head = repo.Write("a", "committed").Commit("c");
  repo.Write("a", "edited").Write("b", "new");
  const auto git = Open(repo.path());
  const auto listing =
      store::WalkTree(*git, git->ReadCommit(Id(head))->tree, "", Deadline::Never());
  ASSERT_TRUE(listing);
  ASSERT_EQ(listing->files.size(), 1U);
  EXPECT_EQ(*git->ReadBlob(listing->files[0].blob), "committed");
}

TEST_P(GitRepositoryContract, MissingAndWrongObjectsAreErrors) {
  TempRepo repo(Format());
  const std::string head = repo.Write("a", "1").Commit("c");
  const auto git = Open(repo.path());
  const store::ObjectId none = store::ObjectId{std::string(IdBytes(), 'x')};
  EXPECT_EQ(git->ReadBlob(none).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(git->ReadBlobHeader(none).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(git->ReadCommit(none).error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(git->ReadBlob(Id(head)));  // a commit is no blob
  EXPECT_FALSE(git->ReadTree(Id(head)));
  EXPECT_EQ(git->ReadBlob(store::ObjectId{std::string(52 - IdBytes(), 'x')}).error().code,
            ErrorCode::kUnsupported);
}

TEST_P(GitRepositoryContract, ADamagedObjectIsAnError) {
  TempRepo repo(Format());
  repo.Write("a", "some content").Commit("c");
  const std::string hex = repo.Git({"rev-parse", "HEAD:a"});
  const fs::path object = repo.path() / ".git/objects" / hex.substr(0, 2) / hex.substr(2);
  fs::permissions(object, fs::perms::owner_all);
  std::ofstream(object, std::ios::binary | std::ios::trunc) << "not zlib";
  EXPECT_FALSE(Open(repo.path())->ReadBlob(Id(hex)));
}

TEST_P(GitRepositoryContract, TheWayToTheRootCommitEndsAtTheDeadline) {
  TempRepo repo(Format());
  repo.Write("a", "x").Commit("one");
  const auto root = Open(repo.path())->RootCommit(Deadline::After(std::chrono::milliseconds(0)));
  ASSERT_FALSE(root);
  EXPECT_EQ(root.error().code, ErrorCode::kDeadlineExceeded);
}

TEST_P(GitRepositoryContract, ForksShareTheirRootCommit) {
  TempRepo repo(Format());
  const std::string root = repo.Write("a", "1").Commit("root");
  repo.Write("a", "2").Commit("more");
  RunGit(repo.folder(), {"clone", "--quiet", "--bare", repo.path().string(), "fork.git"});
  EXPECT_EQ(*Open(repo.path())->RootCommit(Deadline::Never()), Id(root));
  EXPECT_EQ(*Open(repo.folder() / "fork.git")->RootCommit(Deadline::Never()), Id(root));
}

TEST_P(GitRepositoryContract, AShallowCloneHasNoKnownRoot) {
  TempRepo repo(Format());
  repo.Write("a", "1").Commit("root");
  repo.Write("a", "2").Commit("more");
  RunGit(repo.folder(),
         {"clone", "--quiet", "--depth=1", "file://" + repo.path().string(), "shallow"});
  const auto git = Open(repo.folder() / "shallow");
  ASSERT_NE(git, nullptr);
  EXPECT_TRUE(git->RootCommit(Deadline::Never())->empty());
}

/// One line for each file below the tree, with its content.
std::string Everything(GitRepository& git, const store::ObjectId& tree) {
  const auto listing = store::WalkTree(git, tree, "", Deadline::Never());
  if (!listing) return listing.error().ToString();
  std::string out;
  for (const auto& file : listing->files) {
    const auto body = git.ReadBlob(file.blob);
    out +=
        file.path + " " + file.blob.ToHex() + " " + (body ? *body : body.error().ToString()) + "\n";
  }
  return out;
}

TEST_P(GitRepositoryContract, ReadsWhatGitWrote) {
  TempRepo repo(Format());
  repo.Write("src/a.c", "int a;\n").Write("na\xFFme\n", "odd").Write("empty", "");
  repo.Write("big", std::string(300'000, 'x')).Commit("one");
  for (std::size_t i = 0; i < 20; ++i)
    repo.Write("src/a.c", std::string(i, '\n') + "int a;\n").Commit("more");
  repo.Git({"gc", "--quiet"});  // deltas
  const auto git = Open(repo.path());
  const std::string head = repo.Git({"rev-parse", "HEAD"});
  const auto commit = git->ReadCommit(Id(head));
  ASSERT_TRUE(commit) << commit.error().ToString();
  EXPECT_EQ(commit->tree.ToHex(), repo.Git({"rev-parse", "HEAD^{tree}"}));
  ASSERT_EQ(commit->parents.size(), 1U);
  EXPECT_EQ(commit->parents[0].ToHex(), repo.Git({"rev-parse", "HEAD^"}));
  std::string expected;
  for (const std::string path : {"big", "empty", "na\xFFme\n", "src/a.c"}) {
    expected += path + " " + repo.Git({"rev-parse", "HEAD:" + path}) + " ";
    if (path == "big") expected += std::string(300'000, 'x');
    if (path == "na\xFFme\n") expected += "odd";
    if (path == "src/a.c") expected += std::string(19, '\n') + "int a;\n";
    expected += "\n";
  }
  EXPECT_EQ(Everything(*git, commit->tree), expected);
}

TEST_P(GitRepositoryContract, OddCommitsAreRead) {
  TempRepo repo(Format());
  repo.Write("a", "1").Commit("one");
  const std::string tree = repo.Git({"rev-parse", "HEAD^{tree}"});
  const auto commit = [&](const std::string& text) {
    repo.Write("commit", text);
    const std::string hex =
        repo.Git({"hash-object", "-t", "commit", "--literally", "-w", "commit"});
    return Open(repo.path())->ReadCommit(Id(hex));
  };
  const std::string people =
      "author  Ada  < ada@x >  1700000001 -0130\ncommitter B <b@x> 5 +0000\n";
  const auto signed_one = commit("tree " + tree + "\n" + people +
                                 "encoding latin1\ngpgsig -----BEGIN\n \n text\n -----END\n"
                                 "\nsub\xE9\n\nbody\n");
  ASSERT_TRUE(signed_one) << signed_one.error().ToString();
  EXPECT_EQ(signed_one->author, "Ada <ada@x>");
  EXPECT_EQ(signed_one->author_time, 1700000001);
  EXPECT_EQ(signed_one->message, "sub\xE9\n\nbody\n");
  const auto silent = commit("tree " + tree + "\n" + people + "\n");
  ASSERT_TRUE(silent) << silent.error().ToString();
  EXPECT_EQ(silent->message, "");
  const auto broken = commit("tree of nothing\n" + people + "\nx\n");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, ErrorCode::kCorrupt) << broken.error().ToString();
}

TEST_P(GitRepositoryContract, ATagOfATreeIsNoHead) {
  TempRepo repo(Format());
  const std::string id = repo.Write("a", "1").Commit("c");
  repo.Git({"tag", "tree", "HEAD^{tree}"});
  repo.Git({"tag", "-a", "-m", "m", "one", "HEAD"});
  repo.Git({"tag", "-a", "-m", "m", "two", "one"});
  EXPECT_EQ(Heads(*Open(repo.path()), {"refs/tags/*"}),
            "refs/tags/one=" + id.substr(0, 4) + " refs/tags/two=" + id.substr(0, 4));
}

TEST_P(GitRepositoryContract, ARefWhoseCommitIsMissingStaysAHead) {
  TempRepo repo(Format());
  repo.Write("a", "1").Commit("c");
  const std::string lost = repo.Write("a", "2").Commit("d");
  repo.Git({"branch", "side"});
  repo.Git({"reset", "--quiet", "--hard", "HEAD^"});
  fs::remove(repo.path() / ".git/objects" / lost.substr(0, 2) / lost.substr(2));
  const auto git = Open(repo.path());
  EXPECT_EQ(Heads(*git, {"side"}), "refs/heads/side=" + lost.substr(0, 4));
  const auto commit = git->ReadCommit(Id(lost));
  ASSERT_FALSE(commit);
  EXPECT_EQ(commit.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(commit.error().message, HasSubstr(lost));
}

TEST_P(GitRepositoryContract, ATruncatedPackIsDamagedAndHeals) {
  TempRepo repo(Format());
  std::string noise;
  for (int i = 0; i < 20'000; ++i) noise += static_cast<char>((i * 7919) >> (i % 11));
  repo.Write("a", noise).Commit("c");
  repo.Git({"gc", "--quiet"});
  fs::path pack;
  for (const auto& entry : fs::directory_iterator(repo.path() / ".git/objects/pack")) {
    if (entry.path().extension() == ".pack") pack = entry.path();
  }
  const fs::path whole = repo.folder() / "whole";
  fs::copy_file(pack, whole);
  const store::ObjectId id = Id(repo.Git({"rev-parse", "HEAD:a"}));
  fs::permissions(pack, fs::perms::owner_all);
  fs::resize_file(pack, fs::file_size(pack) / 2);
  const auto damaged = Open(repo.path())->ReadBlob(id);
  ASSERT_FALSE(damaged);
  EXPECT_TRUE(damaged.error().code == ErrorCode::kCorrupt ||
              damaged.error().code == ErrorCode::kNotFound)
      << damaged.error().ToString();
  fs::remove(pack);
  fs::copy_file(whole, pack);
  const auto git = Open(repo.path());
  EXPECT_EQ(git->ReadBlob(id).value_or("damaged"), noise);
}

TEST_P(GitRepositoryContract, AfterADamagedObjectTheOthersAreRead) {
  TempRepo repo(Format());
  repo.Write("a", "some content").Write("b", "more content").Commit("c");
  const std::string hex = repo.Git({"rev-parse", "HEAD:a"});
  const fs::path object = repo.path() / ".git/objects" / hex.substr(0, 2) / hex.substr(2);
  fs::permissions(object, fs::perms::owner_all);
  const auto size = fs::file_size(object);
  std::ofstream(object, std::ios::binary | std::ios::trunc) << std::string(size, '\0');
  const auto git = Open(repo.path());
  const auto damaged = git->ReadBlob(Id(hex));
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().code, ErrorCode::kCorrupt) << damaged.error().ToString();
  EXPECT_EQ(git->ReadBlob(Id(repo.Git({"rev-parse", "HEAD:b"}))).value_or(""), "more content");
}

TEST_P(GitRepositoryContract, WhatIsExpectedMayBeReadInAnyOrderOrNotAtAll) {
  TempRepo repo(Format());
  for (const char* name : {"a", "b", "c", "d"}) {
    repo.Write(name, std::string(100'000, name[0]));
  }
  repo.Write("large", std::string(3U << 20U, 'x')).Commit("c");
  const auto id = [&](const std::string& name) {
    return Id(repo.Git({"rev-parse", "HEAD:" + name}));
  };
  const store::ObjectId none{std::string(IdBytes(), 'x')};
  const std::vector<store::ObjectId> all = {id("a"), none, id("large"), id("b"), id("c"), id("d")};
  const auto git = Open(repo.path());
  const auto first_of = [&](const store::ObjectId& blob) {
    const auto body = git->ReadBlob(blob);
    return body ? body->substr(0, 1) + std::to_string(body->size()) : body.error().ToString();
  };
  git->Expect(all);
  EXPECT_EQ(git->ReadBlobHeader(all[0])->size_bytes, 100'000U);
  EXPECT_EQ(first_of(all[0]), "a100000");
  EXPECT_EQ(git->ReadBlob(none).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(first_of(all[4]), "c100000") << "out of order";
  EXPECT_EQ(first_of(all[3]), "b100000");
  EXPECT_EQ(first_of(all[2]), "x3145728");
  EXPECT_TRUE(git->Heads({"HEAD", "main"}));
  git->Expect(std::span(all).subspan(3));
  EXPECT_EQ(first_of(all[3]), "b100000");
  EXPECT_EQ(git->ReadBlobHeader(none).error().code, ErrorCode::kNotFound) << "not expected";
  git->Expect(std::span(all).subspan(3));
  for (std::size_t i = 3; i < all.size(); ++i) {
    EXPECT_EQ(git->ReadBlobHeader(all[i])->size_bytes, 100'000U);
    EXPECT_EQ(first_of(all[i]).substr(1), "100000");
  }
}

TEST_P(GitRepositoryContract, ADamagedObjectAmongThoseExpectedCostsNoOther) {
  TempRepo repo(Format());
  for (const char* name : {"a", "b", "c"}) repo.Write(name, std::string("content of ") + name);
  repo.Commit("c");
  std::vector<store::ObjectId> all;
  for (const char* name : {"a", "b", "c"}) {
    all.push_back(Id(repo.Git({"rev-parse", std::string("HEAD:") + name})));
  }
  const std::string hex = all[1].ToHex();
  const fs::path object = repo.path() / ".git/objects" / hex.substr(0, 2) / hex.substr(2);
  fs::permissions(object, fs::perms::owner_all);
  const auto size = fs::file_size(object);
  std::ofstream(object, std::ios::binary | std::ios::trunc) << std::string(size, '\0');
  const auto git = Open(repo.path());
  git->Expect(all);
  EXPECT_EQ(git->ReadBlob(all[0]).value_or("damaged"), "content of a");
  EXPECT_FALSE(git->ReadBlob(all[1]));
  EXPECT_EQ(git->ReadBlob(all[2]).value_or("damaged"), "content of c");
}

TEST_P(GitRepositoryContract, AnObjectThatIsCutShortAnywhereIsDamaged) {
  TempRepo repo(Format());
  std::string noise;
  for (int i = 0; i < 500; ++i) noise += std::to_string(i * 7919);
  repo.Write("a", noise).Commit("c");
  const std::string hex = repo.Git({"rev-parse", "HEAD:a"});
  const fs::path object = repo.path() / ".git/objects" / hex.substr(0, 2) / hex.substr(2);
  fs::permissions(object, fs::perms::owner_all);
  const std::uintmax_t size = fs::file_size(object);
  for (const std::uintmax_t left : {size - 4, size / 2}) {
    fs::resize_file(object, left);
    const auto blob = Open(repo.path())->ReadBlob(Id(hex));
    ASSERT_FALSE(blob);
    EXPECT_EQ(blob.error().code, ErrorCode::kCorrupt) << left << ": " << blob.error().ToString();
  }
  fs::resize_file(object, 1);  // git says no more than that it is missing
  EXPECT_FALSE(Open(repo.path())->ReadBlob(Id(hex)));
}

TEST_P(GitRepositoryContract, ObjectsThatComeLaterAreSeen) {
  TempRepo repo(Format());
  repo.Write("a", "1").Commit("c");
  const auto git = Open(repo.path());
  EXPECT_TRUE(git->Heads({"HEAD"}));
  const std::string head = repo.Write("a", "2").Commit("d");
  repo.Git({"gc", "--quiet", "--prune=now"});
  EXPECT_EQ(Heads(*git, {"HEAD"}), "HEAD=" + head.substr(0, 4) + "(refs/heads/main)");
  EXPECT_EQ(git->ReadBlob(Id(repo.Git({"rev-parse", "HEAD:a"}))).value_or(""), "2");
}

TEST_P(GitRepositoryContract, AlternatesAreFollowedAndNamedWhenTheyAreGone) {
  TempRepo repo(Format());
  const std::string head = repo.Write("a", "shared").Commit("c");
  const std::string hex = repo.Git({"rev-parse", "HEAD:a"});
  RunGit(repo.folder(), {"clone", "--quiet", "--shared", repo.path().string(), "borrower"});
  EXPECT_EQ(Open(repo.folder() / "borrower")->ReadBlob(Id(hex)).value_or(""), "shared");
  fs::rename(repo.path(), repo.folder() / "away");
  const auto git = Open(repo.folder() / "borrower");
  ASSERT_NE(git, nullptr);
  const auto lost = git->ReadBlob(Id(hex));
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, ErrorCode::kNotFound) << lost.error().ToString();
  EXPECT_THAT(lost.error().message, HasSubstr((repo.path() / ".git/objects").string()));
  EXPECT_THAT(lost.error().remedy, HasSubstr("alternate"));
  fs::rename(repo.folder() / "away", repo.path());
  EXPECT_EQ(Open(repo.folder() / "borrower")->ReadBlob(Id(hex)).value_or(""), "shared");
}

TEST_P(GitRepositoryContract, AlternatesThatGoRoundInACircleEnd) {
  TempRepo repo(Format());
  const std::string head = repo.Write("a", "1").Commit("c");
  RunGit(repo.folder(), {"clone", "--quiet", "--shared", repo.path().string(), "borrower"});
  std::ofstream(repo.path() / ".git/objects/info/alternates")
      << (repo.folder() / "borrower/.git/objects").string() << "\n";
  const auto git = Open(repo.folder() / "borrower");
  ASSERT_NE(git, nullptr);
  EXPECT_TRUE(git->ReadCommit(Id(head)));
  EXPECT_EQ(git->ReadBlob(store::ObjectId{std::string(IdBytes(), 'x')}).error().code,
            ErrorCode::kNotFound);
}

TEST_P(GitRepositoryContract, APartialCloneSaysWhatItLacksAndFetchesNothing) {
  TempRepo repo(Format());
  repo.Write("a", "promised").Commit("c");
  repo.Git({"config", "uploadpack.allowFilter", "true"});
  RunGit(repo.folder(), {"clone", "--quiet", "--no-checkout", "--filter=blob:none",
                         "file://" + repo.path().string(), "partial"});
  const fs::path partial = repo.folder() / "partial";
  // A hostile one: if anything asked its remote, this would run.
  const fs::path proof = repo.folder() / "executed";
  RunGit(partial, {"config", "protocol.ext.allow", "always"});
  RunGit(partial, {"config", "remote.origin.url", "ext::touch " + proof.string()});
  const auto git = Open(partial);
  ASSERT_NE(git, nullptr);
  const store::ObjectId blob = Id(repo.Git({"rev-parse", "HEAD:a"}));
  const store::ObjectId head = Id(repo.Git({"rev-parse", "HEAD"}));
  EXPECT_TRUE(git->ReadTree(git->ReadCommit(head)->tree));
  for (int i = 0; i < 2; ++i) {
    const auto lost = git->ReadBlob(blob);
    ASSERT_FALSE(lost);
    EXPECT_EQ(lost.error().code, ErrorCode::kNotFound) << lost.error().ToString();
    EXPECT_THAT(lost.error().message, HasSubstr("partial clone"));
    EXPECT_THAT(lost.error().remedy, HasSubstr("git fetch"));
  }
  EXPECT_FALSE(fs::exists(proof));
}

TEST_P(GitRepositoryContract, NothingThatARepositoryConfiguresIsRun) {
  TempRepo repo(Format());
  const std::string head =
      repo.Write("a.txt", "1").Write(".gitattributes", "* filter=f diff=d\n").Commit("c");
  const std::string proof = (repo.folder() / "executed").string();
  for (const char* key : {"core.fsmonitor", "core.pager", "core.sshCommand", "filter.f.smudge",
                          "diff.d.textconv", "core.alternateRefsCommand", "alias.cat-file"}) {
    repo.Git({"config", key, "touch " + proof});
  }
  repo.Git({"config", "include.path", repo.path().string() + "/nothing"});
  const auto git = Open(repo.path());
  ASSERT_NE(git, nullptr);
  EXPECT_TRUE(git->Heads({"HEAD", "**"}));
  EXPECT_TRUE(git->RootCommit(Deadline::Never()));
  EXPECT_NE(Everything(*git, git->ReadCommit(Id(head))->tree), "");
  EXPECT_FALSE(fs::exists(proof));
}

TEST_P(GitRepositoryContract, ExtensionsThatSayNothingOfObjectsAreNoHindrance) {
  TempRepo repo(Format());
  const std::string head = repo.Write("src/a", "1").Write("b", "2").Commit("c").substr(0, 4);
  repo.Git({"sparse-checkout", "set", "src"});
  repo.Git({"config", "core.repositoryFormatVersion", "1"});
  repo.Git({"config", "extensions.preciousObjects", "true"});
  const auto git = Open(repo.path());
  ASSERT_NE(git, nullptr);
  EXPECT_EQ(Heads(*git, {"HEAD"}), "HEAD=" + head + "(refs/heads/main)");
  EXPECT_EQ(git->ReadBlob(Id(repo.Git({"rev-parse", "HEAD:b"}))).value_or(""), "2");
}

TEST_P(GitRepositoryContract, FormatsThatAreNotKnownAreNamed) {
  TempRepo repo(Format());
  repo.Write("a", "1").Commit("c");
  repo.Git({"config", "core.repositoryFormatVersion", "1"});
  const auto refused = [&] {
    const auto git = GetParam().open(repo.path().string());
    return git ? Error{} : git.error();
  };
  std::ofstream(repo.path() / ".git/config", std::ios::app)
      << "[extensions]\nrefStorage = reftable\n";
  EXPECT_EQ(refused().code, ErrorCode::kUnsupported);
  EXPECT_THAT(refused().message, HasSubstr("reftable"));
  EXPECT_THAT(refused().remedy, HasSubstr("git refs migrate"));
  std::ofstream(repo.path() / ".git/config", std::ios::app)
      << "refStorage = files\ntimeTravel = true\n";
  EXPECT_EQ(refused().code, ErrorCode::kUnsupported);
  EXPECT_THAT(refused().message, HasSubstr("timetravel"));
  EXPECT_FALSE(refused().remedy.empty());
}

}  // namespace
}  // namespace coppice::indexer
