#include "embed/static/static_embedder.h"

#include <cmath>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/embed/static/table_builder.h"

namespace coppice::embed {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatNear;

class StaticEmbedderTest : public ::testing::Test {
 protected:
  // open = 2 * x, file = 3 * y, connect = z: each an axis of its own.
  StaticEmbedderTest()
      : file_(TableBuilder(8)
                  .Add("open", 2, {1})
                  .Add("file", 1, {0, 3})
                  .Add("connect", 1, {0, 0, 1})
                  .Build()) {}

  std::vector<float> Embed(std::string_view text) {
    auto table = StaticTable::FromBytes(
        {reinterpret_cast<const std::byte*>(file_.data()), file_.size()}, "test");
    EXPECT_TRUE(table.has_value()) << table.error().ToString();
    const StaticEmbedder embedder("static/test", std::move(*table));
    std::vector<float> out(8);
    const std::vector<std::string_view> one = {text};
    EXPECT_TRUE(embedder.Embed(one, Purpose::kQuery, out, Deadline::Never()).has_value());
    out.resize(3);
    return out;
  }

  std::string file_;
};

TEST_F(StaticEmbedderTest, OneWordIsItsDirection) {
  EXPECT_THAT(Embed("open"), ElementsAre(1, 0, 0));
}

TEST_F(StaticEmbedderTest, WordsAddUpWithTheirScales) {
  const auto root = static_cast<float>(std::sqrt(13.0));
  EXPECT_THAT(Embed("open file"),
              ElementsAre(FloatNear(2 / root, 1e-6F), FloatNear(3 / root, 1e-6F), 0));
}

TEST_F(StaticEmbedderTest, CountsWeighByTheirLogarithm) {
  const double x = 2 * std::log(4.0);
  const double y = 3 * std::log(2.0);
  const double root = std::sqrt((x * x) + (y * y));
  EXPECT_THAT(Embed("open open file open"),
              ElementsAre(FloatNear(static_cast<float>(x / root), 1e-6F),
                          FloatNear(static_cast<float>(y / root), 1e-6F), 0));
}

TEST_F(StaticEmbedderTest, IdentifiersAreCutAndWordsStemmed) {
  EXPECT_EQ(Embed("openFile"), Embed("open file"));
  EXPECT_THAT(Embed("Connections"), ElementsAre(0, 0, 1));
}

TEST_F(StaticEmbedderTest, OrderAndUnknownWordsDoNotMatter) {
  EXPECT_EQ(Embed("file zebra open"), Embed("open file"));
  EXPECT_THAT(Embed("zebra"), ElementsAre(0, 0, 0));
}

}  // namespace
}  // namespace coppice::embed
