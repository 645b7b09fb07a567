#include "base/digest.h"

#include <gtest/gtest.h>

namespace coppice {
namespace {

TEST(Digest, KnownValues) {
  EXPECT_EQ(ToHex(Sha256Of("")),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(ToHex(Sha256Of("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Digest, PiecesGiveTheDigestOfTheWhole) {
  Sha256Hasher hasher;
  for (const char* piece : {"a", "", "bc"}) hasher.Update(piece);
  EXPECT_EQ(hasher.Finish(), Sha256Of("abc"));
}

TEST(Digest, HexGoesBothWays) {
  const std::string bytes("\x00\x7f\xff\x10", 4);
  EXPECT_EQ(ToHex(bytes), "007fff10");
  EXPECT_EQ(*FromHex("007FfF10"), bytes);
}

TEST(Digest, OddOrForeignTextIsInvalid) {
  for (const char* text : {"0", "0g", "zz", "00 1"}) {
    const auto result = FromHex(text);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(Digest, RandomBytesDiffer) { EXPECT_NE(RandomBytes(16), RandomBytes(16)); }

}  // namespace
}  // namespace coppice
