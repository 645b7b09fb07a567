#include "daemon/generation/utf8_stream.h"

#include <string>

#include <gtest/gtest.h>

namespace coppice::generation {
namespace {

/// What comes out when the bytes come one at a time.
std::string OneByOne(std::string_view bytes) {
  Utf8Stream stream;
  std::string text;
  for (const char c : bytes) text += stream.Feed(std::string_view(&c, 1));
  text += stream.Finish();
  return text;
}

TEST(Utf8Stream, GivesWholeCharactersWhereverItIsCut) {
  const std::string text = "a \xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80 z";
  EXPECT_EQ(OneByOne(text), text);
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    Utf8Stream stream;
    std::string whole = stream.Feed(std::string_view(text).substr(0, cut));
    whole += stream.Feed(std::string_view(text).substr(cut));
    whole += stream.Finish();
    EXPECT_EQ(whole, text) << cut;
  }
}

TEST(Utf8Stream, HoldsBackWhatIsNotWhole) {
  Utf8Stream stream;
  EXPECT_EQ(stream.Feed("x\xE2\x82"), "x");
  EXPECT_EQ(stream.Feed("\xAC"), "\xE2\x82\xAC");
}

TEST(Utf8Stream, AnEndInTheMiddleIsReplaced) {
  EXPECT_EQ(OneByOne("x\xF0\x9F\x98"), "x\xEF\xBF\xBD");
}

TEST(Utf8Stream, BytesThatMakeNoCharacterAreReplacedOneByOne) {
  EXPECT_EQ(OneByOne("\xFF"
                     "a"),
            "\xEF\xBF\xBD"
            "a");
  EXPECT_EQ(OneByOne("\xC3("), "\xEF\xBF\xBD(");
  EXPECT_EQ(OneByOne("\xC0\xAF"), "\xEF\xBF\xBD\xEF\xBF\xBD") << "an overlong form";
  EXPECT_EQ(OneByOne("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD") << "a surrogate";
}

}  // namespace
}  // namespace coppice::generation
