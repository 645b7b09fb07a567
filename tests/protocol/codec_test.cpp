#include "protocol/codec.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/messages.h"

namespace coppice::protocol {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// The error of decoding `bytes`, or "" where they decode.
template <class T>
std::string Problem(std::string_view bytes) {
  const Result<T> decoded = Decode<T>(bytes);
  if (decoded) return "";
  EXPECT_EQ(decoded.error().code, ErrorCode::kInvalidArgument);
  return decoded.error().message;
}

/// {key: value} with a value that is already msgpack.
std::string Pair(char key, std::string_view value) {
  return std::string("\x81") + key + std::string(value);
}

SearchReply FullReply() {
  SearchReply reply;
  reply.query = "how is a memtable flushed?";
  ViewInfo view;
  view.repo = "leaf";
  view.commit = "0123";
  view.stale = true;
  view.coverage.indexed = -1;
  reply.views = {view, ViewInfo{}};
  Hit hit;
  hit.path.value = std::string("a\xff\0b", 4);
  hit.start_line = 4'000'000'000U;
  hit.score = 0.25;
  hit.found_by = {{"lexical", 1, std::nullopt}, {"vector", 2, 0.5}};
  hit.reasons = {"defines Flush", ""};
  reply.hits = {hit};
  reply.partial = true;
  reply.took_ms = 1.5;
  return reply;
}

TEST(Codec, GivesBackWhatWasEncoded) {
  const auto decoded = Decode<SearchReply>(Encode(FullReply()));
  ASSERT_TRUE(decoded) << decoded.error().ToString();
  EXPECT_EQ(decoded->query, "how is a memtable flushed?");
  ASSERT_EQ(decoded->views.size(), 2U);
  EXPECT_TRUE(decoded->views[0].stale);
  EXPECT_EQ(decoded->views[0].coverage.indexed, -1);
  ASSERT_EQ(decoded->hits.size(), 1U);
  const Hit& hit = decoded->hits[0];
  EXPECT_EQ(hit.path.value, std::string("a\xff\0b", 4));
  EXPECT_EQ(hit.start_line, 4'000'000'000U);
  EXPECT_EQ(hit.found_by[0].score, std::nullopt);
  EXPECT_EQ(hit.found_by[1].score, 0.5);
  EXPECT_THAT(hit.reasons, ElementsAre("defines Flush", ""));
  EXPECT_EQ(decoded->took_ms, 1.5);
}

TEST(Codec, IgnoresUnknownKeysAndKeepsDefaultsOfMissingOnes) {
  // {1: "q", 99: [nil], "x": 7, 4: nil}
  const std::string bytes("\x84\x01\xa1q\x63\x91\xc0\xa1x\x07\x04\xc0", 12);
  const auto decoded = Decode<SearchRequest>(bytes);
  ASSERT_TRUE(decoded) << decoded.error().ToString();
  EXPECT_EQ(decoded->query, "q");
  EXPECT_EQ(decoded->limit, 10U);
  EXPECT_FALSE(decoded->explain);
}

TEST(Codec, NamesTheFieldOfAWrongType) {
  EXPECT_EQ(Problem<SearchRequest>(Pair(1, "\x07")),
            "query: expected text in UTF-8, got an integer");
  EXPECT_THAT(Problem<SearchRequest>(Pair(2,
                                          "\x81\x01\x92\xa1"
                                          "a\xc3")),
              HasSubstr("view.repos[1]: expected text in UTF-8, got a boolean"));
  EXPECT_THAT(Problem<SearchRequest>(Pair(2, "\x90")), HasSubstr("view: expected a map"));
  EXPECT_THAT(Problem<SearchRequest>(Pair(4, "\xff")),
              HasSubstr("limit: expected an integer from 0"));
  EXPECT_THAT(Problem<SearchRequest>(Pair(4, "\xcf\0\0\0\1\0\0\0\0")), HasSubstr("limit"));
  EXPECT_THAT(Problem<SearchRequest>(Pair(7, "\xa0")), HasSubstr("explain: expected a boolean"));
  EXPECT_THAT(Problem<SearchRequest>("\x93\x01\x02\x03"),
              HasSubstr("expected a map, got an array"));
}

TEST(Codec, RefusesTextThatIsNotUtf8AndRepairsItWhenItWrites) {
  EXPECT_THAT(Problem<SearchRequest>(Pair(1,
                                          "\xa2"
                                          "a\xff")),
              HasSubstr("query"));
  SearchRequest request;
  request.query = "a\xff";
  const auto decoded = Decode<SearchRequest>(Encode(request));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->query, "a\xEF\xBF\xBD");
}

TEST(Codec, TakesTextForBytes) {
  const auto decoded = Decode<ShowRequest>(Pair(2,
                                                "\xa3"
                                                "a.c"));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->path.value, "a.c");
}

TEST(Codec, RefusesGarbageTruncationAndLeftovers) {
  EXPECT_NE(Problem<SearchRequest>(""), "");
  EXPECT_NE(Problem<SearchRequest>("\xc1"), "");
  const std::string whole = Encode(FullReply());
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_NE(Problem<SearchReply>(whole.substr(0, length)), "") << "cut to " << length;
  }
  EXPECT_THAT(Problem<SearchReply>(whole + "\x01"), HasSubstr("1 bytes are left over"));
}

TEST(Codec, SurvivesAnyChangeOfOneByte) {
  const std::string whole = Encode(FullReply());
  int decoded = 0;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      std::string changed = whole;
      changed[at] = static_cast<char>(value);
      if (Decode<SearchReply>(changed)) ++decoded;
    }
  }
  EXPECT_GT(decoded, static_cast<int>(whole.size()));  // the unchanged ones at least
}

TEST(Codec, RefusesFiveBytesThatClaimEightGigabytes) {
  EXPECT_THAT(Problem<SearchRequest>(std::string_view("\xdd\x10\x00\x00\x00", 5)),
              HasSubstr("array size"));
  EXPECT_THAT(Problem<SearchRequest>(std::string_view("\xdf\x10\x00\x00\x00", 5)),
              HasSubstr("map size"));
  EXPECT_NE(Problem<SearchRequest>(std::string_view("\xdb\xff\xff\xff\xff", 5)), "");
  EXPECT_NE(Problem<SearchRequest>(std::string_view("\xc6\xff\xff\xff\xff", 5)), "");
  EXPECT_NE(Problem<SearchRequest>(std::string_view("\xc9\xff\xff\xff\xff\x01", 6)), "");
}

TEST(Codec, RefusesAMillionLevels) {
  EXPECT_THAT(Problem<SearchRequest>(std::string(1'000'000, '\x91')), HasSubstr("depth"));
  std::string maps;
  for (int i = 0; i < 300'000; ++i) maps += "\x81\x01";
  EXPECT_THAT(Problem<SearchRequest>(maps), HasSubstr("depth"));
}

TEST(Codec, RefusesMoreBytesThanTheLimit) {
  const std::string large(static_cast<std::size_t>(kRequestLimits.total_bytes) + 1, '\xc0');
  EXPECT_THAT(Problem<SearchRequest>(large), HasSubstr("the limit is 1048576"));
}

TEST(Codec, BoundsEveryContainer) {
  SearchRequest request;
  request.view.repos.assign(kRequestLimits.array_count, "r");
  EXPECT_EQ(Problem<SearchRequest>(Encode(request)), "");
  request.view.repos.emplace_back("r");
  EXPECT_NE(Problem<SearchRequest>(Encode(request)), "");
}

}  // namespace
}  // namespace coppice::protocol
