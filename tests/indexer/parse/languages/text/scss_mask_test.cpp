#include "indexer/parse/languages/text/scss_mask.h"

#include <gtest/gtest.h>

namespace coppice::indexer {
namespace {

TEST(ScssMaskTest, MapsAreLists) {
  EXPECT_EQ(MaskScss("$a: (\"b:\": 1, c: (d: 2,),);\n.e { f: g }\n"),
            "$a: (\"b:\", 1, c, (d, 2 ) );\n.e { f: g }\n");
}

TEST(ScssMaskTest, FlagsAndModules) {
  EXPECT_EQ(MaskScss("$a: 1 !default;\n"), "$a: 1         ;\n");
  EXPECT_EQ(MaskScss("@use 'a' as b;\n@use 'c';\n"), "@use 'a'     ;\n@use 'c';\n");
  EXPECT_EQ(MaskScss(".a { @extend %b; }\n"), ".a { @extend .b; }\n");
}

TEST(ScssMaskTest, CharactersByNumberStayInQuotes) {
  EXPECT_EQ(MaskScss("$a: \\f26e;\n$b: \"\\f26e\";\n"), "$a: xf26e;\n$b: \"\\f26e\";\n");
}

TEST(ScssMaskTest, BrokenTextIsNoProblem) {
  for (const char* text :
       {"$a: (", "$a: (\"", "$a: (b: {", "@use \"a", "@use 'a", "\\", "$", "@extend %"}) {
    EXPECT_EQ(MaskScss(text).size(), std::string_view(text).size()) << text;
  }
}

}  // namespace
}  // namespace coppice::indexer
