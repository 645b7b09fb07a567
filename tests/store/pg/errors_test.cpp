#include "store/pg/errors.h"

#include <gtest/gtest.h>

#include <new>
#include <pqxx/pqxx>

namespace coppice::store {
namespace {

template <class Exception>
Error ErrorOf(const Exception& exception) {
  try {
    throw exception;
  } catch (...) {
    return CurrentPgError();
  }
}

TEST(PgErrorsTest, SqlStatesBecomeCodes) {
  EXPECT_EQ(CodeOfSqlState("40001"), ErrorCode::kUnavailable);
  EXPECT_EQ(CodeOfSqlState("40P01"), ErrorCode::kUnavailable);
  EXPECT_EQ(CodeOfSqlState("57P01"), ErrorCode::kUnavailable);
  EXPECT_EQ(CodeOfSqlState("57014"), ErrorCode::kDeadlineExceeded);
  EXPECT_EQ(CodeOfSqlState("55P03"), ErrorCode::kUnavailable);
  EXPECT_EQ(CodeOfSqlState("53100"), ErrorCode::kResourceExhausted);
  EXPECT_EQ(CodeOfSqlState("42501"), ErrorCode::kPermissionDenied);
  EXPECT_EQ(CodeOfSqlState("23505"), ErrorCode::kConflict);
  EXPECT_EQ(CodeOfSqlState("XX001"), ErrorCode::kCorrupt);
  EXPECT_EQ(CodeOfSqlState("42601"), ErrorCode::kInternal);
  EXPECT_EQ(CodeOfSqlState(""), ErrorCode::kInternal);
}

TEST(PgErrorsTest, ALostConnectionMayBeTriedAgain) {
  EXPECT_EQ(ErrorOf(pqxx::broken_connection("gone")).code, ErrorCode::kUnavailable);
  EXPECT_TRUE(ErrorOf(pqxx::broken_connection("gone")).retryable);
  EXPECT_TRUE(ErrorOf(pqxx::in_doubt_error("?")).retryable);
  EXPECT_TRUE(ErrorOf(pqxx::sql_error("x", "", "40P01")).retryable);
  EXPECT_FALSE(ErrorOf(pqxx::sql_error("x", "", "42601")).retryable);
  EXPECT_EQ(ErrorOf(std::bad_alloc()).code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(ErrorOf(42).code, ErrorCode::kInternal);
}

TEST(PgErrorsTest, DetailsThatMayQuoteRowsAreLeftOut) {
  const Error error = ErrorOf(pqxx::sql_error("ERROR:  duplicate key\nDETAIL:  Key (name)=(secret) exists.", "", "23505"));
  EXPECT_EQ(error.message, "database: duplicate key (23505)");
}

TEST(PgErrorsTest, TextForTheServerIsValid) {
  EXPECT_EQ(ToValidText("plain é 漢 😀"), "plain é 漢 😀");
  EXPECT_EQ(ToValidText(std::string("a\0b", 3)), "ab");
  EXPECT_EQ(ToValidText("a\xff"), "a\xEF\xBF\xBD");
  for (const std::string_view bad : {"\x80", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF0\x80\x80\x80",
                                     "\xE2\x82", "\xC3"}) {
    EXPECT_FALSE(IsValidText(bad));
    EXPECT_TRUE(IsValidText(ToValidText(bad)));
  }
  EXPECT_TRUE(IsValidText(""));
  EXPECT_FALSE(IsValidText(std::string_view("\0", 1)));
}

}  // namespace
}  // namespace coppice::store
