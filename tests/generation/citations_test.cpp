#include "daemon/generation/citations.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/format.h"

namespace coppice::generation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> Cited(const std::string& answer) {
  std::vector<std::string> cited;
  for (const Citation& citation : ParseCitations(answer)) {
    cited.push_back(citation.lines ? fmt::format("{}:{}-{}", citation.n, citation.lines->first,
                                                 citation.lines->last)
                                   : std::to_string(citation.n));
  }
  return cited;
}

TEST(Citations, AreReadInEachForm) {
  EXPECT_THAT(Cited("It waits [1]. It tries again [2:10-14], [2:L10-L14] and ends [3:7]."),
              ElementsAre("1", "2:10-14", "2:10-14", "3:7-7"));
  EXPECT_THAT(Cited("Both [1, 2] and [1:3-4, 2:9]."), ElementsAre("1", "2", "1:3-4", "2:9-9"));
}

TEST(Citations, WhatOnlyLooksLikeOneIsText) {
  EXPECT_THAT(Cited("a[i] and [link](x) and [ ] and [1 and [-2] and [2:] [2:x]"), IsEmpty());
  EXPECT_THAT(Cited("`items[0]` and ```\nv[1]\n``` and then [2]"), ElementsAre("2"));
  EXPECT_THAT(Cited("[99999999999999999999]"), IsEmpty());
}

TEST(Citations, BringTheNamesOfTheirSentence) {
  const auto citations =
      ParseCitations("`Open` reads it [1]. Then `Close` and `Flush` run [2][3].");
  ASSERT_EQ(citations.size(), 3U);
  EXPECT_THAT(citations[0].identifiers, ElementsAre("Open"));
  EXPECT_THAT(citations[1].identifiers, ElementsAre("Close", "Flush"));
  EXPECT_THAT(citations[2].identifiers, ElementsAre("Close", "Flush"));
}

class CheckTest : public ::testing::Test {
 protected:
  CheckTest() {
    Source source;
    source.n = 1;
    source.hit.lines = {10, 12};
    sources_.push_back(source);
  }
  Citation Check(const std::string& answer) {
    auto citations = ParseCitations(answer);
    const ReadLines read = [this](const Source&, const store::LineRange&) -> Result<std::string> {
      if (broken_) return MakeError(ErrorCode::kNotFound, "the file is gone");
      return std::string("void Retry() { Wait(); }\n");
    };
    CheckCitations(sources_, read, citations);
    return citations.at(0);
  }

  std::vector<Source> sources_;
  bool broken_ = false;
};

TEST_F(CheckTest, APlaceThatHoldsWhatIsSaidOfItIsVerified) {
  EXPECT_TRUE(Check("`Retry` waits first [1:10-12].").verified);
  EXPECT_TRUE(Check("It waits first [1].").verified);
}

TEST_F(CheckTest, ASourceThatDoesNotExistIsNot) {
  const Citation citation = Check("It waits [999].");
  EXPECT_FALSE(citation.verified);
  EXPECT_EQ(citation.why, "there is no source 999");
}

TEST_F(CheckTest, LinesOutsideTheSourceAreNot) {
  EXPECT_THAT(Check("It waits [1:8-11].").why, HasSubstr("source 1 has lines 10 to 12"));
  EXPECT_FALSE(Check("It waits [1:12-10].").verified);
  EXPECT_FALSE(Check("It waits [1:0-0].").verified);
}

TEST_F(CheckTest, ANameThatDoesNotStandThereIsNot) {
  EXPECT_EQ(Check("`RetryTwice` waits [1].").why, "RetryTwice does not stand there");
  EXPECT_EQ(Check("`Ret` waits [1].").why, "Ret does not stand there") << "whole names only";
}

TEST_F(CheckTest, ABlobThatCannotBeReadIsNot) {
  broken_ = true;
  EXPECT_EQ(Check("It waits [1].").why, "the file is gone");
}

TEST(IdentifiersInCodeTest, AreNamesBetweenBackticks) {
  EXPECT_THAT(IdentifiersInCode("call `pool.Close(fd)` or ``Open``, not `x` or 12 `34abc` `Open`"),
              ElementsAre("pool", "Close", "Open"));
  EXPECT_THAT(IdentifiersInCode("an `open end"), IsEmpty());
}

}  // namespace
}  // namespace coppice::generation
