#include "embed/batch/batched_embedder.h"

#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/embed/batch/word_model.h"

namespace coppice::embed {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;

std::string Words(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "w" + std::to_string(i) + " ";
  return text;
}

class BatchedEmbedderTest : public ::testing::Test {
 protected:
  using Answer = std::future<Result<std::vector<float>>>;

  void Open(BatchLimits limits, BatcherOptions options = {}, int devices = 1) {
    std::vector<std::unique_ptr<TokenEmbedder>> models;
    for (int i = 0; i < devices; ++i) models.push_back(std::make_unique<WordModel>(limits, log_));
    embedder_ = std::make_unique<BatchedEmbedder>(std::move(models), options);
  }

  Result<std::vector<float>> Embed(const std::vector<std::string>& texts, Purpose purpose,
                                   const Deadline& deadline = Deadline::Never()) {
    const std::vector<std::string_view> inputs(texts.begin(), texts.end());
    std::vector<float> out(texts.size() * WordModel::kDimensions);
    COPPICE_TRY(embedder_->Embed(inputs, purpose, out, deadline));
    return out;
  }
  /// On a thread of its own.
  Answer Ask(std::vector<std::string> texts, Purpose purpose,
             const Deadline& deadline = Deadline::Never()) {
    return std::async(std::launch::async, [this, texts = std::move(texts), purpose, deadline] {
      return Embed(texts, purpose, deadline);
    });
  }
  /// Waits until so many texts wait in each lane.
  void AwaitWaiting(std::size_t interactive, std::size_t batch) {
    while (true) {
      const BatcherStats stats = embedder_->stats();
      if (stats.interactive_waiting == interactive && stats.batch_waiting == batch) return;
      std::this_thread::yield();
    }
  }
  /// One run in progress that the gate holds.
  Answer HoldTheDevice() {
    log_->Close();
    Answer held = Ask({"held"}, Purpose::kQuery);
    log_->Await(1);
    return held;
  }

  std::shared_ptr<RunLog> log_ = std::make_shared<RunLog>();
  std::unique_ptr<BatchedEmbedder> embedder_;
};

TEST_F(BatchedEmbedderTest, EachTextGetsItsOwnVectorWhateverTheOrderOfRuns) {
  Open({512, 64, 4});
  std::vector<std::string> texts;
  for (int i = 0; i < 50; ++i) texts.push_back(Words((i * 37) % 60 + 1));
  const auto all = Embed(texts, Purpose::kDocument);
  ASSERT_TRUE(all.has_value()) << all.error().ToString();
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto alone = Embed({texts[i]}, Purpose::kQuery);
    const auto from = all->begin() + static_cast<std::ptrdiff_t>(i * WordModel::kDimensions);
    EXPECT_EQ(*alone, std::vector<float>(from, from + WordModel::kDimensions)) << "text " << i;
  }
}

TEST_F(BatchedEmbedderTest, AQueryOvertakesDocuments) {
  Open({512, 64, 1});
  Answer held = HoldTheDevice();
  Answer documents = Ask({Words(5), Words(5), Words(5)}, Purpose::kDocument);
  AwaitWaiting(0, 3);
  Answer query = Ask({Words(2)}, Purpose::kQuery);
  AwaitWaiting(1, 3);
  log_->Open();
  const auto runs = log_->Await(5);
  EXPECT_THAT(runs[1], ElementsAre(2));
  EXPECT_TRUE(query.get().has_value());
  EXPECT_TRUE(documents.get().has_value());
  EXPECT_TRUE(held.get().has_value());
}

TEST_F(BatchedEmbedderTest, DocumentsKeepTheirShareUnderAFloodOfQueries) {
  Open({512, 64, 1}, {.batch_share = 3});
  Answer held = HoldTheDevice();
  Answer documents = Ask({Words(9), Words(9)}, Purpose::kDocument);
  std::vector<Answer> queries;
  for (int i = 0; i < 8; ++i) queries.push_back(Ask({Words(2)}, Purpose::kQuery));
  AwaitWaiting(8, 2);
  log_->Open();
  const auto runs = log_->Await(11);
  std::string order;
  for (const auto& run : runs) order += run.front() == 9 ? 'd' : 'q';
  EXPECT_EQ(order, "qqqdqqdqqqq");
}

TEST_F(BatchedEmbedderTest, QueriesBeyondTheQueueAreRefusedAtOnce) {
  Open({512, 64, 1}, {.interactive_texts = 2});
  Answer held = HoldTheDevice();
  Answer first = Ask({"a", "b"}, Purpose::kQuery);
  AwaitWaiting(2, 0);
  const auto refused = Embed({"c"}, Purpose::kQuery);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kResourceExhausted);
  EXPECT_TRUE(refused.error().retryable);
  log_->Open();
  EXPECT_TRUE(first.get().has_value());
}

