#include "daemon/server/listener.h"

#include <filesystem>
#include <fstream>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "protocol/endpoint.h"
#include "tests/server/test_server.h"

namespace coppice::server {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

TEST(ListenerTest, MakesTheFolderAndSetsTheMode) {
  const TempFolder folder;
  const std::string path = folder.path() + "/a/b/c.sock";
  const auto listener = Listener::Bind(path, 0660);
  ASSERT_TRUE(listener) << listener.error().ToString();
  struct stat info {};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_TRUE(S_ISSOCK(info.st_mode));
  EXPECT_EQ(info.st_mode & 0777, 0660U);
  EXPECT_TRUE(protocol::ProbeIpc(path));
}

TEST(ListenerTest, RefusesASecondDaemonAndNamesTheFirst) {
  const TempFolder folder;
  const std::string path = folder.path() + "/s.sock";
  const auto first = Listener::Bind(path);
  ASSERT_TRUE(first);
  const auto second = Listener::Bind(path);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kConflict);
  EXPECT_THAT(second.error().message, HasSubstr("process " + std::to_string(::getpid())));
  EXPECT_TRUE(protocol::ProbeIpc(path)) << "the first one still listens";
}

TEST(ListenerTest, ReplacesTheSocketOfADeadDaemon) {
  const TempFolder folder;
  const std::string path = folder.path() + "/s.sock";
  {
    auto dead = Listener::Bind(folder.path() + "/dead.sock");
    ASSERT_TRUE(dead);
    fs::rename(folder.path() + "/dead.sock", path);  // what `kill -9` leaves behind
  }
  EXPECT_THAT(protocol::ProbeIpc(path).error().message, HasSubstr("nobody listens"));
  const auto listener = Listener::Bind(path);
  ASSERT_TRUE(listener) << listener.error().ToString();
  EXPECT_TRUE(protocol::ProbeIpc(path));
}

TEST(ListenerTest, RefusesASocketThatSomebodyElseServes) {
  const TempFolder folder;
  const std::string path = folder.path() + "/s.sock";
  auto other = Listener::Bind(folder.path() + "/other.sock");
  ASSERT_TRUE(other);
  fs::rename(folder.path() + "/other.sock", path);
  const auto listener = Listener::Bind(path);
  ASSERT_FALSE(listener);
  EXPECT_EQ(listener.error().code, ErrorCode::kConflict);
  EXPECT_TRUE(protocol::ProbeIpc(path));
}

TEST(ListenerTest, KeepsAFileThatIsNoSocket) {
  const TempFolder folder;
  const std::string path = folder.path() + "/precious";
  std::ofstream(path) << "data";
  const auto listener = Listener::Bind(path);
  ASSERT_FALSE(listener);
  EXPECT_THAT(listener.error().message, HasSubstr("is not a socket"));
  EXPECT_EQ(fs::file_size(path), 4U);
}

TEST(ListenerTest, RemovesItsSocketAndFreesItsLock) {
  const TempFolder folder;
  const std::string path = folder.path() + "/s.sock";
  { const auto listener = Listener::Bind(path); }
  EXPECT_FALSE(fs::exists(path));
  EXPECT_TRUE(Listener::Bind(path));
}

TEST(ListenerTest, RefusesAPathThatDoesNotFit) {
  EXPECT_EQ(Listener::Bind("relative.sock").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(Listener::Bind("/" + std::string(200, 'a')).error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace coppice::server
