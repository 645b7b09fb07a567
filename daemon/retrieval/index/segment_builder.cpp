#include "daemon/retrieval/index/segment_builder.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "base/check.h"
#include "base/text/words.h"
#include "daemon/retrieval/index/text_fields.h"

namespace coppice::retrieval {
namespace {

constexpr std::uint32_t kNoWord = std::numeric_limits<std::uint32_t>::max();

/// One word while its postings grow: those written, and the counts in the chunk being read.
struct GrowingWord {
  PoolString text;
  std::uint32_t posting_count = 0;
  Posting open;
  bool is_open = false;
  PostingWriter writer;
  std::vector<std::uint8_t> bytes;
};

/// Words by their text: open addressing over numbers into a vector.
class WordTable {
 public:
  WordTable() : slots_(kFirstSlots, Slot{0, kNoWord}) {}

  std::uint32_t Intern(std::string_view word) {
    const auto hash = static_cast<std::uint32_t>(std::hash<std::string_view>{}(word));
    std::size_t at = hash & (slots_.size() - 1);
    for (; slots_[at].word != kNoWord; at = (at + 1) & (slots_.size() - 1)) {
      if (slots_[at].hash == hash && TextOf(slots_[at].word) == word) return slots_[at].word;
    }
    const auto number = static_cast<std::uint32_t>(words_.size());
    slots_[at] = {hash, number};
    words_.emplace_back().text = {static_cast<std::uint32_t>(pool_.size()),
                                  static_cast<std::uint32_t>(word.size())};
    pool_ += word;
    if (words_.size() * 2 > slots_.size()) Grow();
    return number;
  }

  std::vector<GrowingWord>& words() { return words_; }
  [[nodiscard]] std::uint64_t memory_bytes() const {
    std::uint64_t bytes = pool_.capacity() + slots_.capacity() * sizeof(Slot) +
                          words_.capacity() * sizeof(GrowingWord);
    for (const GrowingWord& word : words_) bytes += word.bytes.capacity();
    return bytes;
  }
  [[nodiscard]] std::string_view TextOf(std::uint32_t word) const {
    return std::string_view(pool_).substr(words_[word].text.offset, words_[word].text.length);
  }

 private:
  struct Slot {
    std::uint32_t hash;
    std::uint32_t word;
  };
  static constexpr std::size_t kFirstSlots = 1U << 12U;

  void Grow() {
    std::vector<Slot> larger(slots_.size() * 2, Slot{0, kNoWord});
    for (const Slot& slot : slots_) {
      if (slot.word == kNoWord) continue;
      std::size_t at = slot.hash & (larger.size() - 1);
      while (larger[at].word != kNoWord) at = (at + 1) & (larger.size() - 1);
      larger[at] = slot;
    }
    slots_ = std::move(larger);
  }

  std::vector<Slot> slots_;
  std::vector<GrowingWord> words_;
  std::string pool_;
};

void CountOne(std::uint16_t& count) {
  if (count != std::numeric_limits<std::uint16_t>::max()) ++count;
}

}  // namespace

struct SegmentBuilder::Impl {
  std::shared_ptr<Segment> segment{new Segment};
  WordTable table;
  std::vector<std::uint32_t> open_words;
  std::vector<FieldPiece> pieces;

  PoolString Keep(std::string_view text) {
    const PoolString place{static_cast<std::uint32_t>(segment->pool_.size()),
                           static_cast<std::uint32_t>(text.size())};
    segment->pool_ += text;
    return place;
  }

  // A word of one byte says nothing and stands everywhere.
  static bool Counts(const text::Word& word) { return word.text.size() > 1; }

  void AddWords(std::uint32_t chunk, const FieldPiece& piece, FieldCounts& lengths) {
    const auto field = static_cast<std::size_t>(piece.field);
    text::ForEachWord(piece.text, [&](const text::Word& word) {
      if (!Counts(word)) return;
      if (word.kind != text::WordKind::kIdentifier) CountOne(lengths[field]);
      const std::uint32_t number = table.Intern(word.text);
      GrowingWord& growing = table.words()[number];
      if (!growing.is_open) {
        growing.is_open = true;
        growing.open = {chunk, {}};
        open_words.push_back(number);
      }
      CountOne(growing.open.counts[field]);
    });
  }

