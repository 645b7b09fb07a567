#include "store/pg/values.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "store/pg/interner.h"

namespace coppice::store {
namespace {

TEST(PgValuesTest, ArraysBecomeTextForCopy) {
  EXPECT_EQ(ArrayText<std::int32_t>({}), "{}");
  const std::vector<std::int32_t> values = {1, -2, std::numeric_limits<std::int32_t>::min()};
  EXPECT_EQ(ArrayText<std::int32_t>(values), "{1,-2,-2147483648}");
  const std::vector<std::string_view> bytes = {std::string_view("\0\xff", 2), ""};
  EXPECT_EQ(BytesArrayText(bytes), R"({"\\x00ff","\\x"})");
}

TEST(PgValuesTest, ALongNameIsCutWithTheHashOfTheWhole) {
  EXPECT_EQ(NameKey("short"), "short");
  const std::string two_thousand(2000, 'x');
  EXPECT_EQ(NameKey(two_thousand), two_thousand);
  const std::string longer(2001, 'x');
  EXPECT_EQ(NameKey(longer).size(), 2000U);
  EXPECT_NE(NameKey(longer), NameKey(longer + "y"));
  EXPECT_EQ(NameKey(longer), NameKey(longer));
}

}  // namespace
}  // namespace coppice::store
