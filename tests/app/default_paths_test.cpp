#include "daemon/app/default_paths.h"

#include <gtest/gtest.h>

namespace coppice::app {
namespace {

TEST(DefaultPaths, RootUsesTheSystemsFolders) {
  const auto paths = FindDefaultPaths({{"XDG_RUNTIME_DIR", "/run/user/0"}, {"HOME", "/root"}}, true);
  EXPECT_EQ(paths.state_directory, "/var/lib/coppice");
  EXPECT_EQ(paths.endpoint, "ipc:///run/coppice/coppice.sock");
}

TEST(DefaultPaths, AUserUsesXdgFolders) {
  const auto paths = FindDefaultPaths(
      {{"XDG_RUNTIME_DIR", "/run/user/7"}, {"XDG_STATE_HOME", "/h/state"}, {"HOME", "/h"}}, false);
  EXPECT_EQ(paths.state_directory, "/h/state/coppice");
  EXPECT_EQ(paths.endpoint, "ipc:///run/user/7/coppice/coppice.sock");
}

TEST(DefaultPaths, WithoutARuntimeFolderTheSocketIsInTheState) {
  const auto paths = FindDefaultPaths({{"HOME", "/h"}}, false);
  EXPECT_EQ(paths.endpoint, "ipc:///h/.local/state/coppice/run/coppice.sock");
}

TEST(DefaultPaths, SystemdHasTheFirstWord) {
  const auto paths = FindDefaultPaths({{"STATE_DIRECTORY", "/var/lib/coppice:/var/lib/other"},
                                       {"RUNTIME_DIRECTORY", "/run/coppice"},
                                       {"HOME", "/nonexistent"}},
                                      false);
  EXPECT_EQ(paths.state_directory, "/var/lib/coppice");
  EXPECT_EQ(paths.endpoint, "ipc:///run/coppice/coppice.sock");
}

}  // namespace
}  // namespace coppice::app
