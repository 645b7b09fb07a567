#include <gtest/gtest.h>

#include "indexer/git/mirror.h"
#include "indexer/git/repository.h"

namespace coppice::indexer {
namespace {

TEST(RefPattern, NamesMatchFullAndShort) {
  EXPECT_TRUE(RefMatches("main", "refs/heads/main"));
  EXPECT_TRUE(RefMatches("refs/heads/main", "refs/heads/main"));
  EXPECT_TRUE(RefMatches("v1.0", "refs/tags/v1.0"));
  EXPECT_FALSE(RefMatches("main", "refs/heads/maintenance"));
}

TEST(RefPattern, OneStarStaysInAPart) {
  EXPECT_TRUE(RefMatches("release/*", "refs/heads/release/1.2"));
  EXPECT_FALSE(RefMatches("release/*", "refs/heads/release/1/2"));
  EXPECT_TRUE(RefMatches("release/**", "refs/heads/release/1/2"));
  EXPECT_TRUE(RefMatches("v?", "refs/tags/v2"));
  EXPECT_FALSE(RefMatches("v?", "refs/tags/v22"));
}

TEST(Mirror, LocationsAreToldApart) {
  EXPECT_TRUE(IsRemoteLocation("https://example.org/a.git"));
  EXPECT_TRUE(IsRemoteLocation("git@example.org:team/a.git"));
  EXPECT_FALSE(IsRemoteLocation("/srv/a:b.git"));
  EXPECT_FALSE(IsRemoteLocation("/srv/a.git"));
}

TEST(Mirror, NamesComeFromTheLastPart) {
  EXPECT_EQ(NameFromLocation("https://example.org/team/a.git"), "a");
  EXPECT_EQ(NameFromLocation("git@example.org:a.git"), "a");
  EXPECT_EQ(NameFromLocation("/srv/project/"), "project");
  EXPECT_EQ(NameFromLocation("/srv/project/.git"), "project");
}

TEST(Mirror, AUrlThatCouldBeAnOptionIsRefused) {
  for (const char* url : {"--upload-pack=touch /tmp/x", "ext::sh -c id://x", "fd://7"}) {
    const auto fetched = FetchMirror(url, "/nonexistent/mirror", Deadline::Never());
    ASSERT_FALSE(fetched) << url;
    EXPECT_EQ(fetched.error().code, ErrorCode::kInvalidArgument) << url;
  }
}

}  // namespace
}  // namespace coppice::indexer
