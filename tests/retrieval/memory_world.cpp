#include "tests/retrieval/memory_world.h"

#include <algorithm>
#include <cmath>

#include "base/format.h"
#include "base/text/stem.h"
#include "base/text/words.h"
#include "daemon/retrieval/index/segment_builder.h"
#include "tests/support/borrowed_models.h"

namespace coppice::retrieval::testing {
namespace {

constexpr int kDimensions = 256;

store::ObjectId IdOf(std::string_view bytes) {
  return {std::string(AsBytes(Sha256Of(bytes)).substr(0, 20))};
}

std::uint32_t LineAt(const std::string& body, std::size_t offset) {
  return 1 + static_cast<std::uint32_t>(std::count(
                 body.begin(), body.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
}

struct Keyword {
  std::string_view text;
  store::SymbolKind kind;
};
constexpr std::array<Keyword, 4> kKeywords = {{{"def ", store::SymbolKind::kFunction},
                                               {"class ", store::SymbolKind::kClass},
                                               {"struct ", store::SymbolKind::kStruct},
                                               {"void ", store::SymbolKind::kFunction}}};

/// The definition that the paragraph body[begin, end) is, if it is one.
std::optional<store::Definition> DefinitionIn(const std::string& body, std::uint32_t begin,
                                              std::uint32_t end) {
  std::uint32_t line = begin;
  while (line < end && (body.compare(line, 1, "#") == 0 || body.compare(line, 2, "//") == 0)) {
    line = std::min(static_cast<std::uint32_t>(body.find('\n', line)) + 1, end);
  }
  for (const Keyword& keyword : kKeywords) {
    if (body.compare(line, keyword.text.size(), keyword.text) != 0) continue;
    const std::size_t name = line + keyword.text.size();
    store::Definition definition;
    definition.kind = keyword.kind;
    definition.symbol = body.substr(name, body.find_first_of(" (:{;\n", name + 1) - name);
    while (body.compare(name + definition.symbol.size(), 2, "::") == 0) {
      const std::size_t more = name + definition.symbol.size() + 2;
      definition.symbol = body.substr(name, body.find_first_of(" (:{;\n", more) - name);
    }
    definition.name = definition.symbol.substr(definition.symbol.find_last_of(":.") + 1);
    definition.range = {begin, end};
    definition.lines = {LineAt(body, begin), LineAt(body, end - 1)};
    const auto newline =
        static_cast<std::uint32_t>(std::min<std::size_t>(body.find('\n', line), end));
    definition.signature = {line, newline};
    definition.doc = {begin, line};
    return definition;
  }
  return std::nullopt;
}

}  // namespace

store::BlobFacts FactsOfParagraphs(const std::string& body, Language grammar) {
  store::BlobFacts facts;
  facts.grammar = grammar;
  std::uint32_t begin = 0;
  while (begin < body.size()) {
    std::size_t end = body.find("\n\n", begin);
    end = end == std::string::npos ? body.size() : end + 2;
    const auto stop = static_cast<std::uint32_t>(end);
    store::Chunk chunk{{begin, stop}, {LineAt(body, begin), LineAt(body, end - 1)}};
    if (auto definition = DefinitionIn(body, begin, stop)) {
      chunk.kind = definition->kind;
      chunk.definition = static_cast<std::int32_t>(facts.definitions.size());
      facts.definitions.push_back(std::move(*definition));
    }
    facts.chunks.push_back(chunk);
    begin = stop;
  }
  return facts;
}

WordEmbedder::WordEmbedder(std::map<std::string, std::string> synonyms)
    : synonyms_(std::move(synonyms)) {
  info_.name = "test/words";
  info_.revision = "1";
  info_.dimensions = kDimensions;
  info_.max_input_bytes = 1 << 16;
}

Result<void> WordEmbedder::Embed(std::span<const std::string_view> inputs, embed::Purpose,
                                 std::span<float> out, const Deadline&) const {
  std::fill(out.begin(), out.end(), 0.0F);
  text::Stemmer stemmer;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto row = out.subspan(i * kDimensions, kDimensions);
    text::ForEachStem(inputs[i], stemmer, [&](std::string_view stem) {
      const auto synonym = synonyms_.find(std::string(stem));
      const Sha256 digest = Sha256Of(synonym == synonyms_.end() ? stem : synonym->second);
      for (std::size_t b = 0; b < 8; ++b) {
        row[digest[b]] += (digest[b + 8] & 1U) != 0 ? 1.0F : -1.0F;
      }
    });
    float sum = 0;
    for (const float value : row) sum += value * value;
    if (sum == 0) continue;
    for (float& value : row) value /= std::sqrt(sum);
  }
  return {};
}

store::ObjectId MemoryWorld::CommitOf(const std::vector<TestFile>& files) {
  std::string all;
  for (const TestFile& file : files) all += file.path + '\0' + file.content + '\0';
  return IdOf("commit " + all);
}

void MemoryWorld::SetFiles(const std::string& repo, std::vector<TestFile> files, int space,
                           const std::string& ref) {
  std::erase_if(refs_, [&](const TestRef& r) { return r.repo == repo && r.ref == ref; });
  const store::ObjectId head = CommitOf(files);
  refs_.push_back({repo, ref, store::SpaceNo(space), std::move(files), head});
}

void MemoryWorld::SetHead(const std::string& repo, const std::string& ref, store::ObjectId head) {
  for (TestRef& r : refs_) {
    if (r.repo == repo && r.ref == ref) r.head = head;
  }
}

void MemoryWorld::AddGarbage(const std::string& repo, const std::string& content) {
  garbage_.emplace_back(repo, content);
}

store::BlobNo MemoryWorld::Intern(TestSpace& space, const std::string& content) {
  return space.blobs.try_emplace(content, static_cast<std::int32_t>(space.blobs.size()) + 1)
      .first->second;
}

void MemoryWorld::AddDoc(TestSpace& space, const std::string& content, Language language) {
  const std::pair doc(Intern(space, content), language);
  if (std::find(space.docs.begin(), space.docs.end(), doc) == space.docs.end()) {
    space.docs.push_back(doc);
  }
}

std::shared_ptr<const FileTable> MemoryWorld::TableOf(const TestRef& ref, TestSpace& space) {
  store::TreeListing listing;
  FileTable::BlobMap blobs;
  for (const TestFile& file : ref.files) {
    store::FileEntry entry{file.path, IdOf("blob " + file.content), file.reason, file.path_class};
    entry.path_class.by_path = LanguageOfPath(file.path);
    if (entry.path_class.by_path == Language::kCpp) listing.cpp = true;
    listing.files.push_back(entry);
  }
  for (std::size_t f = 0; f < ref.files.size(); ++f) {
    const TestFile& file = ref.files[f];
    store::BlobRecord record;
    record.blob = Intern(space, file.content);
    record.size_bytes = file.content.size();
    record.state = file.state;
    if (file.state == store::BlobState::kSkipped) record.reason = store::Reason::kTooLarge;
    blobs.emplace(listing.files[f].blob.bytes, record);
  }
  auto table = std::make_shared<const FileTable>(listing, blobs);
  for (const ViewFile& file : table->files()) {
    const auto content =
        std::find_if(ref.files.begin(), ref.files.end(),
                     [&](const TestFile& candidate) { return candidate.path == file.path; });
    if (file.searchable()) AddDoc(space, content->content, file.language);
  }
  return table;
}

std::shared_ptr<const Space> MemoryWorld::BuildSpace(store::SpaceNo number, TestSpace& space) {
  std::map<store::BlobNo, std::string> contents;
  for (const auto& [content, blob] : space.blobs) contents[blob] = content;
  std::shared_ptr<store::VectorIndex> vectors = store::MakeFlatIndex(embedder_.info().dimensions);
  std::vector<std::shared_ptr<const Segment>> segments;
  auto builder = std::make_unique<SegmentBuilder>();
  std::size_t in_segment = 0;
  for (const auto& [blob, grammar] : space.docs) {
    const std::string& body = contents[blob];
    store::StoredFacts stored{blob, extract_(body, grammar), {}};
    for (const store::Chunk& chunk : stored.facts.chunks) {
      const std::string text = body.substr(chunk.range.begin, chunk.range.end - chunk.range.begin);
      const auto [place, added] =
          space.texts.try_emplace(text, static_cast<std::int32_t>(space.texts.size()) + 1);
      stored.texts.push_back(place->second);
      std::vector<float> vector(static_cast<std::size_t>(embedder_.info().dimensions));
      const std::string_view input = text;
      (void)embedder_.Embed(std::span(&input, 1), embed::Purpose::kDocument, vector, Deadline())
          .has_value();
      (void)vectors->Append(std::span(&place->second, 1), vector).has_value();
    }
    builder->Add(stored, body);
    if (++in_segment == blobs_per_segment_) {
      segments.push_back(builder->Finish());
      builder = std::make_unique<SegmentBuilder>();
      in_segment = 0;
    }
  }
  if (builder->chunk_count() > 0) segments.push_back(builder->Finish());
  return std::make_shared<const Space>(number, std::move(segments),
                                       SpaceVectors{std::move(vectors), test::Borrow(embedder_)});
}

std::shared_ptr<const Snapshot> MemoryWorld::Serve() {
  spaces_.clear();
  for (const auto& [repo, content] : garbage_) {
    for (const TestRef& ref : refs_) {
      if (ref.repo == repo) AddDoc(spaces_[ref.space], content, Language::kPython);
    }
  }
  std::vector<std::shared_ptr<const FileTable>> tables;
  for (const TestRef& ref : refs_) tables.push_back(TableOf(ref, spaces_[ref.space]));
  std::map<store::SpaceNo, std::shared_ptr<const Space>> built;
  for (auto& [number, space] : spaces_) built[number] = BuildSpace(number, space);
  std::map<std::string, store::RepoRecord> repos;
  std::vector<ServedRef> served;
  for (std::size_t r = 0; r < refs_.size(); ++r) {
    const TestRef& ref = refs_[r];
    auto [repo, added] = repos.try_emplace(ref.repo);
    if (added) {
      repo->second.repo = store::RepoNo(static_cast<std::int32_t>(repos.size()));
      repo->second.space = ref.space;
      repo->second.name = ref.repo;
      repo->second.location = "/srv/" + ref.repo;
    }
    store::RefRecord record;
    record.repo = repo->second.repo;
    record.name = ref.ref;
    record.symbolic = ref.ref == "HEAD" ? "refs/heads/main" : "";
    record.head = ref.head;
    record.commit = CommitOf(ref.files);
    served.push_back(
        {repo->second, record,
         std::make_shared<const View>(record.repo, record.commit, "", tables[r], built[ref.space]),
         ""});
  }
  std::vector<store::RepoRecord> records;
  for (const auto& [name, repo] : repos) records.push_back(repo);
  return std::make_shared<const Snapshot>(++served_, std::move(records), std::move(served));
}

Result<std::unordered_map<store::BlobNo, std::string>> MemoryWorld::Read(
    store::SpaceNo space, std::span<const store::BlobNo> blobs, const Deadline&) {
  std::unordered_map<store::BlobNo, std::string> bodies;
  for (const auto& [content, blob] : spaces_[space].blobs) {
    if (std::find(blobs.begin(), blobs.end(), blob) != blobs.end()) bodies[blob] = content;
  }
  return bodies;
}

std::string Describe(const SearchResult& result) {
  std::string text;
  for (const Hit& hit : result.hits) {
    text += fmt::format("{}:{}-{} {} {:.4f} [{}]\n", hit.path, hit.lines.first, hit.lines.last,
                        hit.symbol, hit.score, fmt::join(hit.reasons, "; "));
  }
  return text;
}

std::vector<std::string> PathsOf(const SearchResult& result) {
  std::vector<std::string> paths;
  for (const Hit& hit : result.hits) {
    if (std::find(paths.begin(), paths.end(), hit.path) == paths.end()) paths.push_back(hit.path);
  }
  return paths;
}

}  // namespace coppice::retrieval::testing
