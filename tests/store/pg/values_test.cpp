#include "store/pg/values.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "store/pg/interner.h"

namespace coppice::store {
namespace {

TEST(PgValuesTest, ArraysAreBinary) {
  const std::vector<std::int64_t> values = {1, std::numeric_limits<std::int64_t>::min()};
  const std::string header("\0\0\0\1\0\0\0\0\0\0\0\x14\0\0\0\2\0\0\0\1", 20);
  const std::string rows("\0\0\0\10\0\0\0\0\0\0\0\1\0\0\0\10\x80\0\0\0\0\0\0\0", 24);
  EXPECT_EQ(BinaryArray::OfBigInts(values).bytes(), header + rows);
  EXPECT_EQ(BinaryArray::OfInts({}).bytes(), std::string("\0\0\0\0\0\0\0\0\0\0\0\x17", 12));
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
