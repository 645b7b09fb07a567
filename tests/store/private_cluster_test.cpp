#include "store/private_cluster.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "base/format.h"
#include "store/store.h"
#include "tests/support/pg_fixture.h"

namespace coppice::store {
namespace {

using test::Soon;
namespace fs = std::filesystem;

class PrivateClusterTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<PrivateCluster>> Start(const std::string& user = "") {
    return PrivateCluster::Start({folder_.cluster(), "", user}, Soon());
  }
  /// initdb waits for the disk: once for all tests, each of which works on a copy.
  static void SetUpTestSuite() {
    made_ = std::make_unique<test::ClusterFolder>();
    test::StartClusterOrSkip(made_->cluster());
  }
  static void TearDownTestSuite() { made_.reset(); }
  void UseMadeData() const {
    Command copy;
    copy.argv = {"cp", "-a", made_->cluster(), folder_.cluster()};
    const auto output = RunCommand(copy, Soon());
    ASSERT_TRUE(output && output->status.ok()) << (output ? output->err : output.error().ToString());
  }

  test::ClusterFolder folder_;

 private:
  static inline std::unique_ptr<test::ClusterFolder> made_;
};

std::string ReadFile(const std::string& path) {
  std::ifstream stream(path);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

bool IsAlive(pid_t pid) { return ::kill(pid, 0) == 0; }

TEST_F(PrivateClusterTest, StartsStopsAndStartsAgainOnTheSameData) {
  UseMadeData();
  pid_t first = 0;
  {
    const auto cluster = Start();
    ASSERT_TRUE(cluster) << cluster.error().ToString();
    first = (*cluster)->pid();
    const auto store = Store::Open({(*cluster)->url(), 2, true}, Soon());
    ASSERT_TRUE(store) << store.error().ToString();
    ASSERT_TRUE((*store)->catalog().RegisterModel("m", "1", 3, Soon()));
  }
  EXPECT_FALSE(IsAlive(first));
  EXPECT_FALSE(fs::exists(folder_.cluster() + "/data/postmaster.pid")) << "a clean shutdown";
  const auto cluster = Start();
  ASSERT_TRUE(cluster) << cluster.error().ToString();
  EXPECT_EQ(test::Sql((*cluster)->url(), "SELECT count(*) FROM coppice.model"), "1");
}

TEST_F(PrivateClusterTest, IsReachedThroughItsSocketByItsOwnerOnly) {
  UseMadeData();
  const auto cluster = Start();
  ASSERT_TRUE(cluster) << cluster.error().ToString();
  const std::string& url = (*cluster)->url();
  EXPECT_EQ(test::Sql(url, "SHOW listen_addresses"), "");
  EXPECT_EQ(test::Sql(url, "SHOW data_checksums"), "on");
  EXPECT_EQ(test::Sql(url, "SHOW fsync"), "on");
  EXPECT_EQ(test::Sql(url, "SHOW synchronous_commit"), "on");
  EXPECT_EQ(test::Sql(url, "SHOW server_encoding"), "UTF8");
  EXPECT_EQ(test::Sql(url, "SELECT count(*) FROM pg_hba_file_rules WHERE auth_method <> 'peer'"), "0");
  struct stat status {};
  ASSERT_EQ(::stat((folder_.cluster() + "/run").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
}

TEST_F(PrivateClusterTest, NeverRunsAsRoot) {
  UseMadeData();
  const auto cluster = Start();
  ASSERT_TRUE(cluster) << cluster.error().ToString();
  struct stat status {};
  ASSERT_EQ(::stat(fmt::format("/proc/{}", (*cluster)->pid()).c_str(), &status), 0);
  EXPECT_NE(status.st_uid, 0U);
}

TEST_F(PrivateClusterTest, RootIsNoAccountForIt) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root chooses an account";
  const auto cluster = Start("root");
  ASSERT_FALSE(cluster);
  EXPECT_EQ(cluster.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(Start("no-such-account").error().code, ErrorCode::kNotFound);
}

TEST_F(PrivateClusterTest, AFolderTheAccountCannotEnterIsNamed) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root runs it as another account";
  const std::string closed = folder_.path() + "/closed";
  fs::create_directory(closed);
  ::chmod(closed.c_str(), 0700);
  const auto cluster = PrivateCluster::Start({closed + "/state/pg", "", ""}, Soon());
  ASSERT_FALSE(cluster);
  EXPECT_EQ(cluster.error().code, ErrorCode::kPermissionDenied);
  EXPECT_NE(cluster.error().message.find(closed), std::string::npos) << cluster.error().ToString();
  EXPECT_NE(cluster.error().remedy.find("chmod o+x " + closed), std::string::npos) << cluster.error().remedy;
}

TEST_F(PrivateClusterTest, APathTooLongForASocketIsRefusedBeforeAnythingIsMade) {
  const std::string longest = folder_.path() + "/" + std::string(100, 'x');
  const auto cluster = PrivateCluster::Start({longest, "", ""}, Soon());
  ASSERT_FALSE(cluster);
  EXPECT_EQ(cluster.error().code, ErrorCode::kInvalidArgument);
  EXPECT_FALSE(fs::exists(longest));
}

TEST_F(PrivateClusterTest, ASecondDaemonIsRefused) {
  UseMadeData();
  const auto cluster = Start();
  ASSERT_TRUE(cluster) << cluster.error().ToString();
  const auto second = Start();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kConflict);
  EXPECT_EQ(test::Sql((*cluster)->url(), "SELECT 1"), "1") << "the first one is not disturbed";
}

TEST_F(PrivateClusterTest, DataOfAnotherMajorVersionAreLeftAlone) {
  UseMadeData();
  std::ofstream(folder_.cluster() + "/data/PG_VERSION") << "14\n";
  const auto cluster = Start();
  ASSERT_FALSE(cluster);
  EXPECT_EQ(cluster.error().code, ErrorCode::kConflict);
  EXPECT_NE(cluster.error().message.find("14"), std::string::npos) << cluster.error().ToString();
}

TEST_F(PrivateClusterTest, WithoutProgramsItSaysWhatToInstall) {
  const auto cluster = PrivateCluster::Start({folder_.cluster(), "/nonexistent", ""}, Soon());
  ASSERT_FALSE(cluster);
  EXPECT_EQ(cluster.error().code, ErrorCode::kUnsupported);
  EXPECT_FALSE(cluster.error().remedy.empty());
}

TEST_F(PrivateClusterTest, AnInterruptedInitdbIsStartedOver) {
  fs::create_directories(folder_.cluster() + "/data.new/base");
  const auto cluster = Start();
  EXPECT_TRUE(cluster) << cluster.error().ToString();
}

TEST_F(PrivateClusterTest, AServerThatIsKilledIsUnavailableUntilItIsStartedAgainAndLosesNothing) {
  UseMadeData();
  auto cluster = Start();
  ASSERT_TRUE(cluster) << cluster.error().ToString();
  auto opened = Store::Open({(*cluster)->url(), 2, true}, Soon());
  ASSERT_TRUE(opened) << opened.error().ToString();
  Store& store = **opened;
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(store.catalog().RegisterModel("m", std::to_string(round), 3, Soon()));
    ::kill((*cluster)->pid(), SIGKILL);
    // Its children notice after a moment; until then a connection may still be answered.
    Result<void> ping = store.Ping(Soon());
    for (int i = 0; i < 2000 && ping; ++i) ping = store.Ping(Soon());
    ASSERT_FALSE(ping);
    EXPECT_EQ(ping.error().code, ErrorCode::kUnavailable) << ping.error().ToString();
    EXPECT_TRUE(ping.error().retryable);
    const auto running = (*cluster)->EnsureRunning(Soon());
    ASSERT_TRUE(running) << running.error().ToString();
    ping = store.Ping(Soon());
    ASSERT_TRUE(ping) << ping.error().ToString() << "\n" << ReadFile(folder_.cluster() + "/server.log");
    EXPECT_EQ(test::Sql((*cluster)->url(), "SELECT count(*) FROM coppice.model"), std::to_string(round + 1));
  }
  EXPECT_TRUE((*cluster)->EnsureRunning(Soon())) << "nothing to do";
}

TEST_F(PrivateClusterTest, AServerThatHangsIsNotWaitedForBeyondTheDeadline) {
  UseMadeData();
  auto cluster = Start();
  ASSERT_TRUE(cluster) << cluster.error().ToString();
  ASSERT_EQ(::kill((*cluster)->pid(), SIGSTOP), 0);
  const auto hanging = (*cluster)->EnsureRunning(Deadline::After(std::chrono::milliseconds(100)));
  EXPECT_EQ(hanging.error().code, ErrorCode::kUnavailable);
  std::stop_source stop;
  stop.request_stop();
  const auto given_up = (*cluster)->EnsureRunning(Deadline::Never(stop.get_token()));
  EXPECT_EQ(given_up.error().code, ErrorCode::kCancelled);
  ASSERT_EQ(::kill((*cluster)->pid(), SIGCONT), 0);
  EXPECT_TRUE((*cluster)->EnsureRunning(Soon()));
}

/// Starts a cluster in a process of its own, which is then killed. Gives the server's pid.
pid_t StartInAProcessThatIsKilled(const std::string& folder) {
  int ends[2];
  if (::pipe(ends) != 0) return 0;
  const pid_t daemon = ::fork();
  if (daemon == 0) {
    auto cluster = PrivateCluster::Start({folder, "", ""}, Soon());
    const pid_t pid = cluster ? (*cluster)->pid() : 0;
    if (::write(ends[1], &pid, sizeof pid) != sizeof pid) ::_exit(1);
    ::kill(::getpid(), SIGKILL);
  }
  pid_t server = 0;
  if (::read(ends[0], &server, sizeof server) != sizeof server) server = 0;
  ::waitpid(daemon, nullptr, 0);
  ::close(ends[0]);
  ::close(ends[1]);
  return server;
}

TEST_F(PrivateClusterTest, DiesWithTheDaemonAndItsDataServeTheNext) {
  UseMadeData();
  const pid_t server = StartInAProcessThatIsKilled(folder_.cluster());
  ASSERT_GT(server, 0);
  const auto cluster = Start();  // at once: the old one may still be going down
  ASSERT_TRUE(cluster) << cluster.error().ToString();
  EXPECT_NE((*cluster)->pid(), server);
  EXPECT_EQ(test::Sql((*cluster)->url(), "SELECT 1"), "1");
}

TEST_F(PrivateClusterTest, AServerThatWasLeftRunningIsStoppedFirst) {
  UseMadeData();
  // One that nobody's death ends, as after a daemon that was killed before it could say so.
  const auto programs = FindPgPrograms("", std::nullopt, Soon());
  ASSERT_TRUE(programs);
  Command command;
  command.argv = {programs->Path("postgres"), "-D", folder_.cluster() + "/data", "-k", folder_.cluster() + "/run",
                  "-c", "listen_addresses="};
  if (::geteuid() == 0) {
    struct stat status {};
    ASSERT_EQ(::stat((folder_.cluster() + "/data").c_str(), &status), 0);
    for (const char* name : {"coppice", "postgres", "nobody"}) {
      const auto account = FindAccount(name);
      if (account && account->uid == status.st_uid) command.account = *account;
    }
  }
  auto left = ChildProcess::Start(command);
  ASSERT_TRUE(left) << left.error().ToString();
  while (!fs::exists(folder_.cluster() + "/run/.s.PGSQL.5432")) {
    ASSERT_FALSE(left->Wait(Deadline::After(std::chrono::milliseconds(20))).has_value()) << "it ended by itself";
  }
  const auto cluster = Start();
  ASSERT_TRUE(cluster) << cluster.error().ToString();
  EXPECT_TRUE(left->Wait(Soon()).has_value());
}

TEST_F(PrivateClusterTest, TheLogHoldsNoStatements) {
  UseMadeData();
  const auto cluster = Start();
  ASSERT_TRUE(cluster) << cluster.error().ToString();
  const auto store = Store::Open({(*cluster)->url(), 1, true}, Soon());
  ASSERT_TRUE(store);
  EXPECT_FALSE((*store)->catalog().FindRepo("secret-name", Soon()));
  EXPECT_EQ(ReadFile(folder_.cluster() + "/server.log").find("secret-name"), std::string::npos);
}

}  // namespace
}  // namespace coppice::store
