#include "embed/chain/embedder_chain.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/format.h"
#include "tests/embed/chain/fake_models.h"

namespace coppice::embed {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;
using Vectors = std::vector<float>;

Deadline Soon() { return Deadline::After(seconds(30)); }
Error Away() { return MakeError(ErrorCode::kUnavailable, "connection refused"); }

class EmbedderChainTest : public ::testing::Test {
 protected:
  EmbedderChainTest() {
    first_.name = "local/bge-m3";
    second_.name = "vllm/bge-m3";
    second_.revision = std::string(64, '2');
  }

  Result<std::unique_ptr<EmbedderChain>> TryOpen() {
    EmbedderChainOptions options;
    options.now = [this] { return now_; };
    return EmbedderChain::Open({EmbedderLink(first_), EmbedderLink(second_)}, store_, options,
                               Soon());
  }
  void Open() {
    auto opened = TryOpen();
    ASSERT_TRUE(opened) << opened.error().ToString();
    chain_ = std::move(*opened);
  }

  Result<Vectors> TryEmbed(Purpose purpose = Purpose::kDocument) {
    const std::vector<std::string_view> texts = {"a text", "another"};
    Vectors out(2 * static_cast<std::size_t>(chain_->info().dimensions), -7.0F);
    COPPICE_TRY(chain_->Embed(texts, purpose, out, Soon()));
    return out;
  }
  /// Embeds, and says which back end was asked.
  std::string Serves() {
    const int before_first = first_.calls;
    const int before_second = second_.calls;
    const auto vectors = TryEmbed();
    EXPECT_TRUE(vectors) << vectors.error().ToString();
    std::string who;
    if (first_.calls > before_first) who += "first";
    if (second_.calls > before_second) who += "second";
    return who;
  }
  LinkState Link(std::size_t link) { return chain_->state().links[link]; }

