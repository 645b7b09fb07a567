#include "daemon/retrieval/glob.h"

#include <string>

#include <gtest/gtest.h>

namespace coppice::retrieval {
namespace {

TEST(GlobTest, StarStaysInAFolder) {
  EXPECT_TRUE(MatchesGlob("net/*.py", "net/pool.py"));
  EXPECT_FALSE(MatchesGlob("net/*.py", "net/http/pool.py"));
  EXPECT_TRUE(MatchesGlob("net/?ool.py", "net/pool.py"));
  EXPECT_FALSE(MatchesGlob("net?pool.py", "net/pool.py"));
}

TEST(GlobTest, TwoStarsCrossFolders) {
  EXPECT_TRUE(MatchesGlob("net/**", "net/http/pool.py"));
  EXPECT_TRUE(MatchesGlob("**/pool.py", "net/http/pool.py"));
  EXPECT_TRUE(MatchesGlob("**/pool.py", "pool.py"));
  EXPECT_FALSE(MatchesGlob("**/pool.py", "net/carpool.py"));
  EXPECT_TRUE(MatchesGlob("a/**/b", "a/b"));
  EXPECT_TRUE(MatchesGlob("a/**/b", "a/x/y/b"));
}

TEST(GlobTest, HostileGlobsTakeLinearTime) {
  const std::string text(5000, 'a');
  std::string glob;
  for (int i = 0; i < 50; ++i) glob += "*a";
  EXPECT_FALSE(MatchesGlob(glob + "b", text));
}

TEST(GlobTest, PathFilterWithoutSlashMatchesAnyName) {
  EXPECT_TRUE(MatchesPathFilter("*.py", "net/http/pool.py"));
  EXPECT_TRUE(MatchesPathFilter("http", "net/http/pool.py"));
  EXPECT_TRUE(MatchesPathFilter("http/", "net/http/pool.py"));
  EXPECT_FALSE(MatchesPathFilter("htt", "net/http/pool.py"));
}

TEST(GlobTest, PathFilterWithSlashBeginsAtTheRoot) {
  EXPECT_TRUE(MatchesPathFilter("net/http", "net/http/pool.py"));
  EXPECT_TRUE(MatchesPathFilter("/net", "net/http/pool.py"));
  EXPECT_FALSE(MatchesPathFilter("/http", "net/http/pool.py"));
  EXPECT_FALSE(MatchesPathFilter("http/pool.py", "net/http/pool.py"));
}

}  // namespace
}  // namespace coppice::retrieval
