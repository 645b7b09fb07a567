#include <algorithm>
#include <atomic>
#include <future>
#include <random>

#include <pqxx/pqxx>

#include "store/object_reader.h"
#include "store/object_writer.h"
#include "tests/store/store_testing.h"

namespace coppice::store {
namespace {

constexpr int kRounds = 10;
constexpr int kWriters = 3;
constexpr int kBlobs = 60;

/// Writers that share most of their rows, each in an order of its own.
class ConcurrencyTest : public StoreTest {
 protected:
  static void WriteAll(Store& daemon, RepoNo repo, ModelNo model, int round, unsigned seed) {
    std::vector<NewBlob> blobs;
    for (int i = 0; i < kBlobs; ++i) blobs.push_back(Blob(fmt::format("round {} blob {}", round, i)));
    std::shuffle(blobs.begin(), blobs.end(), std::mt19937(seed));
    std::vector<NewFacts> facts;
    std::vector<NewVector> vectors;
    for (const NewBlob& blob : blobs) {
      facts.push_back(Facts(blob.id, "Shared" + blob.body.substr(blob.body.size() - 1), round));
      for (const Sha256& input : facts.back().text_inputs) vectors.push_back({input, {1, 0, 0}});
    }
    Must(daemon.writer().WriteBlobs(repo, blobs, Soon()));
    Must(daemon.writer().WriteFacts(repo, facts, 1, ModelNo(1), Soon()));
    Must(daemon.writer().WriteVectors(repo, model, vectors, 1, Soon()));
  }
};

TEST_F(ConcurrencyTest, WritersWithOverlappingRowsNeitherDeadlockNorDuplicate) {
  const RepoRecord one = AddRepo("one", "root");
  const RepoRecord fork = AddRepo("fork", "root");
  const ModelNo model = Must(store().catalog().RegisterModel("m", "1", 3, Soon()));
  std::vector<std::unique_ptr<Store>> daemons;
  for (int i = 0; i < kWriters; ++i) daemons.push_back(OpenAnother());
  for (int round = 1; round <= kRounds; ++round) {
    std::vector<std::future<void>> writers;
    for (unsigned i = 0; i < kWriters; ++i) {
      writers.push_back(std::async(std::launch::async, [&, i, round] {
        WriteAll(*daemons[i], i % 2 == 0 ? one.repo : fork.repo, model, round, i);
      }));
    }
    for (auto& writer : writers) EXPECT_NO_THROW(writer.get()) << "round " << round;
  }
  EXPECT_EQ(Count("blob"), kRounds * kBlobs);
  EXPECT_EQ(Count("blob_body"), kRounds * kBlobs);
  EXPECT_EQ(Count("git_object"), 2 * kRounds * kBlobs);
  EXPECT_EQ(Count("blob_fact"), kRounds * kBlobs);
  EXPECT_EQ(Count("name"), 10 + 2) << "Shared0 to Shared9, run, helper";
  EXPECT_EQ(Count("text"), 20);
  EXPECT_EQ(Count("text_vector"), 20);
  EXPECT_EQ(Sql("SELECT count(*) FROM coppice.blob_fact f, unnest(f.c_text) t WHERE NOT EXISTS "
                "(SELECT FROM coppice.text x WHERE x.space = f.space AND x.text_no = t)"),
            "0")
      << "every number that a fact holds exists";
  EXPECT_EQ(Sql("SELECT count(*) FROM coppice.blob_fact f, unnest(f.r_name) r WHERE NOT EXISTS "
                "(SELECT FROM coppice.name x WHERE x.space = f.space AND x.name_no = r)"),
            "0");
}

TEST_F(ConcurrencyTest, WritersThatReplaceTheSameOldFactsDoNotDeadlock) {
  const RepoRecord repo = AddRepo("one");
  std::vector<NewBlob> blobs;
  std::vector<NewFacts> old;
  for (int i = 0; i < kBlobs; ++i) {
    blobs.push_back(Blob(fmt::format("blob {}", i)));
    old.push_back(Facts(blobs.back().id, "W", 1));
  }
  Must(store().writer().WriteBlobs(repo.repo, blobs, Soon()));
  Must(store().writer().WriteFacts(repo.repo, old, 1, ModelNo(1), Soon()));
  for (int extractor = 2; extractor < 2 + kRounds; ++extractor) {
    std::vector<std::future<void>> writers;
    for (unsigned i = 0; i < kWriters; ++i) {
      writers.push_back(std::async(std::launch::async, [&, i, extractor] {
        std::vector<NewFacts> facts;
        for (const NewBlob& blob : blobs) facts.push_back(Facts(blob.id, "W", extractor));
        std::shuffle(facts.begin(), facts.end(), std::mt19937(i));
        Must(store().writer().WriteFacts(repo.repo, facts, 1, ModelNo(1), Soon()));
      }));
    }
    for (auto& writer : writers) EXPECT_NO_THROW(writer.get());
  }
  EXPECT_EQ(Count("blob_fact"), kBlobs);
}

TEST_F(ConcurrencyTest, MoreThreadsThanConnectionsWaitTheirTurn) {
  AddRepo("one");
  std::atomic<int> done = 0;
  std::vector<std::future<void>> readers;
  for (int i = 0; i < 30; ++i) {
    readers.push_back(std::async(std::launch::async, [&] {
      for (int j = 0; j < 10; ++j) Must(store().catalog().ListRepos(Soon()));
      ++done;
    }));
  }
  for (auto& reader : readers) reader.get();
  EXPECT_EQ(done, 30);
  EXPECT_LE(std::stoi(Sql("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                          "AND pid <> pg_backend_pid()")),
            8);
}

TEST_F(ConcurrencyTest, ConnectionsThatTheServerClosedAreReplaced) {
  AddRepo("one");
  Sql("SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE datname = current_database() "
      "AND pid <> pg_backend_pid()");
  EXPECT_EQ(Must(store().catalog().ListRepos(Soon())).size(), 1U);
}

TEST_F(ConcurrencyTest, AStatementThatTakesTooLongEndsAtTheDeadline) {
  const RepoRecord repo = AddRepo("one");
  pqxx::connection blocker(url());
  pqxx::work work(blocker);
  work.exec("SELECT 1 FROM coppice.repo FOR UPDATE");
  const auto begin = std::chrono::steady_clock::now();
  const auto code =
      CodeOf(store().catalog().SetProblem(repo.repo, "x", Deadline::After(std::chrono::milliseconds(300))));
  EXPECT_TRUE(code == ErrorCode::kDeadlineExceeded || code == ErrorCode::kUnavailable) << ErrorCodeName(code);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
}

}  // namespace
}  // namespace coppice::store
