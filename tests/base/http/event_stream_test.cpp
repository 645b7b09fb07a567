#include "base/http/event_stream.h"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace coppice::http {
namespace {

using Events = std::vector<std::string>;

/// The events of `pieces`, each as "type|data".
Events Parse(const std::vector<std::string_view>& pieces) {
  Events events;
  EventStreamParser parser;
  for (const std::string_view piece : pieces) {
    const auto fed = parser.Feed(piece, [&](const StreamEvent& event) -> Result<void> {
      events.push_back(event.type + "|" + event.data);
      return {};
    });
    EXPECT_TRUE(fed) << fed.error().ToString();
  }
  return events;
}

TEST(EventStreamTest, OneEventALine) {
  EXPECT_EQ(Parse({"data: a\n\ndata: b\n\n"}), (Events{"message|a", "message|b"}));
}

TEST(EventStreamTest, AllThreeLineEnds) {
  EXPECT_EQ(Parse({"data: a\r\n\r\ndata: b\r\rdata: c\n\n"}),
            (Events{"message|a", "message|b", "message|c"}));
}

TEST(EventStreamTest, LinesOfDataAreJoined) {
  EXPECT_EQ(Parse({"data: a\ndata\ndata:  b\n\n"}), (Events{"message|a\n\n b"}));
}

TEST(EventStreamTest, AnEmptyDataLineIsAnEventAndNoDataIsNone) {
  EXPECT_EQ(Parse({"data\n\n"}), (Events{"message|"}));
  EXPECT_EQ(Parse({"event: x\n\ndata: y\n\n"}), (Events{"message|y"}));
}

TEST(EventStreamTest, CommentsUnknownFieldsIdAndRetryAreNoData) {
  EXPECT_EQ(Parse({": ping\n\nid: 3\nretry: 5\nerror: {}\nfoo\nevent: end\ndata:x\n\n"}),
            (Events{"end|x"}));
}

TEST(EventStreamTest, AByteOrderMarkCountsOnlyAtTheStart) {
  EXPECT_EQ(Parse({"\xEF\xBB\xBF"
                   "data: a\n\n\xEF\xBB\xBF"
                   "data: b\n\n"}),
            (Events{"message|a"}));
}

TEST(EventStreamTest, WhatIsNotEndedIsNoEvent) {
  EXPECT_EQ(Parse({"data: a\n\ndata: half\n"}), (Events{"message|a"}));
  EXPECT_EQ(Parse({"data: a\n\ndata: half"}), (Events{"message|a"}));
}

TEST(EventStreamTest, CutAnywhereItGivesTheSame) {
  const std::string_view stream =
      "\xEF\xBB\xBF"
      "data: one\r\ndata: \xC3\xA9\r\n\r\n: c\revent: e\rdata: two\r\r\n\ndata: three\n\n";
  const Events whole = Parse({stream});
  ASSERT_EQ(whole.size(), 3U);
  for (std::size_t first = 0; first <= stream.size(); ++first) {
    for (std::size_t second = first; second <= stream.size(); ++second) {
      EXPECT_EQ(Parse({stream.substr(0, first), stream.substr(first, second - first),
                       stream.substr(second)}),
                whole)
          << first << " " << second;
    }
  }
}

TEST(EventStreamTest, TooLargeAnEventIsRefused) {
  for (const std::string& line : {std::string(101, 'x'), "data: " + std::string(90, 'x') +
                                                             "\ndata: " + std::string(90, 'x')}) {
    EventStreamParser parser(100);
    const auto fed = parser.Feed(line, [](const StreamEvent&) { return Result<void>(); });
    ASSERT_FALSE(fed);
    EXPECT_EQ(fed.error().code, ErrorCode::kResourceExhausted);
    EXPECT_FALSE(fed.error().retryable);
  }
  EventStreamParser parser(100);
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(parser.Feed("data: 0123456789\n\n", [](const StreamEvent&) {
      return Result<void>();
    })) << "the limit is an event's, not the stream's";
  }
}

TEST(EventStreamTest, AnErrorOfTheCallbackEndsIt) {
  EventStreamParser parser;
  int events = 0;
  const auto fed = parser.Feed("data: a\n\ndata: b\n\n", [&](const StreamEvent&) -> Result<void> {
    ++events;
    return MakeError(ErrorCode::kConflict, "stop");
  });
  EXPECT_EQ(fed.error().message, "stop");
  EXPECT_EQ(events, 1);
}

}  // namespace
}  // namespace coppice::http