  void CloseChunk() {
    for (const std::uint32_t number : open_words) {
      GrowingWord& word = table.words()[number];
      word.writer.Append(word.open, word.bytes);
      ++word.posting_count;
      word.is_open = false;
    }
    open_words.clear();
  }

  void AddDefinitions(const store::BlobFacts& facts, const SegmentFile& file) {
    std::size_t chunk = 0;
    for (const store::Definition& definition : facts.definitions) {
      while (chunk + 1 < facts.chunks.size() &&
             facts.chunks[chunk].range.end <= definition.range.begin) {
        ++chunk;
      }
      segment->definitions_.push_back(
          {Keep(definition.name), Keep(definition.symbol), definition.lines,
           file.first_chunk + static_cast<std::uint32_t>(chunk), definition.kind});
    }
  }

  void AddChunks(const store::StoredFacts& stored, std::string_view body, const SegmentFile& file,
                 std::uint32_t file_number) {
    const auto& chunks = stored.facts.chunks;
    for (std::size_t c = 0; c < chunks.size(); ++c) {
      const auto number = file.first_chunk + static_cast<std::uint32_t>(c);
      const store::Chunk& chunk = chunks[c];
      const bool defined = chunk.definition >= 0 && static_cast<std::size_t>(chunk.definition) <
                                                        stored.facts.definitions.size();
      segment->chunks_.push_back(
          {chunk.range, chunk.lines, stored.texts[c], file_number,
           defined ? static_cast<std::int32_t>(file.first_definition) + chunk.definition : -1,
           chunk.kind});
      CutFields(stored.facts, c, body, pieces);
      FieldCounts lengths{};
      for (const FieldPiece& piece : pieces) AddWords(number, piece, lengths);
      segment->lengths_.push_back(lengths);
      CloseChunk();
    }
  }
};

SegmentBuilder::SegmentBuilder() : impl_(std::make_unique<Impl>()) {}
SegmentBuilder::~SegmentBuilder() = default;

std::size_t SegmentBuilder::chunk_count() const { return impl_->segment->chunks_.size(); }

std::uint64_t SegmentBuilder::memory_bytes() const {
  return impl_->segment->memory_bytes() + impl_->table.memory_bytes();
}

void SegmentBuilder::Add(const store::StoredFacts& stored, std::string_view body) {
  COPPICE_CHECK(stored.texts.size() == stored.facts.chunks.size(), "one text for each chunk");
  if (stored.facts.chunks.empty()) return;
  Segment& segment = *impl_->segment;
  const auto number = static_cast<std::uint32_t>(segment.files_.size());
  const SegmentFile file{stored.blob,
                         stored.facts.grammar,
                         static_cast<std::uint32_t>(segment.chunks_.size()),
                         static_cast<std::uint32_t>(stored.facts.chunks.size()),
                         static_cast<std::uint32_t>(segment.definitions_.size()),
                         static_cast<std::uint32_t>(stored.facts.definitions.size())};
  segment.files_.push_back(file);
  impl_->AddDefinitions(stored.facts, file);
  impl_->AddChunks(stored, body, file, number);
}

std::shared_ptr<const Segment> SegmentBuilder::Finish() {
  Segment& segment = *impl_->segment;
  auto& words = impl_->table.words();
  std::vector<std::uint32_t> order(words.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return impl_->table.TextOf(a) < impl_->table.TextOf(b);
  });
  segment.words_.reserve(words.size());
  std::size_t bytes = 0;
  for (const GrowingWord& word : words) bytes += word.bytes.size();
  segment.postings_.reserve(bytes);
  for (const std::uint32_t number : order) {
    GrowingWord& word = words[number];
    segment.words_.push_back({impl_->Keep(impl_->table.TextOf(number)), segment.postings_.size(),
                              static_cast<std::uint32_t>(word.bytes.size()), word.posting_count});
    segment.postings_.insert(segment.postings_.end(), word.bytes.begin(), word.bytes.end());
    std::vector<std::uint8_t>().swap(word.bytes);
  }
  segment.Finish();
  return std::move(impl_->segment);
}

}  // namespace coppice::retrieval
