#include "embed/factory.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/embed/static/table_builder.h"

namespace coppice::embed {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

TEST(FactoryTest, OpensTheDefaultWithoutAnyFile) {
  const auto embedder = OpenEmbedder(kDefaultModel);
  ASSERT_TRUE(embedder.has_value()) << embedder.error().ToString();
  EXPECT_EQ((*embedder)->info().name, "static/default");
  EXPECT_THAT(KnownModels(), Contains("static/default"));
}

TEST(FactoryTest, OpensATableByItsPath) {
  const auto path = std::filesystem::path(::testing::TempDir()) / "coppice_factory_test.table";
  std::ofstream(path, std::ios::binary) << TableBuilder(8).Add("open", 1, {1}).Build();
  const std::string name = "static/" + path.string();
  const auto embedder = OpenEmbedder(name);
  std::filesystem::remove(path);
  ASSERT_TRUE(embedder.has_value()) << embedder.error().ToString();
  EXPECT_EQ((*embedder)->info().name, name);
  EXPECT_EQ((*embedder)->info().dimensions, 8);
}

TEST(FactoryTest, UnknownNamesGetTheList) {
  for (const auto* name : {"", "static", "static/", "gguf/whatever", "default"}) {
    const auto embedder = OpenEmbedder(name);
    ASSERT_FALSE(embedder.has_value()) << name;
    EXPECT_EQ(embedder.error().code, ErrorCode::kNotFound);
    EXPECT_THAT(embedder.error().remedy, HasSubstr("static/default"));
  }
}

TEST(FactoryTest, ABrokenFileIsCorruptAndNamed) {
  const auto path = std::filesystem::path(::testing::TempDir()) / "coppice_factory_broken.table";
  std::ofstream(path, std::ios::binary)
      << "COPSTAT\n and nothing else that would be a table at all";
  const auto embedder = OpenEmbedder("static/" + path.string());
  std::filesystem::remove(path);
  ASSERT_FALSE(embedder.has_value());
  EXPECT_EQ(embedder.error().code, ErrorCode::kCorrupt);
  EXPECT_THAT(embedder.error().message, HasSubstr(path.string()));
}

}  // namespace
}  // namespace coppice::embed
