#include "base/exit_code.h"

#include <set>

#include <gmock/gmock.h>

namespace coppice {
namespace {

TEST(ExitCode, EachErrorCodeHasOne) {
  std::set<ErrorCode> codes;
  for (const ExitCodeRow& row : ExitCodeTable()) codes.insert(row.code);
  std::size_t known = 0;
  for (int value = 0; value < 256; ++value) {
    const auto code = static_cast<ErrorCode>(value);
    if (ParseErrorCode(ErrorCodeName(code)) != code) continue;
    ++known;
    EXPECT_TRUE(codes.contains(code)) << ErrorCodeName(code);
  }
  EXPECT_EQ(codes.size(), known);
}

TEST(ExitCode, FollowsTheContract) {
  EXPECT_EQ(ExitCodeOf(ErrorCode::kInvalidArgument), 64);
  EXPECT_EQ(ExitCodeOf(ErrorCode::kUnsupported), 64);
  EXPECT_EQ(ExitCodeOf(ErrorCode::kNotFound), 65);
  EXPECT_EQ(ExitCodeOf(ErrorCode::kConflict), 65);
  EXPECT_EQ(ExitCodeOf(ErrorCode::kCorrupt), 65);
  EXPECT_EQ(ExitCodeOf(ErrorCode::kInternal), 70);
  EXPECT_EQ(ExitCodeOf(ErrorCode::kUnavailable), 75);
  EXPECT_EQ(ExitCodeOf(ErrorCode::kResourceExhausted), 75);
  EXPECT_EQ(ExitCodeOf(ErrorCode::kDeadlineExceeded), 75);
  EXPECT_EQ(ExitCodeOf(ErrorCode::kPermissionDenied), 77);
  EXPECT_EQ(ExitCodeOf(ErrorCode::kUnauthenticated), 77);
  EXPECT_EQ(ExitCodeOf(ErrorCode::kUnsupportedVersion), 78);
}

}  // namespace
}  // namespace coppice
