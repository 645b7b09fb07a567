#include "tests/retrieval/stored_repo.h"

#include <set>
#include <stdexcept>

#include "base/format.h"
#include "tests/retrieval/memory_world.h"
#include "tests/support/pg_fixture.h"

namespace coppice::retrieval::testing {
namespace {

using test::Soon;

constexpr std::int32_t kExtractor = 1;
constexpr std::int16_t kTemplate = 1;

template <class T>
T Must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().ToString());
  return std::move(result).value();
}
void Must(const Result<void>& result) {
  if (!result) throw std::runtime_error(result.error().ToString());
}

store::ObjectId IdOf(const std::string& bytes) {
  return {std::string(AsBytes(Sha256Of(bytes)).substr(0, 20))};
}

void AddEntry(std::string& raw, std::string_view mode, std::string_view name,
              const store::ObjectId& id) {
  raw += fmt::format("{} {}", mode, name);
  raw += '\0';
  raw += id.bytes;
}

std::map<Sha256, std::string> InputsOf(const StoredRepo::Files& files) {
  std::map<Sha256, std::string> inputs;
  for (const auto& [path, content] : files) {
    const store::BlobFacts facts = FactsOfParagraphs(content, LanguageOfPath(path));
    for (const store::Chunk& chunk : facts.chunks) {
      const std::string input =
          content.substr(chunk.range.begin, chunk.range.end - chunk.range.begin);
      inputs.emplace(Sha256Of(input), input);
    }
  }
  return inputs;
}

}  // namespace

StoredRepo::StoredRepo(store::Store& store, const embed::Embedder& embedder,
                       const std::string& name, const std::string& root)
    : store_(store) {
  store::NewRepo repo;
  repo.name = name;
  repo.location = "/srv/" + name;
  repo.git_dir = "/srv/" + name + "/.git";
  repo.ref_patterns = {"HEAD", "*"};
  if (!root.empty()) repo.root_commit = IdOf(root);
  repo_ = Must(store.catalog().AddRepo(repo, Soon()));
  UseModel(embedder);
  Must(store_.generations().ServeFirst(model_, Soon()));
}

void StoredRepo::MakeVectors(const Files& files) {
  without_vectors_ = false;
  WriteVectors(InputsOf(files));
  for (const store::BlobSpan& span : Must(store_.vector_backlog().Pending(1000, Soon()))) {
    Must(store_.vector_backlog().Settle(model_, span, kTemplate, Soon()));
  }
  if (!Must(store_.generations().Complete(model_, kTemplate, Soon()))) {
    throw std::runtime_error("some texts have no vector yet");
  }
}

store::ModelNo StoredRepo::WrittenModel() const {
  return without_vectors_ ? store::kNoModel : model_;
}

void StoredRepo::SwitchTo(const embed::Embedder& embedder, const Files& files) {
  UseModel(embedder);
  Must(store_.generations().Begin(model_, Soon()));
  WriteVectors(InputsOf(files));
  if (!Must(store_.generations().Switch(model_, kTemplate, Soon()))) {
    throw std::runtime_error("some texts have no vector of the new model");
  }
}

void StoredRepo::UseModel(const embed::Embedder& embedder) {
  embedder_ = &embedder;
  const embed::ModelInfo& info = embedder.info();
  model_ = Must(store_.catalog().RegisterModel(info.name, info.revision, info.dimensions, Soon()));
}

void StoredRepo::SetHeads(const std::map<std::string, store::ObjectId>& heads) {
  heads_ = heads;
  std::vector<store::Catalog::Head> list;
  for (const auto& [ref, head] : heads) {
    list.push_back({ref, ref == "HEAD" ? "refs/heads/main" : "", head});
  }
  Must(store_.catalog().SetHeads(repo_.repo, list, Soon()));
}

