#include "daemon/retrieval/index/segment.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <tuple>

#include "base/check.h"
#include "base/text/stem.h"
#include "daemon/retrieval/index/equal_span.h"

namespace coppice::retrieval {
namespace {

std::size_t TextOffset(store::TextNo first, store::TextNo text) {
  return static_cast<std::size_t>(std::int64_t{text.value} - first.value);
}

template <class T>
std::size_t BytesOf(const std::vector<T>& values) {
  return values.capacity() * sizeof(T);
}

}  // namespace

std::string JoinedName(std::string_view name) {
  std::string joined;
  joined.reserve(name.size());
  for (const char c : name) {
    if (c == '_' || c == '-' || c == '$') continue;
    joined += c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  }
  return joined;
}

std::optional<std::uint32_t> Segment::FindFile(store::BlobNo blob, Language grammar) const {
  const auto wanted = std::pair(blob, grammar);
  const auto key = [&](std::uint32_t file) {
    return std::pair(files_[file].blob, files_[file].grammar);
  };
  const auto found =
      std::lower_bound(by_blob_.begin(), by_blob_.end(), wanted,
                       [&](std::uint32_t file, const auto& w) { return key(file) < w; });
  if (found == by_blob_.end() || key(*found) != wanted) return std::nullopt;
  return *found;
}

const Segment::Word* Segment::FindWordRow(std::string_view word) const {
  const auto found = std::lower_bound(
      words_.begin(), words_.end(), word,
      [&](const Word& row, std::string_view wanted) { return text(row.text) < wanted; });
  return found == words_.end() || text(found->text) != word ? nullptr : &*found;
}

std::span<const std::uint8_t> Segment::FindWord(std::string_view word) const {
  const Word* row = FindWordRow(word);
  return row == nullptr ? std::span<const std::uint8_t>{} : PostingsOf(*row);
}

void Segment::FindStem(std::string_view stem,
                       std::vector<std::span<const std::uint8_t>>& postings) const {
  const auto entries =
      EqualSpan(stems_, stem, [&](const StemEntry& entry) { return text(entry.stem); });
  for (const StemEntry& entry : entries) postings.push_back(PostingsOf(words_[entry.word]));
  const Word* own = FindWordRow(stem);
  if (own != nullptr && own->is_stem) postings.push_back(PostingsOf(*own));
}

std::span<const Segment::TextChunk> Segment::FindText(store::TextNo text) const {
  if (texts_.empty() || text < texts_.front().text || texts_.back().text < text) return {};
  const std::size_t place = TextOffset(texts_.front().text, text) >> text_shift_;
  const auto end = texts_.begin() + text_places_[place + 1];
  const auto first =
      std::lower_bound(texts_.begin() + text_places_[place], end, text,
                       [](const TextChunk& entry, store::TextNo t) { return entry.text < t; });
  auto last = first;
  while (last != end && last->text == text) ++last;
  return {first, last};
}

std::span<const Segment::NameEntry> Segment::FindName(std::string_view joined) const {
  return EqualSpan(names_, joined, [&](const NameEntry& entry) { return text(entry.joined); });
}

std::span<const Segment::NameEntry> Segment::FindNamePrefix(std::string_view prefix) const {
  return EqualSpan(names_, prefix, [&](const NameEntry& entry) {
    return text(entry.joined).substr(0, prefix.size());
  });
}

std::size_t Segment::memory_bytes() const {
  return pool_.capacity() + BytesOf(files_) + BytesOf(chunks_) + BytesOf(lengths_) +
         BytesOf(file_lengths_) + BytesOf(definitions_) + BytesOf(words_) + BytesOf(postings_) +
         BytesOf(stems_) + BytesOf(names_) + BytesOf(texts_) + BytesOf(text_places_) +
         BytesOf(by_blob_) + BytesOf(chunk_files_);
}

void Segment::IndexStems() {
  text::Stemmer stemmer;
  for (std::uint32_t w = 0; w < words_.size(); ++w) {
    const std::string_view word = text(words_[w].text);
    const std::string_view stem = stemmer.Stem(word);
    words_[w].is_stem = stem == word;
    if (stem == word) continue;
    PoolString place{words_[w].text.offset, static_cast<std::uint32_t>(stem.size())};
    if (!word.starts_with(stem)) {
      place.offset = static_cast<std::uint32_t>(pool_.size());
      pool_ += stem;
    }
    stems_.push_back({place, w});
  }
  std::sort(stems_.begin(), stems_.end(), [&](const StemEntry& a, const StemEntry& b) {
    return std::pair(text(a.stem), a.word) < std::pair(text(b.stem), b.word);
  });
}

// Numbers of texts are dense but for gaps: as many places as texts, of one or two texts each.
void Segment::IndexTexts() {
  texts_.reserve(chunks_.size());
  for (std::uint32_t c = 0; c < chunks_.size(); ++c) texts_.push_back({chunks_[c].text, c});
  std::sort(texts_.begin(), texts_.end(), [](const TextChunk& a, const TextChunk& b) {
    return std::tie(a.text, a.chunk) < std::tie(b.text, b.chunk);
  });
  if (texts_.empty()) return;
  const std::size_t last = TextOffset(texts_.front().text, texts_.back().text);
  while (last >> text_shift_ > texts_.size()) ++text_shift_;
  for (std::uint32_t t = 0; t < texts_.size(); ++t) {
    const std::size_t place = TextOffset(texts_.front().text, texts_[t].text) >> text_shift_;
    while (text_places_.size() <= place) text_places_.push_back(t);
  }
  text_places_.push_back(static_cast<std::uint32_t>(texts_.size()));
}

void Segment::IndexNames() {
  names_.reserve(definitions_.size());
  for (std::uint32_t d = 0; d < definitions_.size(); ++d) {
    const std::string joined = JoinedName(text(definitions_[d].name));
    const PoolString place{static_cast<std::uint32_t>(pool_.size()),
                           static_cast<std::uint32_t>(joined.size())};
    pool_ += joined;
    names_.push_back({place, d});
  }
  std::sort(names_.begin(), names_.end(), [&](const NameEntry& a, const NameEntry& b) {
    return std::pair(text(a.joined), a.definition) < std::pair(text(b.joined), b.definition);
  });
}

void Segment::Finish() {
  IndexStems();
  IndexNames();
  COPPICE_CHECK(pool_.size() <= std::numeric_limits<std::uint32_t>::max(), "string pool too large");
  IndexTexts();
  file_lengths_.resize(files_.size());
  chunk_files_.reserve(chunks_.size());
  for (std::uint32_t c = 0; c < chunks_.size(); ++c) {
    chunk_files_.push_back(chunks_[c].file);
    FieldLengths& sum = file_lengths_[chunks_[c].file];
    for (std::size_t f = 0; f < kFieldCount; ++f) sum[f] += lengths_[c][f];
  }
  by_blob_.resize(files_.size());
  for (std::uint32_t f = 0; f < files_.size(); ++f) by_blob_[f] = f;
  std::sort(by_blob_.begin(), by_blob_.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::pair(files_[a].blob, files_[a].grammar) <
           std::pair(files_[b].blob, files_[b].grammar);
  });
  pool_.shrink_to_fit();
  postings_.shrink_to_fit();
  stems_.shrink_to_fit();
}

}  // namespace coppice::retrieval
