#include "store/vector/hnsw/hnsw_snapshot.h"

#include <algorithm>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "store/vector/graph_index.h"
#include "store/vector/hnsw/hnsw_build.h"
#include "store/vector/hnsw/hnsw_graph.h"
#include "tests/support/temp_repo.h"

namespace coppice::store {
namespace {

namespace fs = std::filesystem;

constexpr int kDimensions = 32;
constexpr int kTexts = 3000;

class HnswSnapshotTest : public ::testing::Test {
 protected:
  HnswSnapshotTest() {
    std::mt19937 random(7);
    std::normal_distribution<float> normal;
    for (int text = 0; text < kTexts; ++text) {
      std::vector<float> vector(kDimensions);
      float sum = 0;
      for (float& value : vector) value = normal(random);
      for (const float value : vector) sum += value * value;
      for (float& value : vector) value /= std::sqrt(sum);
      if (text % 100 == 50) std::fill(vector.begin(), vector.end(), 0.0F);
      vectors_.push_back(vector);
    }
  }

  void Fill(CodeRows& rows, const std::vector<int>& texts) const {
    for (const int text : texts) {
      const std::vector<TextNo> number = {TextNo(text)};
      ASSERT_TRUE(rows.Append(number, vectors_[static_cast<std::size_t>(text)]));
    }
  }
  static std::vector<int> Texts(int first, int end) {
    std::vector<int> texts;
    for (int i = first; i < end; ++i) texts.push_back(i);
    return texts;
  }
  HnswLinks Build(const CodeRows& rows) const {
    return BuildHnswLinks(rows, static_cast<std::uint32_t>(rows.size()), options_,
                          Deadline::Never())
        .value();
  }
  /// Saves a graph over all texts in order.
  void Save() const {
    CodeRows rows(kDimensions);
    Fill(rows, Texts(0, kTexts));
    ASSERT_TRUE(SaveHnsw(Build(rows), rows, options_, path_));
  }
  /// Which texts of the ten nearest a walk does not find, over fifty queries.
  int Missed(const CodeRows& rows, const HnswGraph& graph) const {
    int missed = 0;
    TextFilter all;
    for (int i = 0; i < kTexts; ++i) all.Add(TextNo(i));
    for (std::size_t q = 0; q < 50; ++q) {
      const CodedQuery query = rows.Code(vectors_[q * 7]).value();
      BestRows by_walk(10);
      BestRows by_scan(10);
      EXPECT_TRUE(graph.Search(rows, query, 200, all, Deadline::Never(), by_walk));
      EXPECT_TRUE(ScanRows(rows, query, {0, graph.size()}, all, 10, Deadline::Never(), by_scan));
      const auto found = by_walk.Rows();
      for (const ScoredRow& wanted : by_scan.Rows()) {
        missed += std::none_of(found.begin(), found.end(),
                               [&](const ScoredRow& row) { return row.text == wanted.text; })
                      ? 1
                      : 0;
      }
    }
    return missed;
  }
  [[nodiscard]] std::string ReadFile() const {
    std::ifstream stream(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  }
  void WriteFile(const std::string& bytes) const {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << bytes;
  }
  ErrorCode Refusal(const CodeRows& rows) const {
    const auto loaded = LoadHnsw(rows, options_, path_);
    return loaded ? ErrorCode::kInternal : loaded.error().code;
  }

  test::TempFolder folder_;
  const std::string path_ = (folder_.path() / "graph").string();
  HnswOptions options_;
  std::vector<std::vector<float>> vectors_;
};

TEST_F(HnswSnapshotTest, WhatIsReadIsWhatWasKept) {
  Save();
  CodeRows rows(kDimensions);
  Fill(rows, Texts(0, kTexts));
  const HnswLinks built = Build(rows);
  const auto loaded = LoadHnsw(rows, options_, path_);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->entry, built.entry);
  ASSERT_EQ(loaded->layers.size(), built.layers.size());
  for (std::size_t i = 0; i < built.layers.size(); ++i) {
    EXPECT_EQ(loaded->layers[i].rows, built.layers[i].rows);
    EXPECT_EQ(loaded->layers[i].ends, built.layers[i].ends);
    EXPECT_EQ(loaded->layers[i].links, built.layers[i].links);
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_.path()), fs::directory_iterator()), 1)
      << "nothing is left beside it";
}

