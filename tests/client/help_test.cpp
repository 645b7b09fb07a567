#include "client/help.h"

#include <gmock/gmock.h>

namespace coppice::client {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

class HelpTest : public testing::Test {
 protected:
  HelpTest() {
    app_.formatter(std::make_shared<HelpFormatter>());
    app_.set_help_flag();
    app_.footer("tool one\ntool two");
  }
  std::string Help() { return app_.help(); }

  CLI::App app_{"Does something", "tool"};
  std::string text_;
  bool flag_ = false;
};

TEST_F(HelpTest, OpensWithPurposeUsageAndExamples) {
  EXPECT_EQ(Help(),
            "Does something.\n\nUsage: tool [FLAGS]\n\nExamples:\n  tool one\n  tool two\n");
}

TEST_F(HelpTest, ExplanationsWrapBetweenWordsAtEightyColumns) {
  // 26 columns of indent and 53 of text: one more word of one letter is the eightieth.
  const std::string fits = std::string(26, 'a') + " " + std::string(26, 'b');
  app_.add_flag("--x", flag_, fits + " c d");
  EXPECT_THAT(Help(), EndsWith("\nFlags:\n  --x                     " + fits + "\n" +
                               std::string(26, ' ') + "c d\n"));
}

TEST_F(HelpTest, ALongNameHasALineOfItsOwn) {
  app_.add_option("-q,--quite-a-long-name", text_, "What it does")->type_name("VALUE");
  EXPECT_THAT(Help(),
              HasSubstr("  -q, --quite-a-long-name VALUE\n" + std::string(26, ' ') + "What"));
}

TEST_F(HelpTest, AWordThatFitsNowhereIsNotCut) {
  const std::string word(70, 'w');
  app_.add_flag("--x", flag_, "see " + word + " too");
  EXPECT_THAT(Help(), HasSubstr("see\n" + std::string(26, ' ') + word + "\n" +
                                std::string(26, ' ') + "too\n"));
}

TEST_F(HelpTest, WhatHasNoGroupIsNotShown) {
  app_.add_flag("--secret", flag_, "hush")->group("");
  EXPECT_THAT(Help(), Not(HasSubstr("secret")));
}

TEST_F(HelpTest, ArgumentsThatMayBeLeftOutStandInBrackets) {
  std::vector<std::string> words;
  app_.add_option("PATH", text_, "Where")->required();
  app_.add_option("WORD", words, "What");
  EXPECT_THAT(Help(), HasSubstr("Usage: tool [FLAGS] PATH [WORD...]\n"));
}

}  // namespace
}  // namespace coppice::client
