#include "store/object_reader.h"
#include "store/object_writer.h"
#include "tests/store/store_testing.h"

namespace coppice::store {
namespace {

using std::chrono::seconds;

class RefWriterTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    repo_ = AddRepo("alpha");
  }
  ObjectWriter& writer() { return store().writer(); }

  /// A commit with two files, whose blobs are written when `whole`.
  void WriteCommit(const JobRecord& job, const std::string& name, bool whole = true) {
    const std::vector<NewBlob> blobs = {Blob(name + " a"), Blob(name + " b")};
    const std::string raw = RawTree({{"a.cpp", blobs[0].id}, {"b.cpp", blobs[1].id}});
    const std::vector<std::pair<ObjectId, std::string>> trees = {{Id("tree " + name), raw}};
    Must(writer().WriteCommit(job, {Id(name), Id("tree " + name), {}, 1, "", ""}, trees, Soon()));
    Must(writer().WriteBlobs(job.repo, std::span(blobs).first(whole ? 2 : 1), Soon()));
  }
  JobRecord Start(const std::string& target) {
    Enqueue(repo_.repo, "HEAD", target);
    return Claim();
  }
  RefMove Move(const std::string& from, const std::string& to) {
    return {repo_.repo, "HEAD", from.empty() ? ObjectId{} : Id(from), Id(to), {2, 1, 0, 0}, 5, {}, {}};
  }
  RefRecord Head() { return Must(store().catalog().ListRefs(repo_.repo, Soon())).at(0); }
  std::int64_t Gen() { return Must(store().catalog().FindRepo("alpha", Soon())).gen; }

  RepoRecord repo_;
};

TEST_F(RefWriterTest, MovesTheRefBumpsTheGenEndsTheJobAndDropsThePin) {
  const JobRecord job = Start("c1");
  WriteCommit(job, "c1");
  EXPECT_EQ(Count("pin"), 1);
  const auto gen = Gen();
  Must(writer().MoveRef(job, Move("", "c1"), Soon()));
  EXPECT_EQ(Head().commit, Id("c1"));
  EXPECT_EQ(Head().coverage.indexed, 2);
  EXPECT_EQ(Head().coverage.skipped, 1);
  EXPECT_EQ(Head().chunk_count, 5);
  EXPECT_TRUE(Head().indexed_at.has_value());
  EXPECT_EQ(Gen(), gen + 1);
  EXPECT_EQ(Must(store().jobs().Find(job.id, Soon())).state, JobState::kDone);
  EXPECT_EQ(Count("pin"), 0);
}

TEST_F(RefWriterTest, TheSecondCommitFollowsTheFirst) {
  const JobRecord first = Start("c1");
  WriteCommit(first, "c1");
  Must(writer().MoveRef(first, Move("", "c1"), Soon()));
  const JobRecord second = Start("c2");
  WriteCommit(second, "c2");
  EXPECT_EQ(CodeOf(writer().MoveRef(second, Move("", "c2"), Soon())), ErrorCode::kConflict) << "wrong old commit";
  Must(writer().MoveRef(second, Move("c1", "c2"), Soon()));
  EXPECT_EQ(Head().commit, Id("c2"));
}

TEST_F(RefWriterTest, ADaemonThatWasPausedCannotMoveTheRef) {
  const JobRecord paused = Start("c1");
  WriteCommit(paused, "c1");
  Sql("UPDATE coppice.job SET lease_until = now() - interval '1 hour'");
  const JobRecord other = Claim();
  EXPECT_EQ(CodeOf(writer().MoveRef(paused, Move("", "c1"), Soon())), ErrorCode::kConflict);
  EXPECT_TRUE(Head().commit.empty());
  Must(writer().MoveRef(other, Move("", "c1"), Soon()));
  EXPECT_EQ(CodeOf(writer().MoveRef(paused, Move("", "c1"), Soon())), ErrorCode::kConflict);
}

TEST_F(RefWriterTest, ACancelledJobMovesNothing) {
  const JobRecord job = Start("c1");
  WriteCommit(job, "c1");
  Must(store().jobs().Cancel(job.id, Soon()));
  EXPECT_EQ(CodeOf(writer().MoveRef(job, Move("", "c1"), Soon())), ErrorCode::kConflict);
  EXPECT_TRUE(Head().commit.empty());
}

TEST_F(RefWriterTest, MovingAgainAfterALostAnswerSucceeds) {
  const JobRecord job = Start("c1");
  WriteCommit(job, "c1");
  Must(writer().MoveRef(job, Move("", "c1"), Soon()));
  const auto gen = Gen();
  Must(writer().MoveRef(job, Move("", "c1"), Soon()));
  EXPECT_EQ(Gen(), gen);
}

TEST_F(RefWriterTest, AViewWithAMissingBlobIsNotPublished) {
  const JobRecord job = Start("c1");
  WriteCommit(job, "c1", false);
  const auto moved = writer().MoveRef(job, Move("", "c1"), Soon());
  ASSERT_EQ(CodeOf(moved), ErrorCode::kConflict);
  EXPECT_TRUE(moved.error().retryable);
  EXPECT_THAT(moved.error().message, ::testing::HasSubstr(Blob("c1 b").id.ToHex()));
  EXPECT_TRUE(Head().commit.empty());
}

TEST_F(RefWriterTest, ACommitOrTreeThatIsNotStoredIsNotFound) {
  const JobRecord job = Start("c1");
  EXPECT_EQ(CodeOf(writer().MoveRef(job, Move("", "c1"), Soon())), ErrorCode::kNotFound);
  Must(writer().WriteCommit(job, {Id("c1"), Id("no tree"), {}, 1, "", ""}, {}, Soon()));
  EXPECT_EQ(CodeOf(writer().MoveRef(job, Move("", "c1"), Soon())), ErrorCode::kNotFound);
}

