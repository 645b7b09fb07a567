// What every embedder promises, whatever model it runs. A new one adds itself to Openers().

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <memory>
#include <ostream>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text/words.h"
#include "embed/embedder.h"
#include "embed/factory.h"
#include "embed/openai/openai_embedder.h"
#include "tests/embed/openai/openai_test_server.h"

namespace coppice::embed {
namespace {

using Vectors = std::vector<float>;

struct Opener {
  std::string name;
  std::function<Result<std::unique_ptr<Embedder>>()> open;
};

void PrintTo(const Opener& opener, std::ostream* out) { *out << opener.name; }

/// The default table again, behind a server that speaks the OpenAI protocol.
Result<std::unique_ptr<Embedder>> OpenBehindServer() {
  // Nothing here calls setenv. NOLINTNEXTLINE(concurrency-mt-unsafe)
  const char* const programs = std::getenv("COPPICE_BIN_DIR");
  const std::string folder = programs != nullptr ? programs : "bin";
  static OpenAiTestServer server({"--program", folder + "/coppice_embed_lines"});
  COPPICE_ASSIGN(auto embedder, OpenAiEmbedder::Open(server.http(), server.Options("s,vectors=1"),
                                                     OpenAiTestServer::Spec(), Soon()));
  return std::unique_ptr<Embedder>(std::move(embedder));
}

std::vector<Opener> Openers() {
  return {{"static_default", [] { return OpenEmbedder(kDefaultModel); }},
          {"openai", [] { return OpenBehindServer(); }}};
}

class EmbedderContractTest : public ::testing::TestWithParam<Opener> {
 protected:
  void SetUp() override {
    auto opened = GetParam().open();
    ASSERT_TRUE(opened.has_value()) << opened.error().ToString();
    embedder_ = std::move(*opened);
  }

  std::size_t dimensions() const { return static_cast<std::size_t>(embedder_->info().dimensions); }

  Vectors Embed(const std::vector<std::string_view>& inputs,
                Purpose purpose = Purpose::kDocument) const {
    Vectors out(inputs.size() * dimensions(), -7.0F);
    const auto done = embedder_->Embed(inputs, purpose, out, Deadline::Never());
    EXPECT_TRUE(done.has_value()) << done.error().ToString();
    return out;
  }

  Vectors Row(const Vectors& all, std::size_t row) const {
    const auto first = all.begin() + static_cast<std::ptrdiff_t>(row * dimensions());
    return {first, first + static_cast<std::ptrdiff_t>(dimensions())};
  }

  static double Norm(const Vectors& vector) {
    double squares = 0;
    for (const float value : vector) squares += static_cast<double>(value) * value;
    return std::sqrt(squares);
  }

  static double Dot(const Vectors& a, const Vectors& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * b[i];
    return sum;
  }

  // 1 for a text the model knows something of, 0 for one it does not; nothing between.
  static void ExpectUnitOrZero(const Vectors& vector) {
    const double norm = Norm(vector);
    EXPECT_TRUE(norm == 0.0 || std::abs(norm - 1.0) < 1e-3) << "norm " << norm;
  }

