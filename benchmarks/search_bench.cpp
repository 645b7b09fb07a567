// Question: how fast is a repository brought into memory, and how long does a query take?
// Data:     100,000 chunks in 10,000 files, made up: words drawn by Zipf's law out of 30,000 and
// names out
//           of 150,000 of one to three words, some 60 words a chunk; vectors of 256 random
//           dimensions.
// Command:  build/release/bin/search_bench

#include <cmath>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "base/format.h"
#include "daemon/retrieval/answer/answerer.h"
#include "daemon/retrieval/index/segment_builder.h"
#include "daemon/retrieval/load/compaction.h"

namespace coppice::retrieval {
namespace {

constexpr int kFiles = 10'000;
constexpr int kChunksPerFile = 10;
constexpr int kVocabulary = 30'000;
constexpr int kNames = 150'000;
constexpr int kDimensions = 256;

/// Vectors that hang on the first bytes of a text only: the model is not what is measured.
class SeededEmbedder : public embed::Embedder {
 public:
  SeededEmbedder() { info_ = {"bench/seeded", "1", kDimensions, 1 << 16}; }
  const embed::ModelInfo& info() const override { return info_; }
  Result<void> Embed(std::span<const std::string_view> inputs, embed::Purpose, std::span<float> out,
                     const Deadline&) const override {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      Fill(static_cast<std::uint32_t>(std::hash<std::string_view>{}(inputs[i])),
           out.subspan(i * kDimensions, kDimensions));
    }
    return {};
  }
  static void Fill(std::uint32_t seed, std::span<float> row) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    float sum = 0;
    for (float& value : row) {
      value = normal(random);
      sum += value * value;
    }
    for (float& value : row) value /= std::sqrt(sum);
  }

 private:
  embed::ModelInfo info_;
};

/// Draws words so that the n-th is drawn about 1/n as often as the first.
class Words {
 public:
  Words() : random_(42) {
    for (int w = 0; w < kVocabulary; ++w) {
      std::string word;
      for (int n = w + 26; n > 0; n /= 26) word += static_cast<char>('a' + n % 26);
      words_.push_back(word + (w % 5 == 0 ? "ing" : w % 7 == 0 ? "ed" : ""));
    }
  }
  const std::string& Draw() {
    std::uniform_real_distribution<double> chance(0, std::log(kVocabulary));
    return words_[static_cast<std::size_t>(std::exp(chance(random_))) % words_.size()];
  }
  /// A name of one to three words; like words, few names are most of the uses.
  std::string Name() {
    if (names_.empty()) {
      for (int n = 0; n < kNames; ++n) names_.push_back(MakeName());
    }
    std::uniform_real_distribution<double> chance(0, std::log(kNames));
    return names_[static_cast<std::size_t>(std::exp(chance(random_))) % names_.size()];
  }

 private:
  std::string MakeName() {
    std::string name = Draw();
    for (int n = std::uniform_int_distribution<int>(0, 2)(random_); n > 0; --n)
      name += "_" + Draw();
    return name;
  }

  std::mt19937 random_;
  std::vector<std::string> words_;
  std::vector<std::string> names_;
};

struct MadeFile {
  std::string path;
  std::string body;
  store::StoredFacts stored;
};

void AddFunction(Words& words, MadeFile& file, int number) {
  const auto at = [&] { return static_cast<std::uint32_t>(file.body.size()); };
  store::Definition definition;
  definition.kind = store::SymbolKind::kFunction;
  definition.name = words.Name();
  definition.symbol = "module." + definition.name;
  definition.range.begin = at();
  definition.doc.begin = at();
  file.body += "# ";
  for (int w = 0; w < 12; ++w) file.body += words.Draw() + (w == 7 ? ". " : " ");
  file.body += "\n";
  definition.doc.end = definition.signature.begin = at();
  file.body += "def " + definition.name + "(" + words.Draw() + ", " + words.Draw() + "):\n";
  definition.signature.end = at() - 1;
  for (int line = 0; line < 8; ++line) {
    file.body += "    " + words.Name() + " = " + words.Draw() + "(" + words.Name() + ")\n";
  }
  definition.range.end = at();
  const auto first = static_cast<std::uint32_t>(number * 10 + 1);
  definition.lines = {first, first + 9};
  file.stored.facts.chunks.push_back(
      {definition.range, definition.lines, definition.kind, static_cast<std::int32_t>(number)});
  file.stored.facts.definitions.push_back(std::move(definition));
}