TEST_F(RefWriterTest, FilesThatTheViewLeavesOutNeedNoBlob) {
  const JobRecord job = Start("c1");
  const std::string raw = RawTree({{".gitattributes", Blob("attr").id}, {"a.gen", Id("never written")}}) +
                          RawTree({{"link", Id("target")}}, "120000") + RawTree({{"module", Id("other")}}, "160000");
  const std::vector<std::pair<ObjectId, std::string>> trees = {{Id("t"), raw}, {Blob("attr").id, "*.gen linguist-generated\n"}};
  Must(writer().WriteCommit(job, {Id("c1"), Id("t"), {}, 1, "", ""}, trees, Soon()));
  Must(writer().WriteBlobs(repo_.repo, std::vector{Blob("attr")}, Soon()));
  Must(writer().MoveRef(job, Move("", "c1"), Soon()));
}

TEST_F(RefWriterTest, OnlyTheSubtreeIsNeeded) {
  NewRepo limited = Repo("alpha");
  limited.subtree = "src";
  Must(store().catalog().AddRepo(limited, Soon()));
  const JobRecord job = Start("c1");
  const std::string src = RawTree({{"a.cpp", Blob("a").id}});
  const std::string root = RawTree({{"other.cpp", Id("never")}}) + RawTree({{"src", Id("src tree")}}, "40000");
  const std::vector<std::pair<ObjectId, std::string>> trees = {{Id("t"), root}, {Id("src tree"), src}};
  Must(writer().WriteCommit(job, {Id("c1"), Id("t"), {}, 1, "", ""}, trees, Soon()));
  RefMove move = Move("", "c1");
  move.subtree = "src";
  EXPECT_EQ(CodeOf(writer().MoveRef(job, move, Soon())), ErrorCode::kConflict);
  Must(writer().WriteBlobs(repo_.repo, std::vector{Blob("a")}, Soon()));
  Must(writer().MoveRef(job, move, Soon()));
  EXPECT_EQ(Head().subtree, "src");
}

TEST_F(RefWriterTest, ASubtreeThatWasChangedMeanwhileIsReadAgain) {
  const JobRecord job = Start("c1");
  WriteCommit(job, "c1");
  NewRepo limited = Repo("alpha");
  limited.subtree = "src";
  Must(store().catalog().AddRepo(limited, Soon()));
  const auto moved = writer().MoveRef(job, Move("", "c1"), Soon());
  ASSERT_EQ(CodeOf(moved), ErrorCode::kConflict);
  EXPECT_TRUE(moved.error().retryable);
}

TEST_F(RefWriterTest, AnUntrackedRefAndARemovedRepositoryStayAsTheyAre) {
  const JobRecord job = Start("c1");
  WriteCommit(job, "c1");
  Must(store().catalog().SetHeads(repo_.repo, {{"refs/heads/x", "", Id("1")}}, Soon()));
  EXPECT_EQ(CodeOf(writer().MoveRef(job, Move("", "c1"), Soon())), ErrorCode::kConflict);
  Must(store().catalog().RemoveRepo(repo_.repo, false, Soon()));
  EXPECT_EQ(CodeOf(writer().MoveRef(job, Move("", "c1"), Soon())), ErrorCode::kNotFound);
}

TEST_F(RefWriterTest, AServedRefThatGoesOrComesBumpsTheGen) {
  const JobRecord job = Start("c1");
  WriteCommit(job, "c1");
  Must(writer().MoveRef(job, Move("", "c1"), Soon()));
  const auto gen = Gen();
  Must(store().catalog().SetHeads(repo_.repo, {{"HEAD", "", Id("c2")}}, Soon()));
  EXPECT_EQ(Gen(), gen) << "the head moved, what is served did not";
  Must(store().catalog().SetHeads(repo_.repo, {}, Soon()));
  EXPECT_EQ(Gen(), gen + 1);
  Must(store().catalog().SetHeads(repo_.repo, {{"HEAD", "", Id("c2")}}, Soon()));
  EXPECT_EQ(Gen(), gen + 2);
  EXPECT_EQ(Head().commit, Id("c1"));
}

TEST_F(RefWriterTest, TheStoredTreeGivesTheViewThatWasWritten) {
  const JobRecord job = Start("c1");
  const std::string sub = RawTree({{".gitattributes", Id("sub attr")}, {"x.c", Id("x")}, {"y.c", Id("y")}});
  const std::string root = RawTree({{".gitattributes", Id("top attr")}, {"z.c", Id("z")}}) +
                           RawTree({{"zub", Id("sub tree")}}, "40000");
  const std::vector<std::pair<ObjectId, std::string>> trees = {
      {Id("t"), root}, {Id("sub tree"), sub}, {Id("top attr"), "*.c linguist-vendored"}, {Id("sub attr"), "y.c binary"}};
  Must(writer().WriteCommit(job, {Id("c1"), Id("t"), {}, 1, "", ""}, trees, Soon()));
  const auto source = store().reader().Source(repo_.repo, Soon());
  const TreeListing listing = Must(WalkTree(*source, Id("t"), "", Soon()));
  ASSERT_EQ(listing.files.size(), 5U);
  EXPECT_EQ(listing.files[3].path, "zub/x.c");
  EXPECT_TRUE(listing.files[3].path_class.vendored);
  EXPECT_EQ(listing.files[4].reason, Reason::kBinaryAttribute);
  EXPECT_EQ(listing.trees.size(), 4U) << "trees and attributes, to be stored as they are";
}

}  // namespace
}  // namespace coppice::store