  std::unique_ptr<Embedder> embedder_;
};

const std::vector<std::string_view> kTexts = {
    "open a file and read all of its lines",
    "int WriteLogRecord(const std::string& record) { return file_->Append(record); }",
    "parse the command line arguments",
    "def parse_args(argv): return parser.parse_args(argv)",
    "close",
};

TEST_P(EmbedderContractTest, SaysWhatItIs) {
  const ModelInfo& info = embedder_->info();
  EXPECT_FALSE(info.name.empty());
  EXPECT_EQ(info.revision.size(), 64U);
  EXPECT_EQ(info.revision.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_GT(info.dimensions, 0);
  EXPECT_GT(info.max_input_bytes, 0);
}

TEST_P(EmbedderContractTest, VectorsAreOfLengthOne) {
  const Vectors all = Embed(kTexts);
  for (std::size_t i = 0; i < kTexts.size(); ++i) EXPECT_NEAR(Norm(Row(all, i)), 1.0, 1e-3);
}

TEST_P(EmbedderContractTest, TheSameTextGivesTheSameVector) {
  EXPECT_EQ(Embed(kTexts), Embed(kTexts));
  EXPECT_EQ(Embed(kTexts, Purpose::kQuery), Embed(kTexts, Purpose::kQuery));
}

TEST_P(EmbedderContractTest, ABatchIsItsTextsOneByOneInOrder) {
  const Vectors all = Embed(kTexts);
  for (std::size_t i = 0; i < kTexts.size(); ++i) {
    const Vectors alone = Embed({kTexts[i]});
    for (std::size_t d = 0; d < dimensions(); ++d) {
      ASSERT_NEAR(alone[d], all[(i * dimensions()) + d], 1e-5) << "text " << i << " value " << d;
    }
  }
}

TEST_P(EmbedderContractTest, AnotherOpeningGivesTheSameVectors) {
  const Vectors before = Embed(kTexts);
  const ModelInfo info = embedder_->info();
  SetUp();
  EXPECT_EQ(embedder_->info().revision, info.revision);
  EXPECT_EQ(Embed(kTexts), before);
}

TEST_P(EmbedderContractTest, NearInMeaningIsNearInSpace) {
  const Vectors query = Embed({"how are command line options read"}, Purpose::kQuery);
  const Vectors all = Embed(kTexts);
  EXPECT_GT(Dot(query, Row(all, 3)), Dot(query, Row(all, 1)));
  EXPECT_GT(Dot(query, Row(all, 2)), Dot(query, Row(all, 4)));
}

TEST_P(EmbedderContractTest, NoInputsGiveNoVectors) { EXPECT_TRUE(Embed({}).empty()); }

TEST_P(EmbedderContractTest, TextWithoutWordsGivesZero) {
  const Vectors all = Embed({"", " \n\t ", "{}();", "\xFF\xFE"});
  for (const float value : all) ASSERT_EQ(value, 0.0F);
}

TEST_P(EmbedderContractTest, GarbageAmongTextsChangesNothing) {
  const std::string nul("\0\0open\0file", 11);
  const std::string broken = "\xC3\x28 \xF0\x9F read \xED\xA0\x80";
  const Vectors all = Embed({nul, kTexts[0], broken, "", kTexts[1]});
  for (std::size_t i = 0; i < 5; ++i) ExpectUnitOrZero(Row(all, i));
  EXPECT_EQ(Row(all, 1), Embed({kTexts[0]}));
  EXPECT_EQ(Row(all, 4), Embed({kTexts[1]}));
}

TEST_P(EmbedderContractTest, HugeInputIsCutAtTheLimit) {
  const auto limit = static_cast<std::size_t>(embedder_->info().max_input_bytes);
  std::string head;
  while (head.size() < limit) head += "read the next record of the file ";
  head.resize(limit);
  const std::string huge = head + std::string(std::size_t{8} << 20U, 'x') + " socket listen accept";
  const Vectors both = Embed({huge, head});
  EXPECT_NEAR(Norm(Row(both, 0)), 1.0, 1e-3);
  EXPECT_EQ(Row(both, 0), Row(both, 1));
}

TEST_P(EmbedderContractTest, OutputOfTheWrongSizeIsRefused) {
  Vectors out(dimensions() + 1, 0.0F);
  const std::vector<std::string_view> one = {"open"};
  const auto done = embedder_->Embed(one, Purpose::kQuery, out, Deadline::Never());
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().code, ErrorCode::kInvalidArgument);
}

TEST_P(EmbedderContractTest, AnExpiredDeadlineIsKept) {
  Vectors out(kTexts.size() * dimensions());
  const Deadline past(Deadline::Clock::now() - std::chrono::seconds(1));
  const auto late = embedder_->Embed(kTexts, Purpose::kDocument, out, past);
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().code, ErrorCode::kDeadlineExceeded);

  std::stop_source stop;
  stop.request_stop();
  const auto stopped =
      embedder_->Embed(kTexts, Purpose::kDocument, out, Deadline::Never(stop.get_token()));
  ASSERT_FALSE(stopped.has_value());
  EXPECT_EQ(stopped.error().code, ErrorCode::kCancelled);
}

// Meant for ThreadSanitizer, which watches the calls; elsewhere it compares the results.
TEST_P(EmbedderContractTest, ManyThreadsMayCallAtOnce) {
  const Vectors wanted = Embed(kTexts);
  std::vector<Vectors> results(8);
  {
    std::vector<std::jthread> threads;
    threads.reserve(results.size());
    for (Vectors& result : results) {
      threads.emplace_back([this, &result] {
        for (int round = 0; round < 20; ++round) result = Embed(kTexts);
      });
    }
  }
  for (const Vectors& result : results) EXPECT_EQ(result, wanted);
}

INSTANTIATE_TEST_SUITE_P(Embedders, EmbedderContractTest, ::testing::ValuesIn(Openers()),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace coppice::embed
