// Question: how long does the database take for the first 3,000 files of a repository, and for
//           commits of ten files after that?
// Data:     made by seed. Each of the first files has 10 chunks, 20 definitions, 200 references and
//           10 texts that are new; a commit has 60 chunks, 300 definitions, 2,000 references and 60
//           new texts. Names are drawn from 20,000 as skewed as in code; vectors of 256 values.
// Command:  build/ci/bin/write_bench [COMMITS]
// In a private cluster of its own, in a temporary folder on disk, with fsync: as the daemon has it.
// Timed are the calls that the indexer makes of the store; queueing and claiming the job are not.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <random>
#include <string>
#include <unistd.h>
#include <vector>

#include "base/digest.h"
#include "base/format.h"
#include "store/private_cluster.h"
#include "store/store.h"

namespace coppice::store {
namespace {

namespace fs = std::filesystem;

constexpr int kDimensions = 256;
constexpr std::int16_t kTemplate = 1;
constexpr std::size_t kBlobsInCall = 500;

struct Shape {
  int files;
  int chunks;  // these three in all
  int definitions;
  int references;
};

ObjectId IdOf(const std::string& bytes) {
  return {std::string(AsBytes(Sha256Of(bytes)).substr(0, 20))};
}

/// What the indexer hands to the store for one commit.
struct Change {
  CommitRecord commit;
  std::vector<std::pair<ObjectId, std::string>> trees;
  std::vector<NewBlob> blobs;
  std::vector<NewFacts> facts;
  std::vector<NewVector> vectors;
};

class Maker {
 public:
  Change Make(const Shape& shape) {
    Change change;
    std::string tree;
    for (int i = 0; i < shape.files; ++i) {
      AddFile(change, tree, shape.chunks / shape.files, shape.definitions / shape.files,
              shape.references / shape.files);
    }
    change.commit = {IdOf(fmt::format("commit {}", serial_)), IdOf(tree), {}, 1, "bench", "bench"};
    change.trees.emplace_back(change.commit.tree, tree);
    return change;
  }

 private:
  std::string Name() {
    const double skewed = std::pow(uniform_(random_), 4) * 20'000;
    return fmt::format("identifier_{}", static_cast<int>(skewed));
  }
  void AddFile(Change& change, std::string& tree, int chunks, int definitions, int references) {
    const int file = ++serial_;
    NewBlob blob;
    while (blob.body.size() < 8000)
      blob.body += fmt::format("  {} = {}({});\n", Name(), Name(), file);
    blob.id = IdOf(fmt::format("blob {}", file));
    blob.sha256 = Sha256Of(blob.body);
    blob.size_bytes = blob.body.size();
    tree += fmt::format("100644 f{:07}.cpp", file);
    tree += '\0';
    tree += blob.id.bytes;
    NewFacts entry;
    entry.blob = blob.id;
    entry.facts.grammar = Language::kCpp;
    entry.facts.extractor = 1;
    entry.facts.status = ParseStatus::kParsed;
    for (int i = 0; i < definitions; ++i) {
      Definition definition;
      definition.kind = SymbolKind::kFunction;
      definition.name = i % 2 == 0 ? Name() : fmt::format("own_{}_{}", file, i);
      definition.symbol = fmt::format("space::Type{}::{}", i / 8, definition.name);
      const auto at = static_cast<std::uint32_t>(i * 300);
      definition.range = {at, at + 280};
      definition.lines = {at / 30 + 1, at / 30 + 9};
      definition.signature = {at, at + 40};
      entry.facts.definitions.push_back(std::move(definition));
    }
    for (int i = 0; i < references; ++i) {
      entry.facts.references.push_back({ReferenceKind::kCall, Name(),
                                        static_cast<std::uint32_t>(i + 1),
                                        static_cast<std::uint32_t>(i % 60)});
    }
    for (int i = 0; i < chunks; ++i) {
      const auto at = static_cast<std::uint32_t>(i * 800);
      entry.facts.chunks.push_back(
          {{at, at + 800}, {at / 30 + 1, at / 30 + 26}, SymbolKind::kFunction, i % definitions});
      NewVector vector;
      vector.input = Sha256Of(fmt::format("text {} {}", file, i));
      for (int j = 0; j < kDimensions; ++j) vector.values.push_back(normal_(random_) / 16);
      entry.text_inputs.push_back(vector.input);
      change.vectors.push_back(std::move(vector));
    }
    change.blobs.push_back(std::move(blob));
    change.facts.push_back(std::move(entry));
  }

  std::mt19937 random_{17};
  std::uniform_real_distribution<double> uniform_;
  std::normal_distribution<float> normal_;
  int serial_ = 0;
};

class Bench {
 public:
  explicit Bench(const std::string& folder)
      : cluster_(PrivateCluster::Start({folder, "", ""}, Deadline::Never()).value()),
        store_(Store::Open({cluster_->url()}, Deadline::Never()).value()) {
    NewRepo repo;
    repo.name = repo.location = repo.git_dir = "/srv/bench";
    repo.ref_patterns = {"HEAD"};
    repo_ = store_->catalog().AddRepo(repo, Deadline::Never()).value().repo;
    model_ = store_->catalog().RegisterModel("bench", "1", kDimensions, Deadline::Never()).value();
  }

