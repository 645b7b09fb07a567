#include "embed/catalogue/model_bench.h"

#include <algorithm>
#include <set>
#include <string>

#include <gtest/gtest.h>

namespace coppice::embed {
namespace {

/// Remembers what it is asked for.
class RecordingEmbedder final : public Embedder {
 public:
  const ModelInfo& info() const override { return info_; }
  Result<void> Embed(std::span<const std::string_view> inputs, Purpose purpose,
                     std::span<float> out, const Deadline&) const override {
    if (out.size() != inputs.size() * 4) return MakeError(ErrorCode::kInvalidArgument, "size");
    for (const std::string_view input : inputs) {
      (purpose == Purpose::kQuery ? queries_ : documents_).insert(std::string(input));
    }
    std::fill(out.begin(), out.end(), 0.5F);
    return {};
  }

  const ModelInfo info_{"test/model", "r", 4, 1000};
  mutable std::set<std::string> documents_;
  mutable std::set<std::string> queries_;
};

TEST(ModelBench, MeasuresDocumentsThenQueries) {
  const RecordingEmbedder embedder;
  std::uint64_t last = 0;
  const auto result = BenchEmbedder(
      embedder,
      [&](std::uint64_t bytes) {
        EXPECT_GT(bytes, last);
        last = bytes;
      },
      Deadline::Never());
  ASSERT_TRUE(result) << result.error().ToString();
  EXPECT_EQ(result->texts % 32, 0U);
  EXPECT_EQ(result->bytes, last);
  EXPECT_GE(result->seconds, 3.0);
  EXPECT_GT(result->texts_per_second(), 0);
  EXPECT_LE(result->query_p50_ms, result->query_p99_ms);
  EXPECT_EQ(embedder.documents_.size(), 256U) << "no two texts are equal";
  EXPECT_EQ(embedder.queries_.size(), 4U);
}

TEST(ModelBench, EndsWhenItIsAskedTo) {
  const RecordingEmbedder embedder;
  std::stop_source stop;
  stop.request_stop();
  const auto cancelled = BenchEmbedder(embedder, nullptr, Deadline::Never(stop.get_token()));
  EXPECT_EQ(cancelled.error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace coppice::embed
