#include "daemon/server/job_watch.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/codec.h"

namespace coppice::server {
namespace {

using protocol::ReplyKind;
using store::JobState;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const store::ObjectId kOld{"old"};
const store::ObjectId kNew{"new"};

/// Jobs and refs that the test moves by hand.
struct World {
  std::map<std::string, store::JobRecord> jobs;
  std::vector<store::RefRecord> refs;
  store::ObjectId served;
  bool database_away = false;
  bool no_memory = false;
};

class WorldSource final : public JobSource {
 public:
  explicit WorldSource(World& world) : world_(world) {}
  Result<store::JobRecord> Find(const std::string& id, const Deadline&) override {
    if (world_.database_away) return MakeError(ErrorCode::kUnavailable, "database away");
    if (!world_.jobs.contains(id)) return MakeError(ErrorCode::kNotFound, "no job " + id);
    return world_.jobs[id];
  }
  Result<std::vector<store::JobRecord>> Recent(store::RepoNo repo, const Deadline&) override {
    std::vector<store::JobRecord> jobs;
    for (const auto& [id, job] : world_.jobs) {
      if (job.repo == repo) jobs.push_back(job);
    }
    const auto rank = [](const store::JobRecord& job) {
      const bool active = job.state == JobState::kQueued || job.state == JobState::kRunning;
      return std::pair(active, job.created_at);
    };
    std::sort(jobs.begin(), jobs.end(),
              [&](const auto& a, const auto& b) { return rank(a) > rank(b); });
    return jobs;
  }
  Result<std::vector<store::RefRecord>> Refs(store::RepoNo, const Deadline&) override {
    return world_.refs;
  }
  Result<bool> Served(const store::RepoRecord&, const store::RefRecord& ref) override {
    if (world_.no_memory) {
      Error error = MakeError(ErrorCode::kResourceExhausted, "no memory for words");
      error.retryable = false;
      return error;
    }
    return ref.commit == world_.served;
  }

 private:
  World& world_;
};

class JobWatchTest : public ::testing::Test {
 protected:
  JobWatchTest()
      : replies_(std::move(ReplyQueue::Create(256)).value()),
        watch_(std::make_unique<WorldSource>(world_)) {
    SetJob("j1", JobState::kQueued);
    store::RefRecord ref;
    ref.name = "HEAD";
    ref.head = kNew;
    ref.commit = kOld;
    world_.refs = {ref};
    world_.served = kOld;
  }

  void SetJob(const std::string& id, JobState state, const std::string& phase = "",
              std::int64_t done = 0) {
    store::JobRecord& job = world_.jobs[id];
    job.id = id;
    job.repo_name = "leaf";
    job.ref = "HEAD";
    job.state = state;
    job.progress = {phase, done, 10};
    // Later ids are later jobs.
    job.created_at = store::Timestamp(std::chrono::minutes(id.back() - '0'));
  }
  void Index() {
    world_.refs[0].commit = kNew;
    SetJob("j1", JobState::kDone, "publish", 10);
  }
  void Watch(std::uint32_t credits, Deadline deadline = Deadline::Never(),
             std::set<std::string> jobs = {"j1"}) {
    protocol::Request request;
    request.method = protocol::Method::kAdd;
    JobWatch::Wait wait;
    wait.call = std::make_unique<Call>(
        1, request, std::move(deadline),
        std::make_shared<CreditGate>(credits, 64, std::chrono::seconds(1), std::chrono::seconds(1)),
        *replies_);
    wait.repos.emplace_back().name = "leaf";
    wait.jobs = std::move(jobs);
    wait.finish = [](Call& call) { call.Finish(protocol::AddReply{}); };
    watch_.Watch(std::move(wait));
  }
  /// One step; what it sent: phases of parts, "final", or the error.
  std::vector<std::string> Step() {
    watch_.Step(Deadline::After(std::chrono::seconds(5)));
    return Sent();
  }
  std::vector<std::string> Sent() {
    std::vector<std::string> sent;
    while (const auto reply = replies_->TryPop()) {
      if (reply->kind == ReplyKind::kPart) {
        const auto part = protocol::Decode<protocol::Progress>(reply->body);
        sent.push_back(part->phase + " " + std::to_string(part->done));
      } else {
        sent.push_back(reply->kind == ReplyKind::kFinal ? "final" : reply->error.ToString());
      }
    }
    return sent;
  }

