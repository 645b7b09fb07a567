#include "store/catalog.h"

#include <future>

#include "tests/store/store_testing.h"

namespace coppice::store {
namespace {

using ::testing::ElementsAre;

class CatalogTest : public StoreTest {
 protected:
  Catalog& catalog() { return store().catalog(); }
  std::vector<std::string> RefNames(RepoNo repo) {
    std::vector<std::string> names;
    for (const RefRecord& ref : Must(catalog().ListRefs(repo, Soon()))) names.push_back(ref.name);
    return names;
  }
};

TEST_F(CatalogTest, ARepositoryComesBackAsItWasAdded) {
  NewRepo repo = Repo("alpha");
  repo.location = "/srv/\xff\xfe with space";
  repo.ref_patterns = {"HEAD", "release/*", "we\"ird,\\{}"};
  repo.subtree = "src/caf\xe9";
  const RepoRecord added = Must(catalog().AddRepo(repo, Soon()));
  const RepoRecord found = Must(catalog().FindRepo("alpha", Soon()));
  EXPECT_EQ(found.repo, added.repo);
  EXPECT_EQ(found.location, repo.location);
  EXPECT_EQ(found.git_dir, repo.git_dir);
  EXPECT_EQ(found.ref_patterns, repo.ref_patterns);
  EXPECT_EQ(found.subtree, repo.subtree);
  EXPECT_FALSE(found.remote);
  EXPECT_EQ(Must(catalog().ListRepos(Soon())).size(), 1U);
}

TEST_F(CatalogTest, AddingTheSameLocationAgainReplacesOnlyWhatIsSaid) {
  NewRepo repo = Repo("alpha");
  repo.ref_patterns = {"release/*"};
  repo.subtree = "src";
  const RepoRecord first = Must(catalog().AddRepo(repo, Soon()));
  NewRepo again = Repo("alpha");
  again.name = "other";
  again.ref_patterns = {};
  const RepoRecord same = Must(catalog().AddRepo(again, Soon()));
  EXPECT_EQ(same.repo, first.repo);
  EXPECT_EQ(same.name, "alpha");
  EXPECT_THAT(same.ref_patterns, ElementsAre("release/*"));
  EXPECT_EQ(same.subtree, "src");
  again.rename = true;
  again.ref_patterns = {"main"};
  again.subtree = "";
  const RepoRecord changed = Must(catalog().AddRepo(again, Soon()));
  EXPECT_EQ(changed.repo, first.repo);
  EXPECT_EQ(changed.name, "other");
  EXPECT_THAT(changed.ref_patterns, ElementsAre("main"));
  EXPECT_EQ(changed.subtree, "");
}

TEST_F(CatalogTest, AnotherRepositorysNameIsNotTaken) {
  Must(catalog().AddRepo(Repo("alpha"), Soon()));
  NewRepo beta = Repo("beta");
  Must(catalog().AddRepo(beta, Soon()));
  beta.name = "alpha";
  beta.rename = true;
  EXPECT_EQ(CodeOf(catalog().AddRepo(beta, Soon())), ErrorCode::kConflict);
}

TEST_F(CatalogTest, ARepositoryIsFoundByNameAndByPlace) {
  const RepoRecord repo = Must(catalog().AddRepo(Repo("alpha"), Soon()));
  for (const char* who : {"alpha", "/srv/alpha", "/srv/alpha/", "/srv/alpha/.git"}) {
    EXPECT_EQ(Must(catalog().FindRepo(who, Soon())).repo, repo.repo) << who;
  }
  EXPECT_EQ(CodeOf(catalog().FindRepo("/srv", Soon())), ErrorCode::kNotFound);
  EXPECT_EQ(CodeOf(catalog().FindRemovedRepo("alpha", Soon())), ErrorCode::kNotFound);
  Must(catalog().RemoveRepo(repo.repo, false, Soon()));
  EXPECT_EQ(Must(catalog().FindRemovedRepo("alpha", Soon())).repo, repo.repo);
  NewRepo other = Repo("alpha");
  other.location = "/elsewhere/alpha";
  Must(catalog().RemoveRepo(Must(catalog().AddRepo(other, Soon())).repo, false, Soon()));
  EXPECT_EQ(CodeOf(catalog().FindRemovedRepo("alpha", Soon())), ErrorCode::kConflict);
  EXPECT_EQ(Must(catalog().FindRemovedRepo("/srv/alpha", Soon())).repo, repo.repo);
}

TEST_F(CatalogTest, ANameBelongsToOneLocation) {
  Must(catalog().AddRepo(Repo("alpha"), Soon()));
  NewRepo other = Repo("alpha");
  other.location = "/elsewhere";
  EXPECT_EQ(CodeOf(catalog().AddRepo(other, Soon())), ErrorCode::kConflict);
}

TEST_F(CatalogTest, ANameIsText) {
  for (const std::string& name : {std::string(), std::string("a\xff"), std::string("a\0b", 3), std::string(300, 'x')}) {
    NewRepo repo = Repo("alpha");
    repo.name = name;
    EXPECT_EQ(CodeOf(catalog().AddRepo(repo, Soon())), ErrorCode::kInvalidArgument);
    EXPECT_EQ(CodeOf(catalog().FindRepo(name, Soon())), ErrorCode::kNotFound);
  }
}

TEST_F(CatalogTest, ForksShareASpaceAndStrangersDoNot) {
  const RepoRecord one = Must(catalog().AddRepo(Repo("one", "root"), Soon()));
  const RepoRecord fork = Must(catalog().AddRepo(Repo("fork", "root"), Soon()));
  const RepoRecord other = Must(catalog().AddRepo(Repo("other", "another root"), Soon()));
  const RepoRecord unborn = Must(catalog().AddRepo(Repo("unborn"), Soon()));
  const RepoRecord unborn2 = Must(catalog().AddRepo(Repo("unborn2"), Soon()));
  EXPECT_EQ(one.space, fork.space);
  EXPECT_NE(one.space, other.space);
  EXPECT_NE(unborn.space, unborn2.space);
}

TEST_F(CatalogTest, TheSameRepositoryAddedByManyAtOnceIsAddedOnce) {
  std::vector<std::future<RepoRecord>> added;
  for (int i = 0; i < 6; ++i) {
    added.push_back(std::async(std::launch::async, [this] {
      return Must(catalog().AddRepo(Repo("alpha", "root"), Soon()));
    }));
  }
  std::set<RepoNo> numbers;
  for (auto& result : added) numbers.insert(result.get().repo);
  EXPECT_EQ(numbers.size(), 1U);
  EXPECT_EQ(Count("space"), 1);
}

TEST_F(CatalogTest, RefsThatAreGoneAreNoLongerTracked) {
  const RepoRecord repo = Must(catalog().AddRepo(Repo("alpha"), Soon()));
  Must(catalog().SetHeads(
      repo.repo,
      {{"refs/heads/main", "", Id("1")}, {"HEAD", "refs/heads/main", Id("1")}, {"refs/heads/\xff", "", {}}}, Soon()));
  EXPECT_THAT(RefNames(repo.repo), ElementsAre("HEAD", "refs/heads/main", "refs/heads/\xff"));
  Must(catalog().SetHeads(repo.repo, {{"HEAD", "", Id("2")}}, Soon()));
  EXPECT_THAT(RefNames(repo.repo), ElementsAre("HEAD"));
  const RefRecord head = Must(catalog().ListRefs(Soon())).front();
  EXPECT_EQ(head.head, Id("2"));
  EXPECT_EQ(head.symbolic, "");
  EXPECT_TRUE(head.commit.empty());
  EXPECT_FALSE(head.indexed_at.has_value());
}

TEST_F(CatalogTest, ARefNameTooLongForAKeyIsLeftOut) {
  const RepoRecord repo = Must(catalog().AddRepo(Repo("alpha"), Soon()));
  Must(catalog().SetHeads(repo.repo, {{"refs/heads/" + std::string(3000, 'x'), "", Id("1")}, {"HEAD", "", Id("1")}},
                          Soon()));
  EXPECT_THAT(RefNames(repo.repo), ElementsAre("HEAD"));
}

TEST_F(CatalogTest, ARemovedRepositoryIsInNoListAndComesBackWhenAddedAgain) {
  const RepoRecord repo = AddRepo("alpha");
  const std::string job = Enqueue(repo.repo);
  Must(catalog().RemoveRepo(repo.repo, false, Soon()));
  EXPECT_TRUE(Must(catalog().ListRepos(Soon())).empty());
  EXPECT_TRUE(Must(catalog().ListRefs(Soon())).empty());
  EXPECT_EQ(CodeOf(catalog().FindRepo("alpha", Soon())), ErrorCode::kNotFound);
  EXPECT_EQ(CodeOf(catalog().SetProblem(repo.repo, "x", Soon())), ErrorCode::kNotFound);
  EXPECT_EQ(Must(store().jobs().Find(job, Soon())).state, JobState::kCancelled);
  EXPECT_EQ(CodeOf(store().jobs().Enqueue(repo.repo, "HEAD", {}, "test", Soon())), ErrorCode::kNotFound);
  const RepoRecord back = Must(catalog().AddRepo(Repo("alpha"), Soon()));
  EXPECT_EQ(back.repo, repo.repo);
  EXPECT_EQ(RefNames(back.repo).size(), 1U);
}

TEST_F(CatalogTest, ProblemsAndGitDirAreKept) {
  const RepoRecord repo = AddRepo("alpha");
  Must(catalog().SetProblem(repo.repo, std::string("path \xff gone\0!", 12), Soon()));
  Must(catalog().SetMirror(repo.repo, "/mirror\xfe", {}, Soon()));
  const RepoRecord found = Must(catalog().FindRepo("alpha", Soon()));
  EXPECT_EQ(found.problem, "path \xEF\xBF\xBD gone");
  EXPECT_EQ(found.git_dir, "/mirror\xfe");
}

TEST_F(CatalogTest, AModelHasOneNumber) {
  const ModelNo one = Must(catalog().RegisterModel("static", "1", 256, Soon()));
  EXPECT_EQ(Must(catalog().RegisterModel("static", "1", 256, Soon())), one);
  EXPECT_NE(Must(catalog().RegisterModel("static", "2", 256, Soon())), one);
  EXPECT_EQ(CodeOf(catalog().RegisterModel("static", "1", 128, Soon())), ErrorCode::kConflict);
}

TEST_F(CatalogTest, WhatIsNotThereIsNotFound) {
  EXPECT_EQ(CodeOf(catalog().RemoveRepo(RepoNo(77), false, Soon())), ErrorCode::kNotFound);
  EXPECT_EQ(CodeOf(catalog().SetHeads(RepoNo(77), {}, Soon())), ErrorCode::kNotFound);
  EXPECT_EQ(CodeOf(catalog().ListRefs(RepoNo(77), Soon())), ErrorCode::kNotFound);
}

TEST_F(CatalogTest, AnExpiredDeadlineIsToldAsSuch) {
  EXPECT_EQ(CodeOf(catalog().ListRepos(Deadline::After(std::chrono::milliseconds(-1)))), ErrorCode::kDeadlineExceeded);
}

}  // namespace
}  // namespace coppice::store
