#include "base/text/sentence.h"

#include <string>

#include <gtest/gtest.h>

namespace coppice::text {
namespace {

std::string First(std::string_view doc) {
  return std::string(doc.substr(0, FirstSentenceBytes(doc)));
}

TEST(Sentence, EndsAtAStopBeforeABlank) {
  EXPECT_EQ(First("/// Opens v1.2 of it. Then more."), "/// Opens v1.2 of it.");
  EXPECT_EQ(First("\"\"\"Really?\nYes.\"\"\""), "\"\"\"Really?");
}

TEST(Sentence, EndsAtAnEmptyLine) {
  EXPECT_EQ(First("// The title\n//\n// The rest."), "// The title\n//");
}

TEST(Sentence, CommentMarksAloneAreNoSentence) {
  EXPECT_EQ(First("/**\n * Word."), "/**\n * Word.");
}

TEST(Sentence, WithoutAnEndItIsAll) {
  EXPECT_EQ(First("no end"), "no end");
  EXPECT_EQ(First(""), "");
}

}  // namespace
}  // namespace coppice::text
