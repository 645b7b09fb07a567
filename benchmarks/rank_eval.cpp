// Question: how often does a set of questions find its file, fused and by each search alone?
// Data:     folders with source files, and for each a question file as in tests/questions.
// Command:  build/ci/bin/rank_eval [-v] [-] [model=NAME] [weight=value]… FOLDER QUESTIONS.json
// [FOLDER QUESTIONS.json]…

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>

#include "base/format.h"
#include "base/json.h"
#include "daemon/retrieval/answer/answerer.h"
#include "daemon/retrieval/index/segment_builder.h"
#include "embed/factory.h"
#include "indexer/embed_input.h"
#include "indexer/parse/parser.h"
#include "store/tree/path_class.h"

namespace coppice::retrieval {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kDepth = 50;
constexpr std::uintmax_t kMaxBytes = 1U << 20U;

std::string ReadAll(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

store::PathClass ClassOfPath(const std::string& path) {
  store::FolderClass folder;
  std::size_t begin = 0;
  for (std::size_t slash = path.find('/'); slash != std::string::npos;
       slash = path.find('/', begin)) {
    folder = store::ClassifyFolder(folder, path.substr(begin, slash - begin));
    begin = slash + 1;
  }
  return store::ClassifyFile(folder, path, {});
}

/// A folder indexed in memory as the daemon would index its commit.
class FolderIndex : public BodySource {
 public:
  FolderIndex(const fs::path& root, const embed::Embedder& embedder) : embedder_(embedder) {
    std::vector<fs::path> paths;
    for (auto entry = fs::recursive_directory_iterator(root);
         entry != fs::recursive_directory_iterator(); ++entry) {
      if (entry->path().filename() == ".git") entry.disable_recursion_pending();
      const bool fits =
          entry->is_regular_file() && !entry->is_symlink() && entry->file_size() <= kMaxBytes;
      if (fits) paths.push_back(entry->path());
    }
    std::sort(paths.begin(), paths.end());
    for (const fs::path& path : paths) AddFile(fs::relative(path, root).generic_string(), path);
    for (const store::FileEntry& file : listing_.files) {
      if (file.path_class.by_path == Language::kCpp) listing_.cpp = true;
    }
    Build();
  }

  Result<std::unordered_map<store::BlobNo, std::string>> Read(store::SpaceNo,
                                                              std::span<const store::BlobNo> blobs,
                                                              const Deadline&) override {
    std::unordered_map<store::BlobNo, std::string> found;
    for (const store::BlobNo blob : blobs) {
      found[blob] = bodies_[static_cast<std::size_t>(blob.value - 1)];
    }
    return found;
  }
  [[nodiscard]] const Snapshot& snapshot() const { return *snapshot_; }

 private:
  void AddFile(const std::string& path, const fs::path& place) {
    std::string body = ReadAll(place);
    if (body.find('\0') != std::string::npos) return;
    const std::string digest(AsBytes(Sha256Of(path + '\0' + body)).substr(0, 20));
    listing_.files.push_back(
        {path, store::ObjectId{digest}, store::Reason::kNone, ClassOfPath(path)});
    store::BlobRecord record;
    bodies_.push_back(std::move(body));
    record.blob = store::BlobNo(static_cast<std::int32_t>(bodies_.size()));
    record.size_bytes = bodies_.back().size();
    record.hint = HintFromContent(bodies_.back());
    blobs_.emplace(digest, record);
  }

  void Build() {
    const auto table = std::make_shared<const FileTable>(listing_, blobs_);
    std::shared_ptr<store::VectorIndex> vectors = store::MakeFlatIndex(embedder_.info().dimensions);
    SegmentBuilder builder;
    for (const ViewFile& file : table->files()) AddFacts(file, builder, *vectors);
    const auto space = std::make_shared<const Space>(
        store::SpaceNo(1), std::vector<std::shared_ptr<const Segment>>{builder.Finish()},
        SpaceVectors{vectors, {std::shared_ptr<void>(), &embedder_}});
    store::RepoRecord repo;
    repo.repo = store::RepoNo(1);
    repo.name = "folder";
    store::RefRecord ref;
    ref.repo = repo.repo;
    ref.name = "HEAD";
    ref.commit = ref.head = store::ObjectId{std::string(20, 'c')};
    snapshot_ = std::make_shared<const Snapshot>(
        1, std::vector{repo},
        std::vector<ServedRef>{
            {repo, ref, std::make_shared<const View>(repo.repo, ref.commit, "", table, space),
             ""}});
  }

  void AddFacts(const ViewFile& file, SegmentBuilder& builder, store::VectorIndex& vectors) {
    const std::string& body = bodies_[static_cast<std::size_t>(file.blob.value - 1)];
    store::StoredFacts stored{file.blob, parser_.Parse(file.language, body), {}};
    stored.facts.grammar = file.language;
    std::vector<float> row(static_cast<std::size_t>(embedder_.info().dimensions));
    for (std::size_t c = 0; c < stored.facts.chunks.size(); ++c) {
      const std::string input = indexer::EmbedInput(stored.facts, c, body);
      const std::string_view text = input;
      stored.texts.emplace_back(++text_count_);
      const auto embedded =
          embedder_.Embed(std::span(&text, 1), embed::Purpose::kDocument, row, Deadline());
      if (!embedded || !vectors.Append(std::span(&stored.texts.back(), 1), row)) std::abort();
    }
    builder.Add(stored, body);
  }

  const embed::Embedder& embedder_;
  indexer::Parser parser_;
  store::TreeListing listing_;
  FileTable::BlobMap blobs_;
  std::vector<std::string> bodies_;
  std::int32_t text_count_ = 0;
  std::shared_ptr<const Snapshot> snapshot_;
};

/// One corpus: its files in memory, and what is asked of them.
struct Corpus {
  std::unique_ptr<FolderIndex> index;
  Json questions;
};

struct Tally {
  std::size_t count = 0;
  int first = 0;
  int in_five = 0;
  int in_ten = 0;
  double reciprocal = 0;

  void Add(std::size_t rank) {
    ++count;
    first += rank == 1 ? 1 : 0;
    in_five += rank >= 1 && rank <= 5 ? 1 : 0;
    in_ten += rank >= 1 && rank <= 10 ? 1 : 0;
    if (rank > 0) reciprocal += 1.0 / static_cast<double>(rank);
  }
};

std::size_t RankOf(const SearchResult& result, const Json& wanted) {
  std::vector<std::string> paths;
  for (const Hit& hit : result.hits) {
    if (std::find(paths.begin(), paths.end(), hit.path) == paths.end()) paths.push_back(hit.path);
  }
  for (std::size_t r = 0; r < paths.size(); ++r) {
    if (std::find(wanted.begin(), wanted.end(), paths[r]) != wanted.end()) return r + 1;
  }
  return 0;
}

struct Mode {
  const char* name;
  SearchSet searches;
};
constexpr Mode kModes[] = {{"fused", {true, true, true}},
                           {"lexical", {true, false, false}},
                           {"vector", {false, true, false}},
                           {"symbol", {false, false, true}}};

void Show(const SearchResult& result, const Json& question, std::size_t rank) {
  fmt::print("{:>3}  {}\n", rank, question["question"].get<std::string>());
  if (rank == 1) return;
  fmt::print("     wanted {}\n", question["wanted"].dump());
  for (std::size_t h = 0; h < std::min<std::size_t>(result.hits.size(), 6); ++h) {
    const Hit& hit = result.hits[h];
    fmt::print("     {:.3f} {} {} [{}]\n", hit.score, hit.path, hit.symbol,
               fmt::join(hit.reasons, "; "));
  }
}

Result<Tally> Ask(const std::vector<Corpus>& corpora, const RankingWeights& weights,
                  const Mode& mode, bool verbose) {
  Tally tally;
  for (const Corpus& corpus : corpora) {
    const Answerer answerer(weights, *corpus.index);
    for (const Json& question : corpus.questions) {
      Query query;
      query.text = question["question"].get<std::string>();
      query.limit = kDepth;
      query.searches = mode.searches;
      COPPICE_ASSIGN(const auto result,
                     answerer.Search(corpus.index->snapshot(), query, Deadline()));
      const std::size_t rank = RankOf(result, question["wanted"]);
      if (verbose) Show(result, question, rank);
      tally.Add(rank);
    }
  }
  return tally;
}

void Print(const char* name, const Tally& tally) {
  fmt::print("{:8} top-1 {}/{}  top-5 {}/{}  top-10 {}/{}  MRR {:.3f}\n", name, tally.first,
             tally.count, tally.in_five, tally.count, tally.in_ten, tally.count,
             tally.reciprocal / static_cast<double>(tally.count));
  std::fflush(stdout);
}

/// Sets the weights a line names, as `name=value` with blanks between.
Result<void> SetFromLine(const std::string& line, RankingWeights& weights) {
  std::istringstream words(line);
  for (std::string word; words >> word;) {
    const std::size_t equals = std::min(word.find('='), word.size());
    const std::string value = word.substr(std::min(equals + 1, word.size()));
    COPPICE_TRY(
        SetWeights(weights, {{word.substr(0, equals), std::strtod(value.c_str(), nullptr)}}));
  }
  return {};
}

struct Arguments {
  std::vector<std::string> places;  // FOLDER, QUESTIONS.json, FOLDER, …
  std::string weights;
  std::string model = std::string(embed::kDefaultModel);
  bool verbose = false;
  bool from_stdin = false;
};

Arguments Read(int argc, char** argv) {
  Arguments arguments;
  for (const std::string& word : std::vector<std::string>(argv + 1, argv + argc)) {
    if (word == "-v") {
      arguments.verbose = true;
    } else if (word == "-") {
      arguments.from_stdin = true;
    } else if (word.starts_with("model=")) {
      arguments.model = word.substr(word.find('=') + 1);
    } else if (word.find('=') != std::string::npos) {
      arguments.weights += word + " ";
    } else {
      arguments.places.push_back(word);
    }
  }
  return arguments;
}

Result<void> Run(const Arguments& arguments) {
  RankingWeights weights;
  COPPICE_TRY(SetFromLine(arguments.weights, weights));
  COPPICE_ASSIGN(const auto embedder, embed::OpenEmbedder(arguments.model));
  std::vector<Corpus> corpora;
  for (std::size_t p = 0; p + 1 < arguments.places.size(); p += 2) {
    corpora.push_back({std::make_unique<FolderIndex>(arguments.places[p], *embedder),
                       Json::parse(ReadAll(arguments.places[p + 1]))["questions"]});
  }
  for (const Mode& mode : kModes) {
    if (arguments.from_stdin) break;
    const bool verbose = arguments.verbose && &mode == &kModes[0];
    COPPICE_ASSIGN(const Tally tally, Ask(corpora, weights, mode, verbose));
    Print(mode.name, tally);
  }
  for (std::string line; arguments.from_stdin && std::getline(std::cin, line);) {
    RankingWeights other = weights;
    COPPICE_TRY(SetFromLine(line, other));
    COPPICE_ASSIGN(const Tally tally, Ask(corpora, other, kModes[0], false));
    Print("fused", tally);
  }
  return {};
}

}  // namespace
}  // namespace coppice::retrieval

int main(int argc, char** argv) {
  const auto arguments = coppice::retrieval::Read(argc, argv);
  if (arguments.places.empty() || arguments.places.size() % 2 != 0) {
    fmt::print(stderr,
               "usage: rank_eval [-v] [-] [model=NAME] [weight=value]... FOLDER QUESTIONS.json "
               "[FOLDER ...]...\n"
               "  -v  show each question     -  one figure for each line of weights on stdin\n");
    return 64;
  }
  const auto done = coppice::retrieval::Run(arguments);
  if (!done) fmt::print(stderr, "{}\n", done.error().ToString());
  return done ? 0 : 1;
}
