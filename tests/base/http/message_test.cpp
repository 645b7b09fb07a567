#include "base/http/message.h"

#include <chrono>
#include <optional>

#include <gtest/gtest.h>

namespace coppice::http {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

std::optional<milliseconds> After(Headers headers) {
  HttpHead head;
  head.status = 429;
  head.headers = std::move(headers);
  return RetryAfter(head);
}

TEST(HttpMessageTest, RetryAfterIsSecondsMillisecondsOrADate) {
  EXPECT_EQ(After({{"Retry-After", "7"}}), seconds(7));
  EXPECT_EQ(After({{"retry-after", "0.5"}}), milliseconds(500));
  EXPECT_EQ(After({{"Retry-After", "9"}, {"retry-after-ms", "120"}}), milliseconds(120));
  EXPECT_EQ(After({{"Date", "Wed, 21 Oct 2015 07:28:00 GMT"},
                   {"Retry-After", "Wed, 21 Oct 2015 07:28:30 GMT"}}),
            seconds(30));
  EXPECT_EQ(After({{"Date", "Wed, 21 Oct 2015 07:28:00 GMT"},
                   {"Retry-After", "Wed, 21 Oct 2015 07:27:00 GMT"}}),
            seconds(0));
}

TEST(HttpMessageTest, ASenselessRetryAfterSaysNothing) {
  EXPECT_EQ(After({}), std::nullopt);
  for (const char* const text : {"", "soon", "-3", "nan", "5 seconds"}) {
    EXPECT_EQ(After({{"Retry-After", text}}), std::nullopt) << text;
  }
  EXPECT_EQ(After({{"Retry-After", "Wed, 21 Oct 2015 07:28:30 GMT"}}), std::nullopt);
  EXPECT_EQ(After({{"Retry-After", "1e300"}}), hours(24));
}

TEST(HttpMessageTest, AnOriginIsSchemeHostAndPort) {
  const auto plain = ParseOrigin("http://127.0.0.1:8080/v1?x=y");
  ASSERT_TRUE(plain);
  EXPECT_FALSE(plain->tls);
  EXPECT_EQ(plain->name, "127.0.0.1:8080");
  const auto tls = ParseOrigin("https://models.example/v1");
  ASSERT_TRUE(tls);
  EXPECT_TRUE(tls->tls);
  EXPECT_EQ(tls->name, "models.example");
}

}  // namespace
}  // namespace coppice::http
