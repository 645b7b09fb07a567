#include "base/sealed_file.h"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

namespace coppice {
namespace {

namespace fs = std::filesystem;

class SealedFileTest : public ::testing::Test {
 protected:
  SealedFileTest() {
    auto writer = SealedFileWriter::Create(path_);
    EXPECT_TRUE(writer);
    EXPECT_TRUE(writer->WriteOne(std::uint32_t{3}));
    EXPECT_TRUE(writer->WriteMany(std::vector<std::int16_t>{7, -8, 9}));
    EXPECT_TRUE(writer->Commit());
  }
  ~SealedFileTest() override { fs::remove(path_); }

  /// Reads it as it was written. Gives the code of the error, or nothing.
  [[nodiscard]] std::optional<ErrorCode> Fault() const {
    const auto read = [&]() -> Result<void> {
      COPPICE_ASSIGN(SealedFileReader reader, SealedFileReader::Open(path_));
      COPPICE_ASSIGN(const auto count, reader.ReadOne<std::uint32_t>());
      COPPICE_ASSIGN(const auto values, reader.ReadMany<std::int16_t>(count));
      COPPICE_TRY(reader.Finish());
      EXPECT_EQ(values, (std::vector<std::int16_t>{7, -8, 9}));
      return {};
    }();
    return read ? std::nullopt : std::optional(read.error().code);
  }
  [[nodiscard]] std::string Bytes() const {
    std::ifstream stream(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  }
  void Put(const std::string& bytes) const {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << bytes;
  }

  const std::string path_ = fs::temp_directory_path() / ("sealed-" + std::to_string(::getpid()));
};

TEST_F(SealedFileTest, GivesWhatWasWritten) {
  EXPECT_EQ(Bytes().size(), 4U + 6U + 32U);
  EXPECT_EQ(Fault(), std::nullopt);
}

TEST_F(SealedFileTest, AnyOtherByteIsDamage) {
  const std::string good = Bytes();
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x40);
    Put(bad);
    EXPECT_EQ(Fault(), ErrorCode::kCorrupt) << "byte " << at;
  }
}

TEST_F(SealedFileTest, AnyOtherLengthIsDamage) {
  const std::string good = Bytes();
  for (std::size_t size = 0; size < good.size(); ++size) {
    Put(good.substr(0, size));
    EXPECT_EQ(Fault(), ErrorCode::kCorrupt) << size << " bytes";
  }
  Put(good + "x");
  EXPECT_EQ(Fault(), ErrorCode::kCorrupt);
}

TEST_F(SealedFileTest, ALinkOrAFolderIsNotRead) {
  fs::rename(path_, path_ + ".real");
  fs::create_symlink(path_ + ".real", path_);
  EXPECT_EQ(Fault(), ErrorCode::kUnavailable);
  fs::remove(path_);
  fs::rename(path_ + ".real", path_);
  EXPECT_EQ(Fault(), std::nullopt);
}

}  // namespace
}  // namespace coppice
