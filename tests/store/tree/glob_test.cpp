#include "store/tree/glob.h"

#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <string>

namespace coppice::store {
namespace {

struct Case {
  std::string_view pattern;
  std::string_view text;
  bool matches;
};

// By git's documentation of patterns; attributes_test compares with git itself.
TEST(GlobTest, MatchesAsGitDoes) {
  for (const Case& c : {
           Case{"foo", "foo", true},
           Case{"foo", "fo", false},
           Case{"", "", true},
           Case{"", "x", false},
           Case{"*", "foo.c", true},
           Case{"*", "", true},
           Case{"*", "a/b", false},
           Case{"*.c", "a.c", true},
           Case{"*.c", ".c", true},
           Case{"*.c", "a.cc", false},
           Case{"f?o", "foo", true},
           Case{"f?o", "f/o", false},
           Case{"f*/b*", "foo/bar", true},
           Case{"f*/b*", "foo/x/bar", false},
           Case{"**/foo", "foo", true},
           Case{"**/foo", "a/foo", true},
           Case{"**/foo", "a/b/foo", true},
           Case{"**/foo", "afoo", false},
           Case{"foo/**", "foo/a/b", true},
           Case{"foo/**", "foo", false},
           Case{"a/**/b", "a/b", true},
           Case{"a/**/b", "a/x/b", true},
           Case{"a/**/b", "a/x/y/b", true},
           Case{"a/**/b", "axb", false},
           Case{"a/**/**/b", "a/b", true},
           Case{"a**b", "axxb", true},
           Case{"a**b", "ax/xb", false},
           Case{"**", "a/b/c", true},
           Case{"***/foo", "a/b/foo", true},
           Case{"[a-c]x", "bx", true},
           Case{"[a-c]x", "dx", false},
           Case{"[!a-c]x", "dx", true},
           Case{"[^a-c]x", "bx", false},
           Case{"[]]", "]", true},
           Case{"[]-a]", "^", true},
           Case{"[a-]", "-", true},
           Case{"[\\]]", "]", true},
           Case{"[[:digit:]]", "7", true},
           Case{"[[:digit:]]", "x", false},
           Case{"[[:alpha:][:digit:]_]", "_", true},
           Case{"[[:nope:]]", "n", false},
           Case{"[[:digit]", ":", true},
           Case{"[", "[", false},
           Case{"[a", "a", false},
           Case{"[!a]", "/", false},
           Case{"\\*", "*", true},
           Case{"\\*", "x", false},
           Case{"x\\", "x", false},
           Case{"x\\", "x\\", false},
           Case{"\xff?", "\xff\xfe", true},
       }) {
    EXPECT_EQ(Glob(c.pattern).Matches(c.text), c.matches) << c.pattern << " against " << c.text;
  }
}

TEST(GlobTest, NoPatternTakesForever) {
  std::string pattern;
  for (int i = 0; i < 500; ++i) pattern += "*a";
  const Glob glob(pattern + "b");
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_FALSE(glob.Matches(std::string(4000, 'a')));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

TEST(GlobTest, AnyBytesAreAPattern) {
  std::mt19937 random(3);
  constexpr std::string_view kAlphabet = "ab/*?[]!^-\\:\xff";
  for (int i = 0; i < 50000; ++i) {
    std::string pattern;
    std::string text;
    for (auto n = random() % 12; n > 0; --n) pattern += kAlphabet[random() % kAlphabet.size()];
    for (auto n = random() % 12; n > 0; --n) text += kAlphabet[random() % 3];
    (void)Glob(pattern).Matches(text);
  }
}

}  // namespace
}  // namespace coppice::store