store::ObjectId StoredRepo::Commit(const Files& files, const std::string& ref) {
  std::string all = repo_.name;
  for (const auto& [path, content] : files) all += path + '\0' + content + '\0';
  const store::ObjectId commit = IdOf("commit " + all);
  auto heads = heads_;
  heads[ref] = commit;
  SetHeads(heads);
  Must(store_.jobs().Enqueue(repo_.repo, ref, commit, "test", Soon()));
  const auto job = Must(store_.jobs().Claim(std::chrono::seconds(60), Soon()));
  if (!job) throw std::runtime_error("no job to claim");
  WriteTrees(*job, commit, files);
  WriteBlobs(files);
  WriteFacts(files);
  store::RefMove move{repo_.repo, ref, commits_[ref], commit, {}, 0, {}, {}};
  move.versions = {kExtractor, kTemplate, WrittenModel()};
  move.coverage.indexed = static_cast<std::int64_t>(files.size());
  Must(store_.writer().MoveRef(*job, move, Soon()));
  commits_[ref] = commit;
  return commit;
}

store::ObjectId StoredRepo::WriteTrees(const store::JobRecord& job, const store::ObjectId& commit,
                                       const Files& files) {
  std::map<std::string, std::string> folders;  // name -> raw tree
  std::map<std::string, std::string> entries;  // of the root, in git's order
  for (const auto& [path, content] : files) {
    const std::size_t slash = path.find('/');
    const store::ObjectId blob = IdOf("blob " + content);
    if (slash == std::string::npos) {
      AddEntry(entries[path], "100644", path, blob);
    } else {
      AddEntry(folders[path.substr(0, slash)], "100644", path.substr(slash + 1), blob);
    }
  }
  std::vector<std::pair<store::ObjectId, std::string>> trees;
  for (const auto& [name, raw] : folders) {
    trees.emplace_back(IdOf("tree " + raw), raw);
    AddEntry(entries[name + "/"], "40000", name, trees.back().first);
  }
  std::string root;
  for (const auto& [key, raw] : entries) root += raw;
  const store::ObjectId root_id = IdOf("tree " + root);
  trees.emplace_back(root_id, root);
  Must(store_.writer().WriteCommit(job, {commit, root_id, {}, 1, "", ""}, trees, Soon()));
  return root_id;
}

void StoredRepo::WriteBlobs(const Files& files) {
  std::vector<store::NewBlob> blobs;
  std::set<std::string> seen;
  for (const auto& [path, content] : files) {
    if (!seen.insert(content).second) continue;
    store::NewBlob blob;
    blob.id = IdOf("blob " + content);
    blob.sha256 = Sha256Of(content);
    blob.size_bytes = content.size();
    blob.body = content;
    if (!lost_.empty() && content == lost_) {
      blob.sha256 = Sha256Of("lost " + content);
      blob.state = store::BlobState::kSkipped;
      blob.reason = store::Reason::kMissing;
      blob.body.clear();
    }
    blobs.push_back(std::move(blob));
  }
  Must(store_.writer().WriteBlobs(repo_.repo, blobs, Soon()));
}

void StoredRepo::WriteFacts(const Files& files) {
  std::vector<store::NewFacts> facts;
  std::map<Sha256, std::string> inputs;
  std::set<std::pair<std::string, Language>> seen;
  for (const auto& [path, content] : files) {
    if (!lost_.empty() && content == lost_) continue;
    if (!seen.emplace(content, LanguageOfPath(path)).second) continue;
    store::NewFacts entry{
        IdOf("blob " + content), FactsOfParagraphs(content, LanguageOfPath(path)), {}};
    entry.facts.extractor = kExtractor;
    for (const store::Chunk& chunk : entry.facts.chunks) {
      const std::string input =
          content.substr(chunk.range.begin, chunk.range.end - chunk.range.begin);
      entry.text_inputs.push_back(Sha256Of(input));
      inputs.emplace(entry.text_inputs.back(), input);
    }
    facts.push_back(std::move(entry));
  }
  Must(store_.writer().WriteFacts(repo_.repo, facts, kTemplate, WrittenModel(), Soon()));
  if (!without_vectors_) WriteVectors(inputs);
}

void StoredRepo::WriteVectors(const std::map<Sha256, std::string>& inputs) {
  std::vector<store::NewVector> vectors;
  for (const auto& [digest, input] : inputs) {
    std::vector<float> values(static_cast<std::size_t>(embedder_->info().dimensions));
    const std::string_view text = input;
    Must(embedder_->Embed(std::span(&text, 1), embed::Purpose::kDocument, values, Soon()));
    vectors.push_back({digest, std::move(values)});
  }
  Must(store_.writer().WriteVectors(repo_.repo, model_, vectors, kTemplate, Soon()));
}

}  // namespace coppice::retrieval::testing
