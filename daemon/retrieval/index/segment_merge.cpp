#include <algorithm>
#include <limits>
#include <optional>

#include "daemon/retrieval/index/segment.h"

namespace coppice::retrieval {

namespace {
constexpr std::uint32_t kDropped = std::numeric_limits<std::uint32_t>::max();
}

/// Copies the files that stay of several segments into a new one.
class SegmentMerger {
 public:
  explicit SegmentMerger(std::span<const std::shared_ptr<const Segment>> parts)
      : parts_(parts), chunk_map_(parts.size()) {}

  void CopyFiles(const std::function<bool(std::size_t, std::uint32_t)>& keep) {
    for (std::size_t p = 0; p < parts_.size(); ++p) {
      chunk_map_[p].assign(parts_[p]->chunks().size(), kDropped);
      for (std::uint32_t f = 0; f < parts_[p]->files().size(); ++f) {
        if (keep(p, f)) CopyFile(p, f);
      }
    }
  }

  // The words of all parts, in order; of equal ones the postings of the parts in order, so that
  // chunks stay ascending.
  void CopyWords() {
    std::vector<std::size_t> next(parts_.size(), 0);
    while (true) {
      std::optional<std::string_view> smallest;
      for (std::size_t p = 0; p < parts_.size(); ++p) {
        if (next[p] == parts_[p]->words_.size()) continue;
        const std::string_view word = parts_[p]->text(parts_[p]->words_[next[p]].text);
        if (!smallest || word < *smallest) smallest = word;
      }
      if (!smallest) return;
      CopyWord(*smallest, next);
    }
  }

  std::shared_ptr<const Segment> Finish() {
    merged_->Finish();
    return merged_;
  }

 private:
  PoolString Keep(std::string_view text) {
    const PoolString place{static_cast<std::uint32_t>(merged_->pool_.size()),
                           static_cast<std::uint32_t>(text.size())};
    merged_->pool_ += text;
    return place;
  }

  void CopyFile(std::size_t part, std::uint32_t number) {
    const Segment& from = *parts_[part];
    SegmentFile file = from.files()[number];
    const auto new_number = static_cast<std::uint32_t>(merged_->files_.size());
    const auto first_chunk = static_cast<std::uint32_t>(merged_->chunks_.size());
    const auto first_definition = static_cast<std::uint32_t>(merged_->definitions_.size());
    for (std::uint32_t i = 0; i < file.definition_count; ++i) {
      SegmentDefinition definition = from.definitions()[file.first_definition + i];
      definition.name = Keep(from.text(definition.name));
      definition.symbol = Keep(from.text(definition.symbol));
      definition.chunk = definition.chunk - file.first_chunk + first_chunk;
      merged_->definitions_.push_back(definition);
    }
    for (std::uint32_t i = 0; i < file.chunk_count; ++i) {
      const std::uint32_t old = file.first_chunk + i;
      SegmentChunk chunk = from.chunks()[old];
      chunk.file = new_number;
      if (chunk.definition >= 0) {
        chunk.definition += static_cast<std::int32_t>(first_definition) -
                            static_cast<std::int32_t>(file.first_definition);
      }
      chunk_map_[part][old] = first_chunk + i;
      merged_->chunks_.push_back(chunk);
      merged_->lengths_.push_back(from.lengths(old));
    }
    file.first_chunk = first_chunk;
    file.first_definition = first_definition;
    merged_->files_.push_back(file);
  }

  void CopyWord(std::string_view text, std::vector<std::size_t>& next) {
    const std::uint64_t offset = merged_->postings_.size();
    PostingWriter writer;
    std::uint32_t count = 0;
    for (std::size_t p = 0; p < parts_.size(); ++p) {
      if (next[p] == parts_[p]->words_.size()) continue;
      const Segment::Word& word = parts_[p]->words_[next[p]];
      if (parts_[p]->text(word.text) != text) continue;
      ++next[p];
      PostingReader reader(parts_[p]->PostingsOf(word));
      for (Posting posting; reader.Next(posting);) {
        posting.chunk = chunk_map_[p][posting.chunk];
        if (posting.chunk == kDropped) continue;
        writer.Append(posting, merged_->postings_);
        ++count;
      }
    }
    if (count == 0) return;
    merged_->words_.push_back({Keep(text), offset,
                               static_cast<std::uint32_t>(merged_->postings_.size() - offset),
                               count});
  }

  std::span<const std::shared_ptr<const Segment>> parts_;
  std::vector<std::vector<std::uint32_t>> chunk_map_;
  std::shared_ptr<Segment> merged_{new Segment};
};

std::shared_ptr<const Segment> MergeSegments(
    std::span<const std::shared_ptr<const Segment>> parts,
    const std::function<bool(std::size_t part, std::uint32_t file)>& keep) {
  SegmentMerger merger(parts);
  merger.CopyFiles(keep);
  merger.CopyWords();
  return merger.Finish();
}

}  // namespace coppice::retrieval