  World world_;
  std::unique_ptr<ReplyQueue> replies_;
  JobWatch watch_;
};

TEST_F(JobWatchTest, ShowsEachChangeOnceAndEndsWhenTheCommitIsServed) {
  Watch(10);
  EXPECT_THAT(Step(), ElementsAre("queued 0"));
  EXPECT_THAT(Step(), ElementsAre());
  SetJob("j1", JobState::kRunning, "parse", 4);
  EXPECT_THAT(Step(), ElementsAre("parse 4"));
  Index();
  EXPECT_THAT(Step(), ElementsAre("done 10"));
  EXPECT_THAT(Step(), ElementsAre()) << "indexed, but searches do not read it yet";
  world_.served = kNew;
  EXPECT_THAT(Step(), ElementsAre("final"));
  EXPECT_THAT(Step(), ElementsAre());
}

TEST_F(JobWatchTest, ACommitThatFindsNoMemoryEndsTheWait) {
  Watch(10);
  Index();
  world_.no_memory = true;
  EXPECT_THAT(Step(), ElementsAre("done 10", "resource_exhausted: no memory for words"));
}

TEST_F(JobWatchTest, WithoutCreditsOnlyTheEndIsSent) {
  Watch(0);
  EXPECT_THAT(Step(), ElementsAre());
  Index();
  world_.served = kNew;
  EXPECT_THAT(Step(), ElementsAre("final"));
}

TEST_F(JobWatchTest, WaitsForTheJobsThatAFetchLeavesBehind) {
  Watch(10);
  SetJob("j1", JobState::kDone, "fetch", 1);
  SetJob("j2", JobState::kQueued);
  EXPECT_THAT(Step(), ElementsAre("done 1"));
  SetJob("j2", JobState::kRunning, "scan", 3);
  EXPECT_THAT(Step(), ElementsAre("scan 3"));
  SetJob("j2", JobState::kDone, "publish", 9);
  world_.refs[0].commit = kNew;
  world_.served = kNew;
  EXPECT_THAT(Step(), ElementsAre("done 9", "final"));
}

TEST_F(JobWatchTest, AJobThatAFetchLeavesBehindMayFailBetweenTwoLooks) {
  for (const store::ObjectId& indexed : {kOld, store::ObjectId()}) {
    world_.refs[0].commit = indexed;
    Watch(10);
    SetJob("j1", JobState::kDone, "fetch", 1);
    world_.jobs["j1"].ref = "";
    SetJob("j2", JobState::kFailed);
    world_.jobs["j2"].error_code = "corrupt";
    world_.jobs["j2"].error = "pack is damaged";
    EXPECT_THAT(Step(),
                ElementsAre("done 1", "failed 0", HasSubstr("corrupt: leaf: pack is damaged")));
  }
}

TEST_F(JobWatchTest, AFirstCommitIsWaitedForUntilItsJobIsThere) {
  world_.refs[0].commit = {};
  Watch(0);
  SetJob("j1", JobState::kDone, "fetch", 1);
  world_.jobs["j1"].ref = "";
  EXPECT_THAT(Step(), ElementsAre());
  SetJob("j2", JobState::kRunning, "scan", 3);
  EXPECT_THAT(Step(), ElementsAre());
  SetJob("j2", JobState::kDone, "publish", 9);
  world_.refs[0].commit = kNew;
  world_.served = kNew;
  EXPECT_THAT(Step(), ElementsAre("final"));
}

TEST_F(JobWatchTest, AJobThatWasReplacedGoesOnAsTheOtherOne) {
  Watch(10);
  SetJob("j1", JobState::kCancelled);
  world_.jobs["j1"].error = "replaced by job j2";
  SetJob("j2", JobState::kQueued);
  EXPECT_THAT(Step(), ElementsAre("queued 0"));
  SetJob("j2", JobState::kDone, "publish", 9);
  world_.refs[0].commit = kNew;
  world_.served = kNew;
  EXPECT_THAT(Step(), ElementsAre("done 9", "final"));
}

TEST_F(JobWatchTest, AnOldFailureOfAnotherRepositoryIsNotOfThisWait) {
  world_.refs[0].head = kNew;
  SetJob("j0", JobState::kFailed);
  Watch(0, Deadline::Never(), {});
  EXPECT_THAT(Step(), ElementsAre("final"));
}

TEST_F(JobWatchTest, AFailedJobEndsTheCallWithItsError) {
  Watch(10);
  SetJob("j1", JobState::kFailed);
  world_.jobs["j1"].error_code = "corrupt";
  world_.jobs["j1"].error = "pack is damaged";
  EXPECT_THAT(Step(),
              ElementsAre("failed 0", "corrupt: leaf: pack is damaged (coppice jobs retry j1)"));
}

TEST_F(JobWatchTest, ACancelledOrVanishedJobEndsTheCall) {
  Watch(0);
  SetJob("j1", JobState::kCancelled);
  EXPECT_THAT(Step(), ElementsAre(HasSubstr("cancelled: leaf: job j1 was cancelled")));
  world_.jobs.clear();
  Watch(0);
  EXPECT_THAT(Step(), ElementsAre(HasSubstr("not_found: no job j1")));
}

TEST_F(JobWatchTest, ADatabaseThatIsAwayIsAskedAgain) {
  Watch(10);
  world_.database_away = true;
  EXPECT_THAT(Step(), ElementsAre());
  world_.database_away = false;
  EXPECT_THAT(Step(), ElementsAre("queued 0"));
}

TEST_F(JobWatchTest, ARepositoryWithoutACommitIsDone) {
  Watch(0);
  world_.refs[0].head = {};
  world_.refs[0].commit = {};
  SetJob("j1", JobState::kDone);
  EXPECT_THAT(Step(), ElementsAre("final"));
}

TEST_F(JobWatchTest, DeadlineAndCancelEndTheWait) {
  Watch(0, Deadline::After(std::chrono::milliseconds(0)));
  EXPECT_THAT(Step(), ElementsAre(HasSubstr("deadline_exceeded: gave up waiting")));
  std::stop_source stop;
  Watch(0, Deadline::Never(stop.get_token()));
  EXPECT_THAT(Step(), ElementsAre());
  stop.request_stop();
  EXPECT_THAT(Step(), ElementsAre(HasSubstr("cancelled: gave up waiting")));
}

TEST_F(JobWatchTest, RefusesMoreThanItsLimit) {
  for (std::size_t i = 0; i < JobWatch::kMaxWaits; ++i) Watch(0);
  EXPECT_THAT(Sent(), ElementsAre());
  Watch(0);
  EXPECT_THAT(Sent(), ElementsAre(HasSubstr("resource_exhausted")));
  Index();
  world_.served = kNew;
  EXPECT_EQ(Step().size(), JobWatch::kMaxWaits);
  Watch(0);
  EXPECT_THAT(Step(), ElementsAre("final"));
}

TEST_F(JobWatchTest, StopTellsThoseWhoWait) {
  watch_.Start();
  Watch(0);
  watch_.Stop();
  EXPECT_THAT(Sent(), ElementsAre(HasSubstr("unavailable: the daemon is stopping")));
  Watch(0);
  EXPECT_THAT(Sent(), ElementsAre(HasSubstr("unavailable: the daemon is stopping")));
}

TEST_F(JobWatchTest, ItsThreadDoesTheSameByItself) {
  Index();
  world_.served = kNew;
  watch_.Start();
  Watch(0);
  const Deadline deadline = Deadline::After(std::chrono::seconds(10));
  std::vector<std::string> sent;
  while (sent.empty() && !deadline.expired()) sent = Sent();
  EXPECT_THAT(sent, ElementsAre("final"));
}

}  // namespace
}  // namespace coppice::server
