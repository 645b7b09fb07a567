// Question: what do facts and chunks cost beside the bare parse, and the way to a parser process
//           beside both? How long is the bare parse of what an index of a folder would parse?
// Data:     the files of a folder that have a grammar, at most 1 MiB each; by language and in all.
// Command:  build/ci/bin/parse_bench FOLDER [FOLDER ...]
//           build/ci/bin/parse_bench --bare THREADS FOLDER

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include "base/format.h"
#include "base/language.h"
#include "indexer/parse/grammar.h"
#include "indexer/parse/parser.h"
#include "indexer/parse/plain/content_check.h"
#include "indexer/parse/syntax_tree.h"
#include "indexer/parse/worker/parser_pool.h"

namespace coppice::indexer {
namespace {

namespace fs = std::filesystem;

constexpr int kRounds = 5;  // the best of them counts: other work on the machine only adds

using Files = std::vector<std::string>;

void ReadFolder(const fs::path& root, std::map<Language, Files>& files) {
  for (auto entry = fs::recursive_directory_iterator(root);
       entry != fs::recursive_directory_iterator(); ++entry) {
    if (entry->path().filename() == ".git") entry.disable_recursion_pending();
    if (!entry->is_regular_file() || entry->is_symlink() || entry->file_size() > kMaxBlobBytes) {
      continue;
    }
    std::ifstream file(entry->path(), std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    if (CheckContent(text.str()) != store::Reason::kNone) continue;
    const std::string path = fs::relative(entry->path(), root).generic_string();
    const Language language = DetectLanguage(path, HintFromContent(text.str()), true);
    if (HasGrammar(language)) files[language].push_back(text.str());
  }
}

struct Seconds {
  double wall = 1e9;
  double cpu = 1e9;
  Seconds& operator+=(const Seconds& other) {
    wall += other.wall;
    cpu += other.cpu;
    return *this;
  }
};

/// CPU time of this process and of the parser processes below it.
double CpuSeconds() {
  timespec own{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own);
  double sum = static_cast<double>(own.tv_sec) + static_cast<double>(own.tv_nsec) / 1e9;
  for (const auto& task : fs::directory_iterator("/proc/self/task")) {
    std::ifstream children(task.path() / "children");
    for (int pid = 0; children >> pid;) {
      std::ifstream stat(fmt::format("/proc/{}/schedstat", pid));
      double nanoseconds = 0;
      if (stat >> nanoseconds) sum += nanoseconds / 1e9;
    }
  }
  return sum;
}

/// Of the fastest round, by wall and by CPU time.
Seconds Best(const std::function<void()>& work) {
  Seconds best;
  for (int round = 0; round < kRounds; ++round) {
    const auto start = std::chrono::steady_clock::now();
    const double cpu = CpuSeconds();
    work();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    best.cpu = std::min(best.cpu, CpuSeconds() - cpu);
    best.wall = std::min(best.wall, took.count());
  }
  return best;
}

using ParserPtr = std::unique_ptr<TSParser, decltype(&ts_parser_delete)>;

void ParseBare(TSParser* parser, const std::string& text) {
  ts_parser_reset(parser);
  const TreePtr tree(ts_parser_parse_string(parser, nullptr, text.data(),
                                            static_cast<std::uint32_t>(text.size())));
}

Seconds BareParse(Language language, const Files& files) {
  const Grammar grammar = MakeGrammar(language);
  const ParserPtr parser(ts_parser_new(), ts_parser_delete);
  ts_parser_set_language(parser.get(), grammar.language());
  return Best([&] {
    for (const std::string& text : files) ParseBare(parser.get(), text);
  });
}

Seconds WithFacts(Language language, const Files& files) {
  Parser parser;
  return Best([&] {
    for (const std::string& text : files) parser.Parse(language, text);
  });
}

Seconds ByProcess(Language language, const Files& files, ParserPool& pool) {
  std::vector<ParserPool::Item> items;
  for (const std::string& text : files) items.push_back({language, text});
  return Best([&] { pool.ParseAll(items, Deadline::Never()).value(); });
}

struct Row {
  double megabytes = 0;
  Seconds bare{0, 0};
  Seconds facts{0, 0};
  Seconds process{0, 0};
};

void Print(std::string_view name, std::size_t files, const Row& row) {
  fmt::print("| {} | {} | {:.1f} | {:.1f} | {:.2f} | {:.2f} | {:.2f} |\n", name, files,
             row.megabytes, row.megabytes / row.bare.cpu, row.facts.cpu / row.bare.cpu,
             row.process.cpu / row.bare.cpu, row.process.wall / row.bare.wall);
  std::fflush(stdout);
}

void Compare(const std::map<Language, Files>& files, const std::string& program) {
  ParserProcessOptions options;
  options.program = program;
  ParserPool pool(options, 1);
  fmt::print(
      "| language | files | MB | bare parse, MB/s | with facts and chunks | in a process | the "
      "same, wall |\n|---|---|---|---|---|---|---|\n");
  Row total;
  std::size_t count = 0;
  for (const auto& [language, texts] : files) {
    Row row;
    for (const std::string& text : texts) row.megabytes += static_cast<double>(text.size()) / 1e6;
    row.bare = BareParse(language, texts);
    row.facts = WithFacts(language, texts);
    row.process = ByProcess(language, texts, pool);
    if (row.megabytes >= 0.1) Print(LanguageName(language), texts.size(), row);
    total.megabytes += row.megabytes;
    total.bare += row.bare;
    total.facts += row.facts;
    total.process += row.process;
    count += texts.size();
  }
  if (count > 0) Print("all", count, total);
}

void Bare(const std::map<Language, Files>& files, int threads) {
  std::vector<std::pair<const TSLanguage*, const std::string*>> all;
  std::size_t bytes = 0;
  for (const auto& [language, texts] : files) {
    const TSLanguage* grammar = MakeGrammar(language).language();
    for (const std::string& text : texts) {
      all.emplace_back(grammar, &text);
      bytes += text.size();
    }
  }
  const Seconds best = Best([&] {
    std::atomic<std::size_t> next = 0;
    std::vector<std::jthread> workers;
    for (int i = 0; i < threads; ++i) {
      workers.emplace_back([&] {
        const ParserPtr parser(ts_parser_new(), ts_parser_delete);
        for (std::size_t at = next++; at < all.size(); at = next++) {
          ts_parser_set_language(parser.get(), all[at].first);
          ParseBare(parser.get(), *all[at].second);
        }
      });
    }
  });
  fmt::print("{} files, {} bytes, {:.3f} s, {:.3f} s of CPU\n", all.size(), bytes, best.wall,
             best.cpu);
}

}  // namespace
}  // namespace coppice::indexer

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const bool bare = !arguments.empty() && arguments[0] == "--bare";
  int threads = 0;
  if (bare && arguments.size() == 3) {
    std::from_chars(arguments[1].data(), arguments[1].data() + arguments[1].size(), threads);
  }
  if (arguments.empty() || (bare && threads < 1)) {
    fmt::print(stderr, "usage: parse_bench FOLDER [FOLDER ...] | --bare THREADS FOLDER\n");
    return 64;
  }
  std::map<coppice::Language, std::vector<std::string>> files;
  for (std::size_t i = bare ? 2 : 0; i < arguments.size(); ++i) {
    coppice::indexer::ReadFolder(arguments[i], files);
  }
  if (bare) {
    coppice::indexer::Bare(files, threads);
  } else {
    const auto program =
        std::filesystem::canonical("/proc/self/exe").parent_path() / "coppice-parser";
    coppice::indexer::Compare(files, program.string());
  }
  return 0;
}
