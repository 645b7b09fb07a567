#include "store/purge.h"

#include <future>

#include "store/object_writer.h"
#include "tests/store/store_testing.h"

namespace coppice::store {
namespace {

class PurgeTest : public StoreTest {
 protected:
  /// A repository with something in every table.
  RepoRecord Fill(const std::string& name, const std::string& root) {
    const RepoRecord repo = AddRepo(name, root);
    const ModelNo model = Must(store().catalog().RegisterModel("m", "1", 3, Soon()));
    Enqueue(repo.repo);
    const JobRecord job = Claim();
    std::vector<NewBlob> blobs;
    std::vector<NewFacts> facts;
    for (int i = 0; i < 20; ++i) {
      blobs.push_back(Blob(fmt::format("{} {}", root, i)));
      facts.push_back(Facts(blobs.back().id, fmt::format("Name{}", i)));
    }
    const std::vector<std::pair<ObjectId, std::string>> trees = {{Id("t"), RawTree({{"a", blobs[0].id}})}};
    Must(store().writer().WriteCommit(job, {Id("c"), Id("t"), {}, 1, "", ""}, trees, Soon()));
    Must(store().writer().WriteBlobs(repo.repo, blobs, Soon()));
    Must(store().writer().WriteFacts(repo.repo, facts, 1, ModelNo(1), Soon()));
    Must(store().writer().WriteVectors(repo.repo, model,
                                       std::vector<NewVector>{{facts[0].text_inputs[0], {1, 0, 0}}}, 1, Soon()));
    return repo;
  }
  /// Rows of a space in all tables that have the column, by the catalogue: none is forgotten.
  std::int64_t RowsOf(SpaceNo space) {
    std::string sum = Sql(fmt::format(
        "SELECT string_agg(format('(SELECT count(*) FROM coppice.%I WHERE space = {})', c.relname), ' + ') "
        "FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
        "WHERE c.relnamespace = 'coppice'::regnamespace AND c.relkind = 'r' AND a.attname = 'space'",
        space.value));
    return std::stoll(Sql("SELECT " + sum));
  }
};

TEST_F(PurgeTest, LeavesNoRowOfTheSpace) {
  const RepoRecord keep = Fill("keep", "one");
  Must(store().jobs().Release(Must(store().jobs().Find(Sql("SELECT id FROM coppice.job"), Soon())), Soon()));
  Must(store().jobs().Cancel(Sql("SELECT id FROM coppice.job"), Soon()));
  const auto kept = RowsOf(keep.space);
  const RepoRecord gone = Fill("gone", "two");
  EXPECT_GT(RowsOf(gone.space), 100);
  Must(store().catalog().RemoveRepo(gone.repo, true, Soon()));
  EXPECT_EQ(RowsOf(gone.space), 0);
  EXPECT_EQ(RowsOf(keep.space), kept);
  EXPECT_EQ(CodeOf(store().catalog().RemoveRepo(gone.repo, true, Soon())), ErrorCode::kNotFound);
}

TEST_F(PurgeTest, AForkKeepsWhatTheSpaceShares) {
  const RepoRecord one = Fill("one", "root");
  Must(store().jobs().Cancel(Sql("SELECT id FROM coppice.job"), Soon()));
  const RepoRecord fork = Fill("fork", "root");
  Must(store().catalog().RemoveRepo(one.repo, true, Soon()));
  EXPECT_EQ(Count("repo"), 1);
  EXPECT_EQ(Count("blob"), 20);
  EXPECT_EQ(Count("git_object"), 20);
  Must(store().catalog().RemoveRepo(fork.repo, true, Soon()));
  EXPECT_EQ(RowsOf(fork.space), 0);
  EXPECT_EQ(Count("space"), 0);
}

TEST_F(PurgeTest, WaitsForAWriterAndLeavesNothingOfIt) {
  const RepoRecord repo = Fill("one", "root");
  auto writer = std::async(std::launch::async, [&] {
    const auto daemon = OpenAnother();
    for (int i = 0;; ++i) {
      const auto written = daemon->writer().WriteBlobs(repo.repo, std::vector{Blob(fmt::format("late {}", i))}, Soon());
      if (!written) return written.error().code;
    }
  });
  Must(store().catalog().RemoveRepo(repo.repo, true, Soon()));
  EXPECT_EQ(writer.get(), ErrorCode::kNotFound);
  EXPECT_EQ(RowsOf(repo.space), 0);
}

TEST_F(PurgeTest, ARepositoryInServiceIsNotPurged) {
  const RepoRecord repo = Fill("one", "root");
  PgPool pool(url(), 1);
  EXPECT_EQ(CodeOf(PurgeRepo(pool, repo.repo, Soon())), ErrorCode::kConflict);
  EXPECT_EQ(Count("blob"), 20);
}

TEST_F(PurgeTest, AnInterruptedPurgeIsTakenUp) {
  const RepoRecord repo = Fill("one", "root");
  const auto cut = store().catalog().RemoveRepo(repo.repo, true, Deadline::After(std::chrono::milliseconds(15)));
  if (!cut) {
    EXPECT_TRUE(cut.error().retryable || cut.error().code == ErrorCode::kCancelled) << cut.error().ToString();
    Must(store().catalog().RemoveRepo(repo.repo, true, Soon()));
  }
  EXPECT_EQ(RowsOf(repo.space), 0);
}

}  // namespace
}  // namespace coppice::store
