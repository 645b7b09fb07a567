#include "base/edit_distance.h"

#include <vector>

#include <gtest/gtest.h>

namespace coppice {
namespace {

TEST(EditDistance, CountsLettersThatDiffer) {
  EXPECT_EQ(EditDistance("", ""), 0U);
  EXPECT_EQ(EditDistance("serch", "search"), 1U);
  EXPECT_EQ(EditDistance("abc", ""), 3U);
  EXPECT_EQ(EditDistance("", "abc"), 3U);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3U);
}

TEST(EditDistance, TheNearestWordIsGivenOnlyIfItIsNear) {
  const std::vector<std::string> words = {"search", "show", "shot"};
  EXPECT_EQ(NearestWord("serch", words, 2), "search");
  EXPECT_EQ(NearestWord("sho", words, 2), "show");
  EXPECT_EQ(NearestWord("ping", words, 2), "");
  EXPECT_EQ(NearestWord("ping", {}, 2), "");
}

}  // namespace
}  // namespace coppice
