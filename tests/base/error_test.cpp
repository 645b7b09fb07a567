#include "base/error.h"

#include <gtest/gtest.h>

#include "base/result.h"

namespace coppice {
namespace {

Result<int> Half(int n) {
  if (n % 2 != 0) return MakeError(ErrorCode::kInvalidArgument, "odd", "give an even number");
  return n / 2;
}

Result<int> Quarter(int n) {
  COPPICE_ASSIGN(const int half, Half(n));
  return Half(half);
}

Result<void> CheckEven(int n) {
  COPPICE_TRY(Half(n));
  return {};
}

TEST(Error, NamesGoBothWays) {
  for (int code = 1; code <= 13; ++code) {
    const auto value = static_cast<ErrorCode>(code);
    EXPECT_EQ(ParseErrorCode(ErrorCodeName(value)), value);
  }
  EXPECT_EQ(ParseErrorCode("no_such_code"), std::nullopt);
}

TEST(Error, OnlyPassingTroubleIsRetryable) {
  EXPECT_TRUE(MakeError(ErrorCode::kUnavailable, "").retryable);
  EXPECT_TRUE(MakeError(ErrorCode::kResourceExhausted, "").retryable);
  EXPECT_FALSE(MakeError(ErrorCode::kNotFound, "").retryable);
}

TEST(Error, ContextStandsInFront) {
  const Error error = MakeError(ErrorCode::kNotFound, "ref x", "name one that exists");
  EXPECT_EQ(error.WithContext("repo y").ToString(),
            "not_found: repo y: ref x (name one that exists)");
}

TEST(Result, AnErrorLeavesTheFunction) {
  EXPECT_EQ(*Quarter(8), 2);
  EXPECT_EQ(Quarter(6).error().message, "odd");
  EXPECT_EQ(Quarter(5).error().remedy, "give an even number");
  EXPECT_TRUE(CheckEven(4));
  EXPECT_FALSE(CheckEven(3));
}

TEST(ResultDeathTest, ReadingTheMissingSideIsABug) {
  EXPECT_DEATH((void)*Half(3), "odd");
  EXPECT_DEATH((void)Half(2).error(), "holds a value");
}

}  // namespace
}  // namespace coppice