const std::vector<MadeFile>& Corpus() {
  static const std::vector<MadeFile> kCorpus = [] {
    Words words;
    std::vector<MadeFile> files(kFiles);
    int text = 0;
    for (int f = 0; f < kFiles; ++f) {
      MadeFile& file = files[static_cast<std::size_t>(f)];
      file.path = fmt::format("{}/{}_{}.py", words.Draw(), words.Name(), f);
      file.stored.blob = store::BlobNo(f + 1);
      file.stored.facts.grammar = Language::kPython;
      for (int c = 0; c < kChunksPerFile; ++c) {
        AddFunction(words, file, c);
        file.stored.texts.emplace_back(++text);
      }
    }
    return files;
  }();
  return kCorpus;
}

std::size_t CorpusBytes() {
  std::size_t bytes = 0;
  for (const MadeFile& file : Corpus()) bytes += file.body.size();
  return bytes;
}

std::shared_ptr<const Segment> BuildSegment() {
  SegmentBuilder builder;
  for (const MadeFile& file : Corpus()) builder.Add(file.stored, file.body);
  return builder.Finish();
}

store::TreeListing Listing() {
  store::TreeListing listing;
  for (const MadeFile& file : Corpus()) {
    const store::ObjectId id{std::string(AsBytes(Sha256Of(file.path)).substr(0, 20))};
    listing.files.push_back({file.path, id, store::Reason::kNone, {}});
    listing.files.back().path_class.by_path = Language::kPython;
  }
  return listing;
}

FileTable::BlobMap Blobs(const store::TreeListing& listing) {
  FileTable::BlobMap blobs;
  for (std::size_t f = 0; f < listing.files.size(); ++f) {
    store::BlobRecord record;
    record.blob = Corpus()[f].stored.blob;
    record.size_bytes = Corpus()[f].body.size();
    blobs.emplace(listing.files[f].blob.bytes, record);
  }
  return blobs;
}

class MadeBodies : public BodySource {
 public:
  Result<std::unordered_map<store::BlobNo, std::string>> Read(store::SpaceNo,
                                                              std::span<const store::BlobNo> blobs,
                                                              const Deadline&) override {
    std::unordered_map<store::BlobNo, std::string> bodies;
    for (const store::BlobNo blob : blobs) {
      bodies[blob] = Corpus()[static_cast<std::size_t>(blob.value - 1)].body;
    }
    return bodies;
  }
};

std::shared_ptr<const Snapshot> MakeSnapshot() {
  std::shared_ptr<store::VectorIndex> vectors = store::MakeFlatIndex(kDimensions);
  std::vector<float> row(kDimensions);
  for (const MadeFile& file : Corpus()) {
    for (const store::TextNo text : file.stored.texts) {
      SeededEmbedder::Fill(static_cast<std::uint32_t>(text.value), row);
      if (!vectors->Append(std::span(&text, 1), row)) std::abort();
    }
  }
  const auto space = std::make_shared<const Space>(
      store::SpaceNo(1), std::vector<std::shared_ptr<const Segment>>{BuildSegment()},
      SpaceVectors{vectors, std::make_shared<const SeededEmbedder>()});
  const store::TreeListing listing = Listing();
  const auto table = std::make_shared<const FileTable>(listing, Blobs(listing));
  store::RepoRecord repo;
  repo.repo = store::RepoNo(1);
  repo.name = "made";
  store::RefRecord ref;
  ref.repo = repo.repo;
  ref.name = "HEAD";
  ref.head = ref.commit = store::ObjectId{std::string(20, 'c')};
  return std::make_shared<const Snapshot>(
      1, std::vector{repo},
      std::vector<ServedRef>{
          {repo, ref, std::make_shared<const View>(repo.repo, ref.commit, "", table, space), ""}});
}