  CircuitBreaker::Clock::time_point now_{seconds(1000)};
  BackendKnobs first_;
  BackendKnobs second_;
  MemoryCanaryStore store_;
  std::unique_ptr<EmbedderChain> chain_;
};

TEST_F(EmbedderChainTest, TheFirstServesAndItsVectorsAreRecorded) {
  Open();
  EXPECT_EQ(Serves(), "first");
  EXPECT_EQ(chain_->info().name, "local/bge-m3");
  EXPECT_EQ(chain_->info().revision, first_.revision);
  EXPECT_EQ(chain_->state().serving, "local/bge-m3");
  ASSERT_EQ(store_.records.size(), 1U);
  EXPECT_EQ(store_.records[0].vectors.size(), CanaryCount() * 32);
}

TEST_F(EmbedderChainTest, TheNextServesWhileTheFirstIsAwayAndHandsBack) {
  Open();
  first_.error = Away();
  EXPECT_EQ(Serves(), "second");
  EXPECT_EQ(chain_->state().serving, "vllm/bge-m3");
  EXPECT_EQ(Link(0).status, LinkStatus::kDown);
  EXPECT_EQ(Link(0).reason, "connection refused");
  first_.error.reset();
  EXPECT_EQ(Serves(), "second") << "it is left alone for a second";
  now_ += seconds(1);
  EXPECT_EQ(Serves(), "first");
  EXPECT_EQ(chain_->state().serving, "local/bge-m3");
}

TEST_F(EmbedderChainTest, ABusyFirstIsPassedOverAndABadRequestIsNot) {
  Open();
  first_.error = MakeError(ErrorCode::kResourceExhausted, "429");
  EXPECT_EQ(Serves(), "second");
  now_ += seconds(1);
  for (const ErrorCode code : {ErrorCode::kInvalidArgument, ErrorCode::kCorrupt,
                               ErrorCode::kDeadlineExceeded, ErrorCode::kCancelled}) {
    first_.error.reset();
    EXPECT_EQ(Serves(), "first");
    first_.error = MakeError(code, "as it is");
    const auto vectors = TryEmbed();
    ASSERT_FALSE(vectors);
    EXPECT_EQ(vectors.error().code, code);
  }
}

TEST_F(EmbedderChainTest, WithNoneThereItIsUnavailable) {
  Open();
  first_.error = Away();
  second_.error = MakeError(ErrorCode::kUnavailable, "second refused");
  const auto vectors = TryEmbed();
  ASSERT_FALSE(vectors);
  EXPECT_EQ(vectors.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(vectors.error().message, HasSubstr("second refused"));
  EXPECT_EQ(chain_->state().serving, "");
  EXPECT_FALSE(TryEmbed(Purpose::kQuery));
}

TEST_F(EmbedderChainTest, RoundedWeightsAreTheSameModel) {
  second_.rounding = 0.05;  // a cosine of some 0.998
  Open();
  first_.error = Away();
  EXPECT_EQ(Serves(), "second");
}

TEST_F(EmbedderChainTest, AnotherModelIsRefusedAsAFallback) {
  second_.weights = 2;
  const auto opened = TryOpen();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kConflict);
  EXPECT_THAT(opened.error().message, HasSubstr("vllm/bge-m3 is not the model"));
  second_.weights = 1;
  second_.dimensions = 16;
  EXPECT_THAT(TryOpen().error().message, HasSubstr("vectors of 16 values"));
}

TEST_F(EmbedderChainTest, OnlyTheSameModelMayBeNamed) {
  second_.name = "vllm/bge-large";
  const auto opened = TryOpen();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(opened.error().message, HasSubstr("vllm/bge-large cannot stand in for local/bge-m3"));
}

TEST_F(EmbedderChainTest, AFallbackThatIsAwayIsOpenedAndComparedLater) {
  second_.open_error = Away();
  Open();
  EXPECT_EQ(Link(1).status, LinkStatus::kUnopened);
  first_.error = Away();
  EXPECT_FALSE(TryEmbed());
  second_.open_error.reset();
  chain_->Check(Soon());
  EXPECT_EQ(Serves(), "second");
}

TEST_F(EmbedderChainTest, AFallbackThatTurnsOutToBeAnotherModelNeverServes) {
  second_.open_error = Away();
  second_.weights = 2;
  Open();
  second_.open_error.reset();
  chain_->Check(Soon());
  EXPECT_EQ(Link(1).status, LinkStatus::kExcluded);
  EXPECT_THAT(Link(1).reason, HasSubstr("is not the model"));
  first_.error = Away();
  const auto vectors = TryEmbed();
  ASSERT_FALSE(vectors);
  EXPECT_EQ(vectors.error().code, ErrorCode::kUnavailable);
}

TEST_F(EmbedderChainTest, AWrongConfigurationIsToldAtTheStart) {
  second_.open_error = MakeError(ErrorCode::kNotFound, "no such model");
  const auto opened = TryOpen();
  EXPECT_EQ(opened.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(opened.error().message, "vllm/bge-m3: no such model");
}

TEST_F(EmbedderChainTest, StartsWithTheFirstAwayByTheRecordOfIt) {
  first_.open_error = Away();
  const auto never_there = TryOpen();
  ASSERT_FALSE(never_there);
  EXPECT_EQ(never_there.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(never_there.error().message, HasSubstr("never reached"));
  first_.open_error.reset();
  Open();
  first_.open_error = Away();
  Open();
  EXPECT_EQ(chain_->info().name, "local/bge-m3");
  EXPECT_EQ(chain_->info().revision, first_.revision);
  EXPECT_EQ(Serves(), "second");
  first_.open_error.reset();
  chain_->Check(Soon());
  EXPECT_EQ(Serves(), "first");
}

TEST_F(EmbedderChainTest, AModelThatChangesBehindItsNameStopsWriting) {
  Open();
  first_.weights = 2;
  second_.weights = 3;
  chain_->Check(Soon());
  EXPECT_EQ(Serves(), "first") << "not every request is compared";
  now_ += minutes(10);
  chain_->Check(Soon());
  EXPECT_EQ(Link(0).status, LinkStatus::kExcluded);
  const auto vectors = TryEmbed();
  ASSERT_FALSE(vectors);
  EXPECT_EQ(vectors.error().code, ErrorCode::kConflict);
  EXPECT_THAT(vectors.error().message, HasSubstr("is not the model that the vectors"));
  EXPECT_THAT(vectors.error().remedy, HasSubstr("model use"));
  EXPECT_EQ(chain_->state().serving, "");

  const auto query = TryEmbed(Purpose::kQuery);
  ASSERT_TRUE(query) << query.error().ToString();
  EXPECT_TRUE(std::all_of(query->begin(), query->end(), [](float v) { return v == 0; }));

  first_.weights = 1;
  chain_->Check(Soon());
  EXPECT_EQ(Serves(), "first") << "the model is back";
}

TEST_F(EmbedderChainTest, WhereOneChangedTheOtherServes) {
  Open();
  first_.weights = 2;
  now_ += minutes(10);
  chain_->Check(Soon());
  EXPECT_EQ(Serves(), "second");
}

TEST_F(EmbedderChainTest, AfterAnOutageAModelIsComparedBeforeItServes) {
  Open();
  first_.error = Away();
  EXPECT_EQ(Serves(), "second");
  first_.error.reset();
  first_.weights = 2;
  now_ += seconds(1);
  const auto vectors = TryEmbed();
  ASSERT_TRUE(vectors);
  second_.calls = 0;
  EXPECT_EQ(Link(0).status, LinkStatus::kExcluded);
  EXPECT_EQ(Serves(), "second");
}

TEST_F(EmbedderChainTest, AModelThatChangedWhileTheDaemonWasDownIsNoticedAtTheStart) {
  Open();
  first_.weights = 2;
  second_.weights = 2;
  const auto fallback = TryOpen();
  EXPECT_EQ(fallback.error().code, ErrorCode::kConflict);
  second_.open_error = Away();
  Open();
  EXPECT_EQ(Link(0).status, LinkStatus::kExcluded);
  EXPECT_EQ(TryEmbed().error().code, ErrorCode::kConflict);
}

TEST_F(EmbedderChainTest, ANewRevisionHasARecordOfItsOwn) {
  second_.open_error = Away();
  Open();
  first_.weights = 2;
  first_.revision = std::string(64, '9');
  Open();
  EXPECT_EQ(Serves(), "first");
  EXPECT_EQ(store_.records.size(), 2U);
}

TEST_F(EmbedderChainTest, ARecordOfOtherTextsIsMadeAnew) {
  Open();
  store_.records[0].texts_version = kCanaryTextsVersion - 1;
  store_.records[0].vectors.clear();
  Open();
  EXPECT_EQ(Serves(), "first");
  EXPECT_EQ(store_.records[0].texts_version, kCanaryTextsVersion);
}

TEST_F(EmbedderChainTest, TheShortestWindowCounts) {
  second_.max_input_bytes = 1000;
  Open();
  EXPECT_EQ(chain_->info().max_input_bytes, 1000);
  second_.open_error = Away();
  Open();
  EXPECT_EQ(chain_->info().max_input_bytes, 4096);
  second_.open_error.reset();
  chain_->Check(Soon());
  EXPECT_EQ(Link(1).status, LinkStatus::kExcluded);
  EXPECT_THAT(Link(1).reason, HasSubstr("reads 1000 bytes"));
}

TEST_F(EmbedderChainTest, ManyThreadsMayCallWhileLinksComeAndGo) {
  Open();
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  const Vectors wanted = *TryEmbed();
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        while (!stop) {
          const auto vectors = TryEmbed();
          if (!vectors || *vectors != wanted) ++wrong;
        }
      });
    }
    for (int round = 0; round < 50; ++round) chain_->Check(Soon());
    stop = true;
  }
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace coppice::embed
