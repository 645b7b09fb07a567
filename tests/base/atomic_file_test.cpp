#include "base/atomic_file.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <unistd.h>

#include <gtest/gtest.h>

namespace coppice {
namespace {

namespace fs = std::filesystem;

class AtomicFileTest : public ::testing::Test {
 protected:
  AtomicFileTest() : folder_(fs::temp_directory_path() / ("atomic-" + std::to_string(::getpid()))) {
    fs::create_directory(folder_);
  }
  ~AtomicFileTest() override { fs::remove_all(folder_); }
  [[nodiscard]] std::string path() const { return folder_ / "file"; }
  [[nodiscard]] std::string Text() const {
    std::ifstream stream(path());
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  }
  [[nodiscard]] auto Files() const {
    return std::distance(fs::directory_iterator(folder_), fs::directory_iterator());
  }

 private:
  fs::path folder_;
};

TEST_F(AtomicFileTest, IsThereOnceItIsCommitted) {
  auto file = AtomicFile::Create(path());
  ASSERT_TRUE(file);
  ASSERT_TRUE(file->Write("one "));
  ASSERT_TRUE(file->Write("two"));
  EXPECT_FALSE(fs::exists(path()));
  ASSERT_TRUE(file->Commit());
  EXPECT_EQ(Text(), "one two");
  EXPECT_EQ(fs::status(path()).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(AtomicFileTest, WithoutCommitTheOldOneStays) {
  std::ofstream(path()) << "old";
  {
    auto file = AtomicFile::Create(path());
    ASSERT_TRUE(file->Write("new"));
  }
  EXPECT_EQ(Text(), "old");
  EXPECT_EQ(Files(), 1);
}

TEST_F(AtomicFileTest, TheLastOfTwoWritersStays) {
  auto first = AtomicFile::Create(path());
  auto second = AtomicFile::Create(path());
  ASSERT_TRUE(first->Write("first"));
  ASSERT_TRUE(second->Write("second"));
  ASSERT_TRUE(second->Commit());
  ASSERT_TRUE(first->Commit());
  EXPECT_EQ(Text(), "first");
  EXPECT_EQ(Files(), 1);
}

TEST_F(AtomicFileTest, AFolderThatIsNotThereIsNamed) {
  const auto file = AtomicFile::Create("/nowhere/at/all");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(file.error().message.find("/nowhere/at/all"), std::string::npos);
}

}  // namespace
}  // namespace coppice
