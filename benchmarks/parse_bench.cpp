// Question: what do facts and chunks cost beside the bare parse, and the way to a parser process
// beside both? Data:     the files of a folder that have a grammar, at most 1 MiB each; by language
// and in all. Command:  build/ci/bin/parse_bench FOLDER [FOLDER ...]

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "base/format.h"
#include "base/language.h"
#include "indexer/parse/grammar.h"
#include "indexer/parse/parser.h"
#include "indexer/parse/syntax_tree.h"
#include "indexer/parse/worker/parser_pool.h"

namespace coppice::indexer {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMaxBytes = 1U << 20U;
constexpr int kRounds = 3;  // the best of them counts: other work on the machine only adds

using Files = std::vector<std::string>;

void ReadFolder(const fs::path& root, std::map<Language, Files>& files) {
  for (auto entry = fs::recursive_directory_iterator(root);
       entry != fs::recursive_directory_iterator(); ++entry) {
    if (entry->path().filename() == ".git") entry.disable_recursion_pending();
    if (!entry->is_regular_file() || entry->is_symlink() || entry->file_size() > kMaxBytes)
      continue;
    std::ifstream file(entry->path(), std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    const std::string path = fs::relative(entry->path(), root).generic_string();
    const Language language = DetectLanguage(path, HintFromContent(text.str()), true);
    if (HasGrammar(language)) files[language].push_back(text.str());
  }
}

/// Seconds of the fastest round.
double Best(const std::function<void()>& work) {
  double best = 1e9;
  for (int round = 0; round < kRounds; ++round) {
    const auto start = std::chrono::steady_clock::now();
    work();
    best = std::min(
        best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return best;
}

double BareParse(Language language, const Files& files) {
  const Grammar grammar = MakeGrammar(language);
  const std::unique_ptr<TSParser, decltype(&ts_parser_delete)> parser(ts_parser_new(),
                                                                      ts_parser_delete);
  ts_parser_set_language(parser.get(), grammar.language());
  return Best([&] {
    for (const std::string& text : files) {
      ts_parser_reset(parser.get());
      const TreePtr tree(ts_parser_parse_string(parser.get(), nullptr, text.data(),
                                                static_cast<std::uint32_t>(text.size())));
    }
  });
}

double WithFacts(Language language, const Files& files) {
  Parser parser;
  return Best([&] {
    for (const std::string& text : files) parser.Parse(language, text);
  });
}

double ByProcess(Language language, const Files& files, ParserPool& pool) {
  std::vector<ParserPool::Item> items;
  for (const std::string& text : files) items.push_back({language, text});
  return Best([&] { pool.ParseAll(items, Deadline::Never()).value(); });
}

struct Row {
  double megabytes = 0;
  double bare = 0;
  double facts = 0;
  double process = 0;
};

void Print(std::string_view name, std::size_t files, const Row& row) {
  fmt::print("| {} | {} | {:.1f} | {:.1f} | {:.2f} | {:.2f} |\n", name, files, row.megabytes,
             row.megabytes / row.bare, row.facts / row.bare, row.process / row.bare);
  std::fflush(stdout);
}

int Run(const std::vector<std::string>& folders, const std::string& program) {
  std::map<Language, Files> files;
  for (const std::string& folder : folders) ReadFolder(folder, files);
  ParserProcessOptions options;
  options.program = program;
  ParserPool pool(options, 1);
  fmt::print(
      "| language | files | MB | bare parse, MB/s | with facts and chunks | in a process |\n"
      "|---|---|---|---|---|---|\n");
  Row total;
  std::size_t count = 0;
  for (const auto& [language, texts] : files) {
    Row row;
    for (const std::string& text : texts) row.megabytes += static_cast<double>(text.size()) / 1e6;
    row.bare = BareParse(language, texts);
    row.facts = WithFacts(language, texts);
    row.process = ByProcess(language, texts, pool);
    if (row.megabytes >= 0.1) Print(LanguageName(language), texts.size(), row);
    total = {total.megabytes + row.megabytes, total.bare + row.bare, total.facts + row.facts,
             total.process + row.process};
    count += texts.size();
  }
  if (count > 0) Print("all", count, total);
  return 0;
}

}  // namespace
}  // namespace coppice::indexer

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: parse_bench FOLDER [FOLDER ...]\n");
    return 64;
  }
  const auto program =
      std::filesystem::canonical("/proc/self/exe").parent_path() / "coppice-parser";
  return coppice::indexer::Run({argv + 1, argv + argc}, program.string());
}
