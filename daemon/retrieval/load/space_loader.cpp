#include "daemon/retrieval/load/space_loader.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/log.h"
#include "daemon/retrieval/load/compaction.h"
#include "daemon/retrieval/load/graph_files.h"

namespace coppice::retrieval {
namespace {

constexpr std::size_t kBatch = 200;
constexpr std::uint64_t kBatchBytes = std::uint64_t{4} << 20U;
// Of each batch: bodies, facts, rows of the database.
constexpr std::uint64_t kBatchMemory = 3 * kBatchBytes * DocReader::kBatchesInMemory;
constexpr std::size_t kTextBatch = 5000;
constexpr std::size_t kSpareTexts = 10'000;

template <class T, class Visit>
Result<void> ForEachBatch(const std::vector<T>& values, std::size_t size, const Visit& visit) {
  for (std::size_t begin = 0; begin < values.size(); begin += size) {
    COPPICE_TRY(visit(std::span(values).subspan(begin, std::min(size, values.size() - begin))));
  }
  return {};
}

/// Blobs in order, each once, in batches that are neither many nor large.
template <class Docs>
DocReader::Batches Batches(const Docs& docs) {
  DocReader::Batches batches;
  std::uint64_t bytes = 0;
  for (const auto& [doc, size] : docs) {
    const bool first = batches.empty();
    if (!first && batches.back().back() == doc.first) continue;
    if (first || batches.back().size() >= kBatch || bytes + size > kBatchBytes) {
      batches.emplace_back();
      bytes = 0;
    }
    batches.back().push_back(doc.first);
    bytes += size;
  }
  return batches;
}

std::uint64_t SegmentBytes(const std::vector<std::shared_ptr<const Segment>>& segments) {
  std::uint64_t bytes = 0;
  for (const auto& segment : segments) bytes += segment->memory_bytes();
  return bytes;
}

}  // namespace

SpaceLoader::SpaceLoader(store::Store& store, store::SpaceNo space, ModelInUse model,
                         const LoadOptions& options)
    : store_(store),
      number_(space),
      model_(std::move(model)),
      options_(options),
      words_memory_(MemoryBudget::OpenIn(options.memory, "words")),
      space_(std::make_shared<const Space>(space, Segments{}, MakeVectors())) {}

SpaceVectors SpaceLoader::MakeVectors() const {
  if (options_.vectors_in_database) {
    return {store_.OpenVectorIndex(number_, model_.number, model_.dimensions), model_.embedder};
  }
  store::GraphOptions graph;
  if (!options_.graph_folder.empty()) {
    graph.file = GraphFile(options_.graph_folder, number_, model_.number);
  }
  return {store::MakeGraphIndex(model_.dimensions, graph, options_.memory), model_.embedder};
}

Result<void> SpaceLoader::UseModel(const ModelInUse& model, const Deadline& deadline) {
  if (model.number == model_.number && model.embedder == model_.embedder) return {};
  const ModelInUse before = std::exchange(model_, model);
  if (model.number == before.number) {
    space_ = std::make_shared<const Space>(number_, space_->segments(),
                                           SpaceVectors{space_->vectors().index, model.embedder});
    return {};
  }
  const SpaceVectors fresh = MakeVectors();
  store::TextFilter loaded = std::exchange(loaded_texts_, {});
  if (auto read = LoadVectors(TextsOf(views_), *fresh.index, deadline); !read) {
    model_ = before;
    loaded_texts_ = std::move(loaded);
    return read;
  }
  space_ = std::make_shared<const Space>(number_, space_->segments(), fresh);
  return {};
}

Result<void> SpaceLoader::LoadMissingVectors(const Deadline& deadline) {
  std::vector<store::TextNo> texts = TextsOf(views_);
  std::erase_if(texts, [&](store::TextNo text) { return loaded_texts_.Contains(text); });
  return LoadVectors(texts, *space_->vectors().index, deadline);
}

Result<SpaceLoader::Views> SpaceLoader::Update(const Tables& tables, const Deadline& deadline) {
  auto views = Rebuild(tables, deadline);
  std::ignore = Claim(0);  // what was in hand while loading is given back
  return views;
}

Result<void> SpaceLoader::Claim(std::uint64_t more) {
  more += SegmentBytes(space_->segments());
  for (const auto& [key, view] : views_) more += view->memory_bytes();
  return words_memory_.Resize(more);
}

Result<SpaceLoader::Views> SpaceLoader::Rebuild(const Tables& tables, const Deadline& deadline) {
  COPPICE_ASSIGN(auto added, LoadDocs(MissingDocs(tables), deadline));
  if (!added.empty()) {
    auto segments = space_->segments();
    segments.insert(segments.end(), added.begin(), added.end());
    space_ = std::make_shared<const Space>(number_, std::move(segments), space_->vectors());
  }
  Views views = views_;
  std::erase_if(views, [&](const auto& entry) { return !tables.contains(entry.first); });
  const bool dropped = views.size() != views_.size();
  Bind(tables, views);
  if (!added.empty() || dropped) {
    // Merging takes memory for a while; dropping alone gives more than it takes.
    if (added.empty() || Claim(SegmentBytes(space_->segments()))) {
      BitSet live(space_->doc_count());
      for (const auto& [key, view] : views) live.Unite(view->docs());
      if (auto segments = Compact(*space_, live)) {
        space_ = std::make_shared<const Space>(number_, std::move(*segments), space_->vectors());
        Bind(tables, views);
      }
    }
    COPPICE_TRY(RenewVectors(views, deadline));
    Bind(tables, views);
  }
  views_ = views;
  return views;
}

// Makes a view for each table that has none over the current space.
void SpaceLoader::Bind(const Tables& tables, Views& views) const {
  for (const auto& [key, table] : tables) {
    std::shared_ptr<const View>& view = views[key];
    if (view && view->space() == space_ && view->table() == table) continue;
    view = std::make_shared<const View>(key.repo, key.commit, key.subtree, table, space_);
  }
}

SpaceLoader::DocSizes SpaceLoader::MissingDocs(const Tables& tables) const {
  DocSizes missing;
  for (const auto& [key, table] : tables) {
    // What a bound view still lacks is damaged or has no facts: reading it again would not help.
    const auto bound = views_.find(key);
    if (bound != views_.end() && bound->second->table() == table) continue;
    for (const ViewFile& file : table->files()) {
      if (!file.searchable() || file.size_bytes == 0) continue;
      if (space_->FindDoc(file.blob, file.language)) continue;
      missing.emplace(DocKey(file.blob, file.language), file.size_bytes);
    }
  }
  return missing;
}

Result<SpaceLoader::Segments> SpaceLoader::LoadDocs(const DocSizes& docs,
                                                    const Deadline& deadline) {
  Segments segments;
  std::uint64_t segment_bytes = 0;
  auto builder = std::make_unique<SegmentBuilder>();
  const auto close = [&] {
    if (builder->chunk_count() == 0) return;
    segments.push_back(builder->Finish());
    segment_bytes += segments.back()->memory_bytes();
    builder = std::make_unique<SegmentBuilder>();
  };
  const auto claim = [&] {
    return Claim(segment_bytes + 2 * builder->memory_bytes() + kBatchMemory);
  };
  COPPICE_TRY(claim());
  DocReader reader(store_, number_, Batches(docs), deadline);
  while (true) {
    COPPICE_ASSIGN(const auto batch, reader.Next());
    if (!batch) break;
    COPPICE_TRY(AddDocs(*batch, docs, *builder, deadline));
    if (builder->chunk_count() >= kMaxSegmentChunks / 2) close();
    COPPICE_TRY(claim());
  }
  close();
  return segments;
}

Result<void> SpaceLoader::AddDocs(const LoadedDocs& loaded, const DocSizes& wanted,
                                  SegmentBuilder& builder, const Deadline& deadline) {
  std::vector<store::TextNo> texts;
  for (const store::StoredFacts& stored : loaded.facts) {
    if (!wanted.contains({stored.blob, stored.facts.grammar})) continue;
    const auto body = loaded.bodies.find(stored.blob);
    if (body == loaded.bodies.end()) continue;
    if (stored.texts.size() != stored.facts.chunks.size()) {
      LogWarning("facts left out", {{"space", number_.value},
                                    {"blob", stored.blob.value},
                                    {"why", "not one text for each chunk"}});
      continue;
    }
    builder.Add(stored, body->second);
    for (const store::TextNo text : stored.texts) {
      if (!loaded_texts_.Contains(text)) texts.push_back(text);
    }
  }
  return LoadVectors(texts, *space_->vectors().index, deadline);
}

Result<void> SpaceLoader::LoadVectors(const std::vector<store::TextNo>& texts,
                                      store::VectorIndex& index, const Deadline& deadline) {
  if (options_.vectors_in_database) return {};
  std::vector<store::TextNo> sorted = texts;
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  return ForEachBatch(
      sorted, kTextBatch, [&](std::span<const store::TextNo> batch) -> Result<void> {
        COPPICE_ASSIGN(const auto vectors,
                       store_.reader().ReadVectors(number_, model_.number, batch, deadline));
        COPPICE_TRY(index.Append(vectors.texts, vectors.values));
        for (const store::TextNo text : vectors.texts) loaded_texts_.Add(text);
        return {};
      });
}

std::vector<store::TextNo> SpaceLoader::TextsOf(const Views& views) const {
  std::vector<store::TextNo> texts;
  store::TextFilter seen;
  for (const auto& segment : space_->segments()) {
    for (const SegmentChunk& chunk : segment->chunks()) {
      if (seen.Contains(chunk.text)) continue;
      seen.Add(chunk.text);
      const bool used = std::any_of(views.begin(), views.end(), [&](const auto& entry) {
        return entry.second->texts().Contains(chunk.text);
      });
      if (used) texts.push_back(chunk.text);
    }
  }
  return texts;
}

// Vectors cannot be taken out of the index: once most of them are of no view, a new one is filled.
Result<void> SpaceLoader::RenewVectors(const Views& views, const Deadline& deadline) {
  if (options_.vectors_in_database) return {};
  const std::vector<store::TextNo> live = TextsOf(views);
  if (loaded_texts_.Count() <= 2 * live.size() + kSpareTexts) return {};
  const SpaceVectors fresh = MakeVectors();
  store::TextFilter before = std::exchange(loaded_texts_, {});
  if (const auto loaded = LoadVectors(live, *fresh.index, deadline); !loaded) {
    loaded_texts_ = std::move(before);
    if (loaded.error().code == ErrorCode::kResourceExhausted) return {};  // another time
    return loaded;
  }
  space_ = std::make_shared<const Space>(number_, space_->segments(), fresh);
  return {};
}

}  // namespace coppice::retrieval
