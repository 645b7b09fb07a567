#include "indexer/parse/worker/facts_codec.h"

#include <random>
#include <string>

#include <gtest/gtest.h>

#include "indexer/parse/parser.h"

namespace coppice::indexer {
namespace {

constexpr std::string_view kText =
    "#include <a.h>\n// Doc.\nint f(Foo x) { return g(x); }\nclass C { int n_; };\n";

constexpr std::uint32_t kNumber = 7;

store::BlobFacts SomeFacts() { return Parser().Parse(Language::kCpp, kText); }

TEST(FactsCodecTest, FactsComeBackAsTheyWere) {
  const store::BlobFacts facts = SomeFacts();
  ASSERT_FALSE(facts.definitions.empty());
  ASSERT_FALSE(facts.references.empty());
  const auto back = DecodeFacts(EncodeFacts(kNumber, facts), kNumber, kText.size());
  ASSERT_TRUE(back) << back.error().ToString();
  EXPECT_EQ(*back, facts);
}

TEST(FactsCodecTest, RequestsComeBackAsTheyWere) {
  const std::string payload = EncodeRequest({kNumber, Language::kGo, std::string_view("a\0b", 3)});
  const auto back = DecodeRequest(payload);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->number, kNumber);
  EXPECT_EQ(back->language, Language::kGo);
  EXPECT_EQ(back->bytes, std::string_view("a\0b", 3));
}

TEST(FactsCodecTest, GreetingsComeBackAsTheyWere) {
  const auto back = DecodeGreeting(EncodeGreeting({kWorkerProtocol, 42, "no filter"}));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->protocol, kWorkerProtocol);
  EXPECT_EQ(back->extractor, 42);
  EXPECT_EQ(back->unconfined, "no filter");
  const auto other = DecodeGreeting(EncodeGreeting({7, 42, ""}));
  ASSERT_TRUE(other);
  EXPECT_EQ(other->protocol, 7U);
  EXPECT_FALSE(DecodeGreeting(""));
  EXPECT_FALSE(DecodeGreeting(EncodeGreeting({kWorkerProtocol, 42, ""}) + "x"));
}

TEST(FactsCodecTest, FramesSayTheirLength) {
  const std::string frame = MakeFrame("abc");
  const auto length = PayloadLength(frame.substr(0, kFrameHeaderBytes));
  ASSERT_TRUE(length);
  EXPECT_EQ(*length, 3U);
  EXPECT_EQ(frame.substr(kFrameHeaderBytes), "abc");
  EXPECT_FALSE(PayloadLength("CPW1\xFF\xFF\xFF\xFF"));  // 4 GiB
  EXPECT_FALSE(PayloadLength("HTTP/1.1"));
  EXPECT_FALSE(PayloadLength("CPW1"));
}

TEST(FactsCodecTest, EveryTruncationIsRefused) {
  const std::string payload = EncodeFacts(kNumber, SomeFacts());
  for (std::size_t length = 0; length < payload.size(); ++length) {
    const auto facts =
        DecodeFacts(std::string_view(payload).substr(0, length), kNumber, kText.size());
    ASSERT_FALSE(facts) << length;
    EXPECT_EQ(facts.error().code, ErrorCode::kCorrupt);
  }
  EXPECT_FALSE(DecodeFacts(payload + "x", kNumber, kText.size()));
}

TEST(FactsCodecTest, GarbageIsRefusedOrPlausible) {
  const std::string payload = EncodeFacts(kNumber, SomeFacts());
  std::mt19937 random(7);  // NOLINT(cert-msc*): the same bytes each time
  for (int round = 0; round < 20'000; ++round) {
    std::string damaged = payload;
    for (int i = 0; i < 1 + round % 4; ++i) {
      damaged[random() % damaged.size()] = static_cast<char>(random() & 0xFFU);
    }
    const auto facts = DecodeFacts(damaged, kNumber, kText.size());
    if (!facts) continue;
    for (const auto& chunk : facts->chunks) {
      ASSERT_LE(chunk.range.end, kText.size());
      ASSERT_LT(chunk.definition, static_cast<std::int64_t>(facts->definitions.size()));
    }
    for (const auto& definition : facts->definitions) ASSERT_LE(definition.range.end, kText.size());
  }
  for (int round = 0; round < 2'000; ++round) {
    std::string noise(random() % 200, '\0');
    for (char& c : noise) c = static_cast<char>(random() & 0xFFU);
    EXPECT_FALSE(DecodeFacts(noise, kNumber, 10));
  }
}

TEST(FactsCodecTest, ACountThatCannotFollowTakesNoMemory) {
  store::BlobFacts facts;
  std::string payload = EncodeFacts(kNumber, facts);
  payload.replace(20, 4, "\xFF\xFF\xFF\x7F");  // two billion chunks in 12 bytes
  EXPECT_FALSE(DecodeFacts(payload, kNumber, 0));
}

TEST(FactsCodecTest, FactsOfAnotherBlobAreRefused) {
  const std::string payload = EncodeFacts(kNumber, SomeFacts());
  EXPECT_TRUE(DecodeFacts(payload, kNumber, kText.size()));
  EXPECT_FALSE(DecodeFacts(payload, kNumber + 1, kText.size()));
  EXPECT_FALSE(DecodeFacts(payload, kNumber, kText.size() - 1));
  EXPECT_FALSE(DecodeFacts(payload, kNumber, kText.size() + 1));
}

}  // namespace
}  // namespace coppice::indexer