TEST_F(BatchedEmbedderTest, DocumentsBeyondTheQueueWaitForRoom) {
  Open({512, 64, 1}, {.batch_texts = 2});
  Answer held = HoldTheDevice();
  Answer documents = Ask({"a", "b", "c", "d", "e"}, Purpose::kDocument);
  AwaitWaiting(0, 2);
  log_->Open();
  EXPECT_TRUE(documents.get().has_value());
}

TEST_F(BatchedEmbedderTest, ACallWhoseTimeIsUpLeavesTheQueue) {
  Open({512, 64, 1});
  Answer held = HoldTheDevice();
  const auto late = Embed({"a", "b"}, Purpose::kDocument, Deadline::After(milliseconds(20)));
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().code, ErrorCode::kDeadlineExceeded);
  EXPECT_EQ(embedder_->stats().batch_waiting, 0U);
  EXPECT_EQ(embedder_->stats().cancelled_texts, 2);
  log_->Open();
}

TEST_F(BatchedEmbedderTest, ACallThatIsCancelledWhileItWaitsForRoomLeavesToo) {
  Open({512, 64, 1}, {.batch_texts = 1});
  Answer held = HoldTheDevice();
  std::stop_source stop;
  Answer documents = Ask({"a", "b", "c"}, Purpose::kDocument, Deadline::Never(stop.get_token()));
  AwaitWaiting(0, 1);
  stop.request_stop();
  const auto stopped = documents.get();
  ASSERT_FALSE(stopped.has_value());
  EXPECT_EQ(stopped.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(embedder_->stats().batch_waiting, 0U);
  log_->Open();
}

TEST_F(BatchedEmbedderTest, NumbersThatAreNotFiniteFailOnlyTheirOwnCall) {
  Open({512, 64, 16});
  Answer held = HoldTheDevice();
  Answer good = Ask({"a b", "c d"}, Purpose::kDocument);
  Answer bad = Ask({"a nan"}, Purpose::kDocument);
  AwaitWaiting(0, 3);
  log_->Open();
  EXPECT_TRUE(good.get().has_value());
  const auto failed = bad.get();
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().code, ErrorCode::kCorrupt);
}

TEST_F(BatchedEmbedderTest, ADeviceThatFailsOnceIsAskedAgainByTheNextCall) {
  Open({512, 64, 16});
  const auto failed = Embed({"lost"}, Purpose::kDocument);
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().code, ErrorCode::kUnavailable);
  EXPECT_TRUE(Embed({"fine"}, Purpose::kDocument).has_value());
}

TEST_F(BatchedEmbedderTest, ARunThatIsNotFullWaitsALittleForMore) {
  Open({512, 64, 2}, {.added_wait = milliseconds(60000)});
  Answer first = Ask({"a"}, Purpose::kDocument);
  AwaitWaiting(0, 1);
  Answer second = Ask({"b"}, Purpose::kDocument);
  EXPECT_THAT(log_->Await(1)[0], ElementsAre(1, 1));
}

TEST_F(BatchedEmbedderTest, BlankTextsAreZeroAndNeverRun) {
  Open({512, 64, 2});
  const auto vectors = Embed({"", " \n\t"}, Purpose::kDocument);
  ASSERT_TRUE(vectors.has_value());
  EXPECT_THAT(*vectors, ::testing::Each(0.0F));
  EXPECT_EQ(embedder_->stats().runs, 0);
}

TEST_F(BatchedEmbedderTest, TwoDevicesWorkSideBySide) {
  Open({512, 64, 1}, {}, 2);
  log_->Close();
  Answer first = Ask({"a"}, Purpose::kQuery);
  Answer second = Ask({"b"}, Purpose::kQuery);
  log_->Await(2);
  log_->Open();
  EXPECT_TRUE(first.get().has_value());
  EXPECT_TRUE(second.get().has_value());
}

TEST_F(BatchedEmbedderTest, CountsWhatItDid) {
  Open({512, 64, 2});
  ASSERT_TRUE(Embed({Words(4), Words(6)}, Purpose::kDocument).has_value());
  const BatcherStats stats = embedder_->stats();
  EXPECT_EQ(stats.texts, 2);
  EXPECT_EQ(stats.tokens, 10);
  EXPECT_EQ(stats.padded_tokens, 12);
}

}  // namespace
}  // namespace coppice::embed
