#include "daemon/app/state_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace coppice::app {
namespace {

class StateDirectoryTest : public ::testing::Test {
 protected:
  StateDirectoryTest() {
    std::string name = std::filesystem::temp_directory_path() / "coppice-state-XXXXXX";
    folder_ = mkdtemp(name.data());
  }
  ~StateDirectoryTest() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path folder_;
};

TEST_F(StateDirectoryTest, IsMadeAndHeldOnce) {
  {
    const auto first = StateDirectory::Open(folder_ / "a/b");
    ASSERT_TRUE(first) << first.error().ToString();
    const auto second = StateDirectory::Open(folder_ / "a/b");
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::kConflict);
    EXPECT_THAT(second.error().message, ::testing::HasSubstr(std::to_string(getpid())));
  }
  EXPECT_TRUE(StateDirectory::Open(folder_ / "a/b")) << "free again once let go";
}

TEST_F(StateDirectoryTest, OnlyAFolderItMadeGetsItsMode) {
  namespace fs = std::filesystem;
  ASSERT_TRUE(StateDirectory::Open(folder_ / "made"));
  EXPECT_EQ(fs::status(folder_ / "made").permissions(), fs::perms(0711));
  fs::create_directory(folder_ / "given");
  fs::permissions(folder_ / "given", fs::perms(01750));
  ASSERT_TRUE(StateDirectory::Open(folder_ / "given"));
  EXPECT_EQ(fs::status(folder_ / "given").permissions(), fs::perms(01750));
}

TEST_F(StateDirectoryTest, AFolderThatEverybodyWritesToIsRefusedAndLeftAsItIs) {
  namespace fs = std::filesystem;
  fs::create_directory(folder_ / "tmp");
  fs::permissions(folder_ / "tmp", fs::perms(01777));
  const auto result = StateDirectory::Open(folder_ / "tmp");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kPermissionDenied);
  EXPECT_THAT(result.error().remedy, ::testing::HasSubstr((folder_ / "tmp/coppice").string()));
  EXPECT_EQ(fs::status(folder_ / "tmp").permissions(), fs::perms(01777));
  EXPECT_TRUE(fs::is_empty(folder_ / "tmp"));
}

TEST_F(StateDirectoryTest, APlaceThatCannotBeAFolderIsNamed) {
  const auto result = StateDirectory::Open("/proc/self/no-such/state");
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, ::testing::HasSubstr("/proc/self/no-such/state"));
}

}  // namespace
}  // namespace coppice::app