void BuildSegments(benchmark::State& state) {
  Corpus();
  std::size_t memory = 0;
  for (auto _ : state) {
    const auto segment = BuildSegment();
    memory = segment->memory_bytes();
    benchmark::DoNotOptimize(segment);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(CorpusBytes()) * state.iterations());
  state.counters["corpus_MB"] = static_cast<double>(CorpusBytes()) / 1e6;
  state.counters["segment_MB"] = static_cast<double>(memory) / 1e6;
}
BENCHMARK(BuildSegments)->Unit(benchmark::kMillisecond)->Iterations(2);

void BindView(benchmark::State& state) {
  static const auto kSnapshot = MakeSnapshot();
  const View& view = *kSnapshot->refs().front().view;
  for (auto _ : state) {
    const View again(view.repo(), view.commit(), "", view.table(), view.space());
    benchmark::DoNotOptimize(again.stats());
  }
}
BENCHMARK(BindView)->Unit(benchmark::kMillisecond);

void MakeFileTable(benchmark::State& state) {
  const store::TreeListing listing = Listing();
  const FileTable::BlobMap blobs = Blobs(listing);
  for (auto _ : state) {
    const FileTable table(listing, blobs);
    benchmark::DoNotOptimize(table.files().size());
  }
}
BENCHMARK(MakeFileTable)->Unit(benchmark::kMillisecond);

void SearchOf(benchmark::State& state, const std::string& text, SearchSet searches) {
  static const auto kSnapshot = MakeSnapshot();
  static const RankingWeights kWeights;
  static MadeBodies bodies;
  static const Answerer kAnswerer(kWeights, bodies);
  Query query;
  query.text = text;
  query.searches = searches;
  for (auto _ : state) {
    const auto result = kAnswerer.Search(*kSnapshot, query, Deadline());
    if (!result) state.SkipWithError(result.error().ToString().c_str());
    benchmark::DoNotOptimize(result);
  }
}

std::string SomeWords(int count) {
  Words words;
  for (int i = 0; i < 1000; ++i) words.Draw();
  std::string text;
  for (int i = 0; i < count; ++i) text += words.Draw() + (i % 12 == 11 ? "\n" : " ");
  return text;
}

void SearchSymbol(benchmark::State& state) {
  SearchOf(state, Corpus()[77].stored.facts.definitions[3].name + "()", {});
}
BENCHMARK(SearchSymbol)->Unit(benchmark::kMillisecond);
void SearchKeywords(benchmark::State& state) { SearchOf(state, SomeWords(3), {}); }
BENCHMARK(SearchKeywords)->Unit(benchmark::kMillisecond);
void SearchQuestion(benchmark::State& state) { SearchOf(state, SomeWords(10), {}); }
BENCHMARK(SearchQuestion)->Unit(benchmark::kMillisecond);
void SearchIssue(benchmark::State& state) { SearchOf(state, SomeWords(120), {}); }
BENCHMARK(SearchIssue)->Unit(benchmark::kMillisecond);
void SearchLexicalAlone(benchmark::State& state) {
  SearchOf(state, SomeWords(10), {true, false, false});
}
BENCHMARK(SearchLexicalAlone)->Unit(benchmark::kMillisecond);
void SearchVectorAlone(benchmark::State& state) {
  SearchOf(state, SomeWords(10), {false, true, false});
}
BENCHMARK(SearchVectorAlone)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace coppice::retrieval

BENCHMARK_MAIN();
