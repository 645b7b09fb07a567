#include "embed/static/static_table.h"

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/digest.h"
#include "tests/embed/static/table_builder.h"

namespace coppice::embed {
namespace {

using ::testing::HasSubstr;

std::span<const std::byte> Bytes(const std::string& file) {
  return {reinterpret_cast<const std::byte*>(file.data()), file.size()};
}

Result<StaticTable> Open(const std::string& file) {
  return StaticTable::FromBytes(Bytes(file), "mine.table");
}

void ExpectError(const std::string& file, ErrorCode code, const std::string& what) {
  const auto table = Open(file);
  ASSERT_FALSE(table.has_value()) << "read a table that is no good: " << what;
  EXPECT_EQ(table.error().code, code) << table.error().ToString();
  EXPECT_THAT(table.error().message, HasSubstr("mine.table"));
  EXPECT_THAT(table.error().message, HasSubstr(what));
  EXPECT_FALSE(table.error().remedy.empty());
}

TEST(StaticTableTest, ReadsWhatWasWritten) {
  TableBuilder builder(8);
  builder.Add("close", 0.5F, {1, -1}).Add("open", 0.25F, {127, 3}).Add("größe", 1.0F, {});
  const std::string file = builder.Build();
  const auto table = Open(file);
  ASSERT_TRUE(table.has_value()) << table.error().ToString();
  EXPECT_EQ(table->dimensions(), 8U);
  EXPECT_EQ(table->row_count(), 3U);
  EXPECT_EQ(table->revision(), ToHex(AsBytes(Sha256Of(file))));
  const auto open = table->Find("open");
  ASSERT_TRUE(open.has_value());
  EXPECT_EQ(table->word(*open), "open");
  EXPECT_EQ(table->scale(*open), 0.25F);
  EXPECT_EQ(table->row(*open)[0], 127);
  EXPECT_EQ(table->row(*open)[1], 3);
  EXPECT_TRUE(table->Find("größe").has_value());
}

TEST(StaticTableTest, DoesNotFindOtherWords) {
  const std::string file = TableBuilder(8).Add("close", 1, {1}).Add("open", 1, {1}).Build();
  const auto table = Open(file);
  ASSERT_TRUE(table.has_value());
  for (const auto* word : {"", "ope", "opens", "closeopen", "Open"}) {
    EXPECT_FALSE(table->Find(word).has_value()) << word;
  }
}

TEST(StaticTableTest, LoadsAFile) {
  const auto path = std::filesystem::path(::testing::TempDir()) / "coppice_static_table_test.table";
  const std::string file = TableBuilder(16).Add("open", 1, {1}).Build();
  std::ofstream(path, std::ios::binary) << file;
  const auto table = StaticTable::Load(path);
  std::filesystem::remove(path);
  ASSERT_TRUE(table.has_value()) << table.error().ToString();
  EXPECT_TRUE(table->Find("open").has_value());
}

TEST(StaticTableTest, AMissingFileIsNotFound) {
  const auto table = StaticTable::Load("/nonexistent/x.table");
  ASSERT_FALSE(table.has_value());
  EXPECT_EQ(table.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(table.error().message, HasSubstr("/nonexistent/x.table"));
}

TEST(StaticTableTest, ADirectoryIsNotATable) {
  const auto table = StaticTable::Load(::testing::TempDir());
  ASSERT_FALSE(table.has_value());
  EXPECT_EQ(table.error().code, ErrorCode::kNotFound);
}

TEST(StaticTableTest, EveryTruncationIsRefused) {
  const std::string file = TableBuilder(8).Add("close", 1, {1}).Add("open", 1, {2}).Build();
  for (std::size_t size = 0; size < file.size(); ++size) {
    const auto table = Open(file.substr(0, size));
    ASSERT_FALSE(table.has_value()) << size << " of " << file.size() << " bytes";
    ASSERT_EQ(table.error().code, ErrorCode::kCorrupt) << table.error().ToString();
  }
  ExpectError(file + "x", ErrorCode::kCorrupt, "bytes long");
}

TEST(StaticTableTest, EveryFlippedByteIsRefused) {
  const std::string file = TableBuilder(8).Add("close", 1, {1}).Add("open", 1, {2}).Build();
  for (std::size_t i = 0; i < file.size(); ++i) {
    std::string broken = file;
    broken[i] = static_cast<char>(broken[i] ^ 0x10);
    ASSERT_FALSE(Open(broken).has_value()) << "byte " << i;
  }
}

TEST(StaticTableTest, OtherFilesAndVersionsAreNamed) {
  ExpectError(std::string(200, 'x'), ErrorCode::kCorrupt, "not a static table");
  ExpectError(TableBuilder(8).Add("a", 1, {}).FormatVersion(2).Build(),
              ErrorCode::kUnsupportedVersion, "format version 2");
  ExpectError(TableBuilder(8).Add("a", 1, {}).WordsVersion(99).Build(),
              ErrorCode::kUnsupportedVersion, "words version 99");
}

// Each of these has a good checksum: whoever wrote it was wrong.
TEST(StaticTableTest, WellSealedNonsenseIsRefused) {
  ExpectError(TableBuilder(8).Build(), ErrorCode::kCorrupt, "impossible sizes");
  ExpectError(TableBuilder(7).Add("a", 1, {}).Build(), ErrorCode::kCorrupt, "impossible sizes");
  ExpectError(TableBuilder(8).Add("open", 1, {}).Add("close", 1, {}).Unsorted().Build(),
              ErrorCode::kCorrupt, "words out of order");
  ExpectError(TableBuilder(8).Add("a", 1, {}).Add("a", 1, {}).Build(), ErrorCode::kCorrupt,
              "words out of order");
  ExpectError(TableBuilder(8).Add("", 1, {}).Build(), ErrorCode::kCorrupt, "word ends");
  ExpectError(TableBuilder(8).Add("a", -1, {}).Build(), ErrorCode::kCorrupt, "scale");
  ExpectError(TableBuilder(8).Add("a", std::numeric_limits<float>::quiet_NaN(), {}).Build(),
              ErrorCode::kCorrupt, "scale");
}

TEST(StaticTableTest, SurvivesRandomHeaders) {
  std::mt19937 random(3);
  const std::string good = TableBuilder(8).Add("close", 1, {1}).Add("open", 1, {2}).Build();
  for (int round = 0; round < 5000; ++round) {
    std::string file = good;
    for (int n = 0; n < 4; ++n) file[random() % 48] = static_cast<char>(random());
    TableBuilder::Seal(file);
    (void)Open(file).has_value();
  }
}

TEST(StaticTableTest, TheDefaultTableIsSound) {
  const auto table = StaticTable::FromBytes(DefaultTableBytes(), "default");
  ASSERT_TRUE(table.has_value()) << table.error().ToString();
  EXPECT_LE(DefaultTableBytes().size(), std::size_t{8} << 20U);
  EXPECT_GE(table->row_count(), 10000U);
  for (const auto* word : {"file", "read", "open", "connect", "string", "thread"}) {
    EXPECT_TRUE(table->Find(word).has_value()) << word;
  }
}

}  // namespace
}  // namespace coppice::embed
