#include "daemon/server/reply_cache.h"

#include <gtest/gtest.h>

namespace coppice::server {
namespace {

using protocol::Method;
using protocol::ReplyKind;

Outgoing Final(std::string body) {
  Outgoing reply;
  reply.body = std::move(body);
  return reply;
}

Outgoing Failed(ErrorCode code) {
  Outgoing reply;
  reply.kind = ReplyKind::kError;
  reply.error = MakeError(code, "why");
  return reply;
}

const ReplyCache::Clock::time_point kNow{};

TEST(ReplyCacheTest, DropsTheOldestBeyondItsLimits) {
  ReplyCache cache({.max_entries = 2, .max_bytes = 10, .max_age = std::chrono::minutes(10)});
  cache.Put("a", Method::kAdd, Final("1"), kNow);
  cache.Put("b", Method::kAdd, Final("2"), kNow);
  cache.Put("c", Method::kAdd, Final("3"), kNow);
  EXPECT_EQ(cache.Find("a", kNow), nullptr);
  ASSERT_NE(cache.Find("b", kNow), nullptr);
  EXPECT_EQ(cache.Find("b", kNow)->reply.body, "2");
  cache.Put("d", Method::kAdd, Final("0123456789"), kNow);
  EXPECT_EQ(cache.Find("c", kNow), nullptr);
  EXPECT_NE(cache.Find("d", kNow), nullptr);
  cache.Put("e", Method::kAdd, Final("0123456789X"), kNow);
  EXPECT_EQ(cache.Find("e", kNow), nullptr);
  EXPECT_NE(cache.Find("d", kNow), nullptr);
}

TEST(ReplyCacheTest, ForgetsAfterAWhile) {
  ReplyCache cache({.max_entries = 9, .max_bytes = 100, .max_age = std::chrono::minutes(10)});
  cache.Put("a", Method::kAdd, Final("1"), kNow);
  EXPECT_NE(cache.Find("a", kNow + std::chrono::minutes(10)), nullptr);
  EXPECT_EQ(cache.Find("a", kNow + std::chrono::minutes(11)), nullptr);
}

TEST(ReplyCacheTest, KeepsNoErrorThatInvitesARetry) {
  ReplyCache cache({});
  cache.Put("a", Method::kAdd, Failed(ErrorCode::kUnavailable), kNow);
  cache.Put("b", Method::kAdd, Failed(ErrorCode::kConflict), kNow);
  EXPECT_EQ(cache.Find("a", kNow), nullptr);
  EXPECT_NE(cache.Find("b", kNow), nullptr);
}

}  // namespace
}  // namespace coppice::server
