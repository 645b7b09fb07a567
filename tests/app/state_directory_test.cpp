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

TEST_F(StateDirectoryTest, APlaceThatCannotBeAFolderIsNamed) {
  const auto result = StateDirectory::Open("/proc/self/no-such/state");
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, ::testing::HasSubstr("/proc/self/no-such/state"));
}

}  // namespace
}  // namespace coppice::app
