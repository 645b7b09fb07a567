#include "tests/support/golden.h"

#include <algorithm>
#include <filesystem>
#include <sstream>

#include <gtest/gtest.h>

#include "base/format.h"
#include "daemon/retrieval/answer/answerer.h"
#include "embed/factory.h"
#include "indexer/parse/parser.h"
#include "tests/retrieval/memory_world.h"

// Ranks over a small tree, with the real parser and the model in the binary.
namespace coppice::retrieval {
namespace {

using testing::MemoryWorld;
using testing::TestFile;

store::BlobFacts ParseFacts(const std::string& body, Language grammar) {
  static indexer::Parser parser;
  return parser.Parse(grammar, body);
}

std::filesystem::path GoldenDir() { return test::SourceDir() / "tests/golden/retrieval"; }

std::vector<TestFile> SampleFiles() {
  const std::filesystem::path root = GoldenDir() / "sample";
  std::vector<TestFile> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (!entry.is_regular_file()) continue;
    TestFile file;
    file.path = std::filesystem::relative(entry.path(), root).generic_string();
    file.content = test::ReadFile(entry.path());
    file.path_class.test = file.path.starts_with("tests/");
    file.path_class.vendored = file.path.starts_with("third_party/");
    files.push_back(std::move(file));
  }
  std::sort(files.begin(), files.end(),
            [](const TestFile& a, const TestFile& b) { return a.path < b.path; });
  return files;
}

/// Rank of the wanted file among the files of the answer; 0 = not among them.
std::size_t RankOf(const SearchResult& result, const std::string& wanted) {
  const auto paths = testing::PathsOf(result);
  const auto found = std::find(paths.begin(), paths.end(), wanted);
  return found == paths.end() ? 0 : static_cast<std::size_t>(found - paths.begin()) + 1;
}

std::string Unescape(std::string text) {
  for (std::size_t at = text.find("\\n"); at != std::string::npos; at = text.find("\\n")) {
    text.replace(at, 2, "\n");
  }
  return text;
}

TEST(GoldenRanksTest, OfTheSampleTree) {
  const auto embedder = embed::OpenEmbedder(embed::kDefaultModel);
  ASSERT_TRUE(embedder) << embedder.error().ToString();
  MemoryWorld world(**embedder, ParseFacts);
  world.SetFiles("kiln", SampleFiles());
  const auto snapshot = world.Serve();
  const RankingWeights weights;
  const Answerer answerer(weights, world);
  std::istringstream queries(test::ReadFile(GoldenDir() / "queries.txt"));
  std::string report;
  for (std::string line; std::getline(queries, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    const std::size_t tab = line.find('\t');
    ASSERT_NE(tab, std::string::npos) << line;
    Query query;
    query.text = Unescape(line.substr(tab + 1));
    const auto result = answerer.Search(*snapshot, query, Deadline());
    ASSERT_TRUE(result) << line << ": " << result.error().ToString();
    report += fmt::format("{}\t{}\n", RankOf(*result, line.substr(0, tab)), line);
  }
  test::CheckGolden(report, GoldenDir() / "ranks.txt");
}

}  // namespace
}  // namespace coppice::retrieval