TEST_F(HnswSnapshotTest, OtherOrderTextsGoneAndTextsNew) {
  CodeRows before(kDimensions);
  Fill(before, Texts(0, 2700));
  ASSERT_TRUE(SaveHnsw(Build(before), before, options_, path_));
  std::vector<int> texts = Texts(200, kTexts);  // 200 are gone, 300 new
  std::shuffle(texts.begin(), texts.end(), std::mt19937(1));
  CodeRows rows(kDimensions);
  Fill(rows, texts);
  auto links = LoadHnsw(rows, options_, path_);
  ASSERT_TRUE(links) << links.error().message;
  const HnswGraph graph(std::move(*links), rows);
  EXPECT_LE(Missed(rows, graph), 10) << "of 500";
  EXPECT_NEAR(static_cast<double>(graph.covered()), 2500, 60) << "zeros need no link";
}

TEST_F(HnswSnapshotTest, TooManyGoneIsRefused) {
  Save();
  CodeRows rows(kDimensions);
  Fill(rows, Texts(400, kTexts));
  EXPECT_EQ(Refusal(rows), ErrorCode::kConflict);
}

TEST_F(HnswSnapshotTest, OtherVectorsUnderTheSameNumbersAreGone) {
  Save();
  std::rotate(vectors_.begin(), vectors_.begin() + 1, vectors_.end());
  CodeRows rows(kDimensions);
  Fill(rows, Texts(0, kTexts));
  EXPECT_EQ(Refusal(rows), ErrorCode::kConflict);
}

TEST_F(HnswSnapshotTest, OtherOptionsAreRefused) {
  Save();
  CodeRows rows(kDimensions);
  Fill(rows, Texts(0, kTexts));
  options_.neighbours = 24;
  EXPECT_EQ(Refusal(rows), ErrorCode::kConflict);
}

TEST_F(HnswSnapshotTest, AFlippedBitAnywhereIsRefused) {
  Save();
  const std::string good = ReadFile();
  CodeRows rows(kDimensions);
  Fill(rows, Texts(0, kTexts));
  for (std::size_t at = 0; at < good.size(); at += at < 64 ? 1 : 4099) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ (1 << (at % 8)));
    WriteFile(bad);
    EXPECT_FALSE(LoadHnsw(rows, options_, path_)) << "byte " << at;
  }
  std::string bad = good;
  bad.back() = static_cast<char>(bad.back() ^ 1);
  WriteFile(bad);
  EXPECT_EQ(Refusal(rows), ErrorCode::kCorrupt);
}

TEST_F(HnswSnapshotTest, AFileThatWasCutShortOrIsNotOursIsRefused) {
  Save();
  const std::string good = ReadFile();
  CodeRows rows(kDimensions);
  Fill(rows, Texts(0, kTexts));
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{40}, std::size_t{72},
                                 good.size() / 2, good.size() - 32, good.size() - 1}) {
    WriteFile(good.substr(0, size));
    EXPECT_EQ(Refusal(rows), ErrorCode::kCorrupt) << size << " bytes";
  }
  WriteFile(good + "x");
  EXPECT_EQ(Refusal(rows), ErrorCode::kCorrupt);
  fs::remove(path_);
  EXPECT_EQ(Refusal(rows), ErrorCode::kNotFound);
  fs::create_directory(path_);
  EXPECT_EQ(Refusal(rows), ErrorCode::kUnavailable);
}

