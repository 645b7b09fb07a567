#include "daemon/retrieval/search/scope.h"

#include <algorithm>

#include "daemon/retrieval/glob.h"

namespace coppice::retrieval {
namespace {

// A choice is the place of the ref in `refs` and of the file among the files of the document.
constexpr std::uint32_t kRefShift = 20;
constexpr std::uint32_t kFileMask = (1U << kRefShift) - 1;

template <class T>
bool IsAmong(const std::vector<T>& values, T value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

bool AllowsFile(const SearchFilter& filter, const ViewFile& file) {
  if (!filter.languages.empty() && !IsAmong(filter.languages, file.language)) return false;
  if (!filter.contents.empty() && !IsAmong(filter.contents, ContentOf(file.language))) return false;
  return filter.path_globs.empty() ||
         std::any_of(filter.path_globs.begin(), filter.path_globs.end(),
                     [&](const std::string& glob) { return MatchesPathFilter(glob, file.path); });
}

bool AllowsAll(const SearchFilter& filter) {
  return filter.languages.empty() && filter.contents.empty() && filter.path_globs.empty() &&
         filter.kinds.empty();
}

/// Takes out of `allowed` the chunks of a file that are not of a wanted kind and in which no
/// definition of such a kind begins.
void KeepKinds(const Segment& segment, const SegmentFile& file, std::uint32_t base,
               const std::vector<store::SymbolKind>& kinds, BitSet& allowed) {
  for (std::uint32_t c = file.first_chunk; c < file.first_chunk + file.chunk_count; ++c) {
    if (!IsAmong(kinds, segment.chunks()[c].kind)) allowed.Remove(base + c);
  }
  for (std::uint32_t d = 0; d < file.definition_count; ++d) {
    const SegmentDefinition& definition = segment.definitions()[file.first_definition + d];
    if (IsAmong(kinds, definition.kind)) allowed.Add(base + definition.chunk);
  }
}

}  // namespace

Scope::Scope(const std::vector<const ServedRef*>& refs, const SearchFilter& filter) {
  for (const ServedRef* ref : refs) {
    const Space* space = ref->view->space().get();
    auto part = std::find_if(spaces_.begin(), spaces_.end(),
                             [&](const ScopeSpace& known) { return known.space == space; });
    if (part == spaces_.end()) {
      part = spaces_.emplace(spaces_.end());
      part->space = space;
      part->docs = BitSet(space->doc_count());
      part->chunks = BitSet(space->chunk_count());
    }
    part->refs.push_back(ref);
    part->docs.Unite(ref->view->docs());
    part->chunks.Unite(ref->view->chunks());
    part->holds_all |= ref->view->stats().chunk_count == space->chunk_count();
  }
  for (ScopeSpace& part : spaces_) {
    part.chunk_base = chunk_count_;
    part.doc_base = doc_count_;
    chunk_count_ += part.space->chunk_count();
    doc_count_ += part.space->doc_count();
    Choose(part, filter);
    AllowChunks(part, filter);
    SumStats(part);
  }
}

void Scope::Choose(ScopeSpace& part, const SearchFilter& filter) {
  part.chosen.assign(part.space->doc_count(), ScopeSpace::kNotAllowed);
  const bool every_file =
      filter.languages.empty() && filter.contents.empty() && filter.path_globs.empty();
  for (std::uint32_t r = 0; r < part.refs.size(); ++r) {
    const View& view = *part.refs[r]->view;
    for (std::uint32_t doc = 0; doc < part.chosen.size(); ++doc) {
      if (part.chosen[doc] != ScopeSpace::kNotAllowed || !view.docs().Contains(doc)) continue;
      if (every_file) {
        part.chosen[doc] = r << kRefShift;
        continue;
      }
      const auto files = view.FilesOf(doc);
      for (std::uint32_t f = 0; f < files.size() && f < kFileMask; ++f) {
        if (!AllowsFile(filter, view.files()[files[f]])) continue;
        part.chosen[doc] = (r << kRefShift) | f;
        break;
      }
    }
  }
}

void Scope::AllowChunks(ScopeSpace& part, const SearchFilter& filter) {
  part.allowed_chunks = part.chunks;
  part.allows_all = AllowsAll(filter);
  if (part.allows_all) return;
  const auto& segments = part.space->segments();
  for (std::size_t s = 0; s < segments.size(); ++s) {
    const std::uint32_t base = part.space->chunk_base(s);
    const auto files = segments[s]->files();
    for (std::uint32_t f = 0; f < files.size(); ++f) {
      const std::uint32_t doc = part.space->doc_base(s) + f;
      if (!part.docs.Contains(doc)) continue;
      if (part.chosen[doc] == ScopeSpace::kNotAllowed) {
        for (std::uint32_t c = 0; c < files[f].chunk_count; ++c) {
          part.allowed_chunks.Remove(base + files[f].first_chunk + c);
        }
      } else if (!filter.kinds.empty()) {
        KeepKinds(*segments[s], files[f], base, filter.kinds, part.allowed_chunks);
      }
    }
  }
}

void Scope::SumStats(const ScopeSpace& part) {
  if (part.refs.size() == 1) {
    stats_.Add(part.refs.front()->view->stats());
    return;
  }
  LengthStats sum = part.space->SumLengths(part.docs);
  for (std::uint32_t doc = 0; doc < part.space->doc_count(); ++doc) {
    for (const ServedRef* ref : part.refs) {
      if (!ref->view->docs().Contains(doc)) continue;
      sum.path_words += ref->view->table()->path_length(ref->view->FilesOf(doc).front());
      break;
    }
  }
  stats_.Add(sum);
}

const ScopeSpace& Scope::SpaceOfDoc(std::uint32_t doc) const {
  std::size_t s = 0;
  while (s + 1 < spaces_.size() && spaces_[s + 1].doc_base <= doc) ++s;
  return spaces_[s];
}

std::optional<Scope::Choice> Scope::ChoiceOf(std::uint32_t doc) const {
  const ScopeSpace& part = SpaceOfDoc(doc);
  const std::uint32_t local = doc - part.doc_base;
  const std::uint32_t packed = part.chosen[local];
  if (packed == ScopeSpace::kNotAllowed) return std::nullopt;
  const ServedRef* ref = part.refs[packed >> kRefShift];
  const auto files = ref->view->FilesOf(local);
  return Choice{ref, files[packed & kFileMask], static_cast<std::uint32_t>(files.size() - 1)};
}

Scope::ChunkPlace Scope::LocateChunk(std::uint32_t chunk) const {
  std::size_t s = 0;
  while (s + 1 < spaces_.size() && spaces_[s + 1].chunk_base <= chunk) ++s;
  const ScopeSpace& part = spaces_[s];
  const Space::Place place = part.space->LocateChunk(chunk - part.chunk_base);
  const std::uint32_t doc = part.doc_base + part.space->doc_base(place.segment_index) +
                            place.segment->chunks()[place.local].file;
  return {&part, place, doc};
}

Scope::ChunkSpan Scope::ChunksOf(std::uint32_t doc) const {
  const ScopeSpace& part = SpaceOfDoc(doc);
  const Space::Place place = part.space->LocateDoc(doc - part.doc_base);
  const SegmentFile& file = place.segment->files()[place.local];
  return {part.chunk_base + part.space->chunk_base(place.segment_index) + file.first_chunk,
          file.chunk_count};
}

}  // namespace coppice::retrieval
