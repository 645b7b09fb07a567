#include "daemon/retrieval/answer/tokens.h"

#include <gtest/gtest.h>

namespace coppice::retrieval {
namespace {

TEST(TokensTest, HitIdsSurviveTheTrip) {
  const HitId id{store::RepoNo(300), "abcde", "fghijk", 2, {1000, 70000}};
  const std::string text = EncodeHitId(id);
  EXPECT_LE(text.size(), 32U);
  const auto decoded = DecodeHitId(text);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->repo, id.repo);
  EXPECT_EQ(decoded->commit_prefix, id.commit_prefix);
  EXPECT_EQ(decoded->blob_prefix, id.blob_prefix);
  EXPECT_EQ(decoded->path, 2U);
  EXPECT_EQ(decoded->range, id.range);
}

TEST(TokensTest, AnyOtherTextIsRefused) {
  const std::string good = EncodeHitId({store::RepoNo(1), "abcde", "fghijk", 0, {0, 10}});
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = bad[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(DecodeHitId(bad)) << bad;
    EXPECT_FALSE(DecodeHitId(good.substr(0, i))) << i;
  }
  EXPECT_FALSE(DecodeHitId(good + "A"));
  EXPECT_FALSE(DecodeHitId("src/main.c"));
  EXPECT_EQ(DecodeHitId("").error().code, ErrorCode::kInvalidArgument);
}

TEST(TokensTest, CursorsSurviveTheTrip) {
  const auto decoded = DecodeCursor(EncodeCursor({0xFEDCBA9876543210ULL, 40}));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->question, 0xFEDCBA9876543210ULL);
  EXPECT_EQ(decoded->offset, 40U);
  EXPECT_FALSE(DecodeCursor("page2"));
}

}  // namespace
}  // namespace coppice::retrieval
