#include "client/locator.h"

#include <filesystem>

#include <gmock/gmock.h>

namespace coppice::client {
namespace {

TEST(IsUrl, TellsUrlsFromPaths) {
  EXPECT_TRUE(IsUrl("https://example.org/x.git"));
  EXPECT_TRUE(IsUrl("file:///srv/x"));
  EXPECT_TRUE(IsUrl("git@example.org:team/x.git"));
  EXPECT_TRUE(IsUrl("host:x"));
  EXPECT_FALSE(IsUrl("/srv/a:b"));
  EXPECT_FALSE(IsUrl("./a:b"));
  EXPECT_FALSE(IsUrl("a/b"));
  EXPECT_FALSE(IsUrl(":x"));
}

TEST(AbsoluteLocation, FollowsLinksOfWhatExists) {
  const auto here = AbsoluteLocation(".");
  ASSERT_TRUE(here);
  EXPECT_EQ(*here, std::filesystem::canonical(".").string());
  EXPECT_EQ(*AbsoluteLocation("/proc/self/cwd"), *here);
}

TEST(AbsoluteLocation, LeavesWhatIsMissingToTheDaemon) {
  const auto gone = AbsoluteLocation("no/such/../folder");
  ASSERT_TRUE(gone);
  EXPECT_EQ(*gone, (std::filesystem::current_path() / "no/folder").string());
  EXPECT_EQ(*AbsoluteLocation("https://example.org/x.git"), "https://example.org/x.git");
}

TEST(RepositoryArgument, NamesAndGlobsStay) {
  EXPECT_EQ(*RepositoryArgument("ferry"), "ferry");
  EXPECT_EQ(*RepositoryArgument("team/ferry*"), "team/ferry*");
  EXPECT_EQ(*RepositoryArgument(""), "");
  EXPECT_EQ(*RepositoryArgument("."), std::filesystem::canonical(".").string());
  EXPECT_EQ(*RepositoryArgument("./x"), (std::filesystem::current_path() / "x").string());
}

TEST(ParseFilePlace, PathsWithAndWithoutLines) {
  const auto place = [](std::string_view text) {
    const auto parsed = ParseFilePlace(text);
    return parsed ? parsed->path + "|" + std::to_string(parsed->first_line) + "|" +
                        std::to_string(parsed->last_line)
                  : std::string(ErrorCodeName(parsed.error().code));
  };
  EXPECT_EQ(place("src/a.c"), "src/a.c|0|0");
  EXPECT_EQ(place("src/a.c:7"), "src/a.c|7|7");
  EXPECT_EQ(place("src/a.c:10-40"), "src/a.c|10|40");
  EXPECT_EQ(place("a:b.c"), "a:b.c|0|0");
  EXPECT_EQ(place("a:b:3-4"), "a:b|3|4");
  EXPECT_EQ(place("a:-3"), "a:-3|0|0");
  EXPECT_EQ(place("a:3-"), "a:3-|0|0");
  EXPECT_EQ(place("a:99999999999"), "a:99999999999|0|0");
  EXPECT_EQ(place("a:0-4"), "invalid_argument");
  EXPECT_EQ(place("a:5-4"), "invalid_argument");
  EXPECT_EQ(place(""), "invalid_argument");
  EXPECT_EQ(place(":5"), "invalid_argument");
}

}  // namespace
}  // namespace coppice::client