  /// Seconds of each step.
  std::vector<std::pair<const char*, double>> Write(const Change& change) {
    const Deadline never = Deadline::Never();
    store_->catalog()
        .SetHeads(repo_, {{"HEAD", "refs/heads/main", change.commit.id}}, never)
        .value();
    store_->jobs().Enqueue(repo_, "HEAD", change.commit.id, "bench", never).value();
    const JobRecord job = store_->jobs().Claim(std::chrono::minutes(1), never).value().value();
    ObjectWriter& writer = store_->writer();
    std::vector<std::pair<const char*, double>> steps;
    auto last = std::chrono::steady_clock::now();
    const auto lap = [&](const char* step) {
      const auto now = std::chrono::steady_clock::now();
      steps.emplace_back(step, std::chrono::duration<double>(now - last).count());
      last = now;
    };
    std::vector<ObjectId> ids;
    std::vector<ObjectWriter::FactKey> keys;
    std::vector<Sha256> inputs;
    for (const NewBlob& blob : change.blobs) ids.push_back(blob.id);
    for (const NewBlob& blob : change.blobs) keys.push_back({blob.id, Language::kCpp});
    for (const NewVector& vector : change.vectors) inputs.push_back(vector.input);
    writer.WriteCommit(job, change.commit, change.trees, never).value();
    lap("trees, commit");
    writer.UnknownBlobs(repo_, ids, never).value();
    writer.MissingFacts(repo_, keys, {1, kTemplate, model_}, never).value();
    writer.MissingVectors(repo_, model_, inputs, kTemplate, never).value();
    lap("what is known");
    InCalls(change.blobs, kBlobsInCall,
            [&](auto part) { writer.WriteBlobs(repo_, part, never).value(); });
    lap("blobs");
    InCalls(change.vectors, 10 * kBlobsInCall,
            [&](auto part) { writer.WriteVectors(repo_, model_, part, kTemplate, never).value(); });
    lap("vectors");
    InCalls(change.facts, kBlobsInCall,
            [&](auto part) { writer.WriteFacts(repo_, part, kTemplate, model_, never).value(); });
    lap("facts");
    RefMove move{repo_, "HEAD", head_, change.commit.id, {}, 0, {1, kTemplate, model_}, ""};
    writer.MoveRef(job, move, never).value();
    lap("ref");
    head_ = change.commit.id;
    return steps;
  }

 private:
  template <class T, class Call>
  static void InCalls(const std::vector<T>& values, std::size_t size, const Call& call) {
    for (std::size_t at = 0; at < values.size(); at += size) {
      call(std::span(values).subspan(at, std::min(size, values.size() - at)));
    }
  }

  std::unique_ptr<PrivateCluster> cluster_;
  std::unique_ptr<Store> store_;
  RepoNo repo_;
  ModelNo model_;
  ObjectId head_;
};

double At(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

void Run(const std::string& folder, int commits) {
  Bench bench(folder);
  Maker maker;
  double sum = 0;
  std::string of_steps;
  for (const auto& [step, seconds] : bench.Write(maker.Make({3000, 30'000, 60'000, 600'000}))) {
    sum += seconds;
    of_steps += fmt::format("{}{} {:.2f}", of_steps.empty() ? "" : ", ", step, seconds);
  }
  fmt::print("first 3,000 files: {:.2f} s ({})\n", sum, of_steps);
  std::vector<double> totals;
  std::vector<std::pair<const char*, std::vector<double>>> steps;
  for (int i = 0; i < commits; ++i) {
    const auto laps = bench.Write(maker.Make({10, 60, 300, 2000}));
    steps.resize(laps.size());
    totals.push_back(0);
    for (std::size_t j = 0; j < laps.size(); ++j) {
      steps[j].first = laps[j].first;
      steps[j].second.push_back(laps[j].second * 1e3);
      totals.back() += laps[j].second * 1e3;
    }
  }
  fmt::print("{} commits of ten files: p50 {:.1f} ms, p95 {:.1f}\n", commits, At(totals, 0.5),
             At(totals, 0.95));
  for (const auto& [step, times] : steps)
    fmt::print("  {:<14} p50 {:5.1f} ms\n", step, At(times, 0.5));
}

}  // namespace
}  // namespace coppice::store

int main(int argc, char** argv) {
  int commits = 200;
  const std::string given = argc > 1 ? argv[1] : "200";
  std::from_chars(given.data(), given.data() + given.size(), commits);
  if (commits < 1) {
    fmt::print(stderr, "usage: write_bench [COMMITS]\n");
    return 64;
  }
  namespace fs = std::filesystem;
  std::string folder = (fs::temp_directory_path() / "coppice-bench-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) return 1;
  fs::permissions(folder, fs::perms(0711));
  coppice::store::Run(folder + "/pg", commits);
  fs::remove_all(folder);
  return 0;
}