// A digest says that we wrote it, not that we wrote sense.
TEST_F(HnswSnapshotTest, NumbersThatLeadNowhereAreRefusedAlthoughTheDigestAgrees) {
  CodeRows rows(kDimensions);
  Fill(rows, Texts(0, kTexts));
  const HnswLinks good = Build(rows);
  const std::vector<std::function<void(HnswLinks&)>> damages = {
      [](HnswLinks& links) { links.layers[0].links[5] = kTexts; },
      [](HnswLinks& links) { links.layers[0].ends[7] = 0xFFFF'FFF0; },
      [](HnswLinks& links) { links.layers[0].ends.back() += 1; },
      [](HnswLinks& links) { links.layers[1].rows.back() = kTexts + 3; },
      [](HnswLinks& links) { std::swap(links.layers[1].rows[0], links.layers[1].rows[1]); },
      [](HnswLinks& links) { links.layers[1].rows.pop_back(); },
      [](HnswLinks& links) { links.entry = kTexts; },
  };
  for (std::size_t i = 0; i < damages.size(); ++i) {
    HnswLinks bad = good;
    damages[i](bad);
    ASSERT_TRUE(SaveHnsw(bad, rows, options_, path_));
    EXPECT_EQ(Refusal(rows), ErrorCode::kCorrupt) << "damage " << i;
  }
}

TEST_F(HnswSnapshotTest, WhatCannotBeWrittenLeavesTheOldOne) {
  Save();
  const std::string good = ReadFile();
  CodeRows rows(kDimensions);
  Fill(rows, Texts(0, kTexts));
  const HnswLinks links = Build(rows);
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const rlimit tight{100'000, before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &tight);
  const auto saved = SaveHnsw(links, rows, options_, path_);
  ::setrlimit(RLIMIT_FSIZE, &before);
  ASSERT_FALSE(saved);
  EXPECT_EQ(saved.error().code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(ReadFile(), good);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_.path()), fs::directory_iterator()), 1);
  EXPECT_FALSE(SaveHnsw(links, rows, options_, path_ + "/nowhere"));
}

class KeptGraphTest : public HnswSnapshotTest {
 protected:
  /// The plan of a search, where the index may load a graph but has no memory to build one.
  std::string PlanWithoutBuilding() {
    MemoryBudget memory(1'700'000);  // 624,000 for the rows; reading takes 0.9 MB, building 1.3
    return Plan(&memory);
  }
  std::string Plan(MemoryBudget* memory = nullptr) {
    GraphOptions options;
    options.least_rows = 2000;
    options.rows_scanned_in_a_step = 1;
    options.settle = {};
    options.file = path_;
    GraphIndex index(kDimensions, options, memory);
    std::vector<TextNo> texts;
    std::vector<float> all;
    TextFilter filter;
    for (int i = 0; i < kTexts; ++i) {
      texts.emplace_back(i);
      filter.Add(TextNo(i));
      const auto& vector = vectors_[static_cast<std::size_t>(i)];
      all.insert(all.end(), vector.begin(), vector.end());
    }
    EXPECT_TRUE(index.Append(texts, all));
    EXPECT_TRUE(index.WaitForGraph(Deadline::After(std::chrono::minutes(2))));
    const auto answer = index.Search(vectors_[0], 10, filter, Deadline::Never());
    return answer ? answer->plan : answer.error().message;
  }
  const std::string by_graph_ = "hnsw: 3000 texts, 1024 candidates; flat: the 0 since";
};

TEST_F(KeptGraphTest, TheNextProcessReadsIt) {
  EXPECT_EQ(PlanWithoutBuilding(), "flat: 3000 of 3000 texts");
  EXPECT_EQ(Plan(), by_graph_);
  EXPECT_EQ(PlanWithoutBuilding(), by_graph_);
}

TEST_F(KeptGraphTest, ADamagedOneIsBuiltAgainAndReplaced) {
  EXPECT_EQ(Plan(), by_graph_);
  const std::string good = ReadFile();
  std::string bad = good;
  bad[bad.size() / 3] = static_cast<char>(bad[bad.size() / 3] ^ 4);
  WriteFile(bad);
  EXPECT_EQ(PlanWithoutBuilding(), "flat: 3000 of 3000 texts");
  EXPECT_EQ(Plan(), by_graph_);
  EXPECT_EQ(ReadFile(), good) << "FAISS builds the same of the same";
}

}  // namespace
}  // namespace coppice::store
