#include "store/feed.h"

#include <thread>

#include "base/thread.h"
#include "tests/store/store_testing.h"

namespace coppice::store {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

class FeedTest : public StoreTest {};

TEST_F(FeedTest, ReadsTheRepositoriesInService) {
  const RepoRecord one = AddRepo("one");
  const RepoRecord two = AddRepo("two");
  Must(store().catalog().RemoveRepo(one.repo, false, Soon()));
  const auto feed = store().OpenFeed();
  const auto gens = Must(feed->Read(Soon()));
  ASSERT_EQ(gens.size(), 1U);
  EXPECT_EQ(gens[0].repo, two.repo);
  EXPECT_EQ(gens[0].space, two.space);
}

TEST_F(FeedTest, WaitsAtMostASecond) {
  const auto feed = store().OpenFeed();
  const auto begin = Clock::now();
  Must(feed->Wait(Soon()));
  EXPECT_LT(Clock::now() - begin, milliseconds(5000));
  EXPECT_GE(Clock::now() - begin, milliseconds(900));
  const auto short_begin = Clock::now();
  Must(feed->Wait(Deadline::After(milliseconds(50))));
  EXPECT_LT(Clock::now() - short_begin, milliseconds(800));
}

TEST_F(FeedTest, AChangeWakesIt) {
  const RepoRecord repo = AddRepo("one");
  const auto feed = store().OpenFeed();
  Must(feed->Wait(Deadline::After(milliseconds(10))));  // listens from here on
  Must(store().catalog().RemoveRepo(repo.repo, false, Soon()));
  const auto begin = Clock::now();
  Must(feed->Wait(Soon()));
  EXPECT_LT(Clock::now() - begin, milliseconds(700)) << "woken, not timed out";
}

TEST_F(FeedTest, AStopRequestEndsTheWait) {
  const auto feed = store().OpenFeed();
  std::stop_source stop;
  stop.request_stop();
  const auto begin = Clock::now();
  (void)feed->Wait(Deadline::Never(stop.get_token()));
  EXPECT_LT(Clock::now() - begin, milliseconds(700));
}

TEST_F(FeedTest, ALostConnectionIsUnavailableAndOpenedAgain) {
  const auto feed = store().OpenFeed();
  Must(feed->Wait(Deadline::After(milliseconds(10))));
  Sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
      "AND pid <> pg_backend_pid() AND query LIKE 'LISTEN%'");
  EXPECT_EQ(CodeOf(feed->Wait(Soon())), ErrorCode::kUnavailable);
  Must(feed->Wait(Deadline::After(milliseconds(10))));
}

}  // namespace
}  // namespace coppice::store
