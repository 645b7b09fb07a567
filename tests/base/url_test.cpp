#include "base/url.h"

#include <gtest/gtest.h>

namespace coppice {
namespace {

TEST(UrlTest, CredentialsAreLeftOut) {
  EXPECT_EQ(WithoutCredentials("https://ada:secret@example.org/a.git"),
            "https://example.org/a.git");
  EXPECT_EQ(WithoutCredentials("https://token@example.org/a@b.git"), "https://example.org/a@b.git");
  EXPECT_EQ(WithoutCredentials("http://p@ss:w@rd@example.org"), "http://example.org");
  EXPECT_EQ(WithoutCredentials("ssh://git:secret@example.org/a"), "ssh://git@example.org/a");
}

TEST(UrlTest, WhatHoldsNoneStaysAsItIs) {
  for (const char* url : {"https://example.org/a@b.git", "ssh://git@example.org/a",
                          "git@host:a/b.git", "/srv/a@b", "file:///srv/a@b", ""}) {
    EXPECT_EQ(WithoutCredentials(url), url);
  }
}

}  // namespace
}  // namespace coppice
