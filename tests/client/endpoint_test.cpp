#include "client/endpoint.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

#include "tests/client/fake_daemon.h"

namespace coppice::client {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(FindEndpoints, TheFlagWins) {
  const Environment environment = {{"COPPICE_CONNECT", "ipc:///b"}};
  const auto search = FindEndpoints("ipc:///a,tcp://host:7420,/c.sock", environment);
  ASSERT_TRUE(search);
  EXPECT_THAT(search->endpoints, ElementsAre("ipc:///a", "tcp://host:7420", "ipc:///c.sock"));
  EXPECT_EQ(search->source, "--connect");
}

TEST(FindEndpoints, ThenTheVariable) {
  const auto search = FindEndpoints("", {{"COPPICE_CONNECT", "ipc:///b"}});
  ASSERT_TRUE(search);
  EXPECT_THAT(search->endpoints, ElementsAre("ipc:///b"));
  EXPECT_EQ(search->source, "$COPPICE_CONNECT");
}

TEST(FindEndpoints, ThenTheDefaultPlacesInOrder) {
  EXPECT_THAT(
      DefaultSockets({{"XDG_RUNTIME_DIR", "/run/user/7"}, {"HOME", "/home/x"}}),
      ElementsAre("/run/user/7/coppice/coppice.sock",
                  "/home/x/.local/state/coppice/run/coppice.sock", "/run/coppice/coppice.sock"));
  EXPECT_THAT(DefaultSockets({{"XDG_STATE_HOME", "/s"}, {"HOME", "/home/x"}}),
              ElementsAre("/s/coppice/run/coppice.sock", "/run/coppice/coppice.sock"));
  EXPECT_THAT(DefaultSockets({}), ElementsAre("/run/coppice/coppice.sock"));
}

TEST(FindEndpoints, OfTheDefaultPlacesThoseThatExist) {
  FakeDaemon daemon;
  const std::filesystem::path folder =
      std::filesystem::path(daemon.endpoint().substr(6)).parent_path();
  std::filesystem::create_directories(folder / "coppice");
  std::filesystem::create_symlink(folder / "coppice.sock", folder / "coppice" / "coppice.sock");
  std::filesystem::create_directories(folder / "coppice" / "run");
  std::ofstream(folder / "coppice" / "run" / "coppice.sock") << "a file, no socket";
  const auto search = FindEndpoints(
      "", {{"XDG_RUNTIME_DIR", folder.string()}, {"XDG_STATE_HOME", folder.string()}});
  ASSERT_TRUE(search);
  EXPECT_EQ(search->endpoints.front(), "ipc://" + folder.string() + "/coppice/coppice.sock");
  EXPECT_THAT(search->endpoints, testing::Not(testing::Contains(HasSubstr("/run/coppice.sock"))));
}

TEST(FindEndpoints, RefusesWhatIsNoEndpoint) {
  for (const std::string_view bad : {"nonsense", "relative/path.sock", ",", "udp://x:1"}) {
    const auto search = FindEndpoints(bad, {});
    ASSERT_FALSE(search) << bad;
    EXPECT_EQ(search.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(search.error().message, HasSubstr("--connect"));
  }
}

}  // namespace
}  // namespace coppice::client
