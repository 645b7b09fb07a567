#include "daemon/retrieval/index/segment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/format.h"
#include "daemon/retrieval/index/bit_set.h"
#include "daemon/retrieval/index/segment_builder.h"
#include "daemon/retrieval/index/space.h"
#include "daemon/retrieval/load/compaction.h"
#include "tests/retrieval/memory_world.h"

namespace coppice::retrieval {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

store::StoredFacts Facts(int blob, const std::string& body, Language grammar = Language::kPython) {
  store::StoredFacts stored{store::BlobNo(blob), testing::FactsOfParagraphs(body, grammar), {}};
  for (std::size_t c = 0; c < stored.facts.chunks.size(); ++c) {
    stored.texts.emplace_back(static_cast<std::int32_t>(blob * 100 + static_cast<int>(c)));
  }
  return stored;
}

std::shared_ptr<const Segment> Build(const std::vector<std::pair<int, std::string>>& blobs) {
  SegmentBuilder builder;
  for (const auto& [blob, body] : blobs) builder.Add(Facts(blob, body), body);
  return builder.Finish();
}

/// "chunk:counts" of each posting, fields in order.
std::vector<std::string> Read(std::span<const std::uint8_t> list) {
  std::vector<std::string> postings;
  PostingReader reader(list);
  for (Posting posting; reader.Next(posting);) {
    postings.push_back(fmt::format("{}:{}", posting.chunk, fmt::join(posting.counts, "")));
  }
  return postings;
}

/// Everything that can be asked of a segment, as text.
std::string Dump(const Segment& segment, const std::vector<std::string>& words) {
  std::string text;
  for (const SegmentFile& file : segment.files()) {
    text += fmt::format("file {} chunks {} definitions {}\n", file.blob.value, file.chunk_count,
                        file.definition_count);
    for (std::uint32_t c = file.first_chunk; c < file.first_chunk + file.chunk_count; ++c) {
      const SegmentChunk& chunk = segment.chunks()[c];
      text += fmt::format("  {}-{} text {} lengths {}", chunk.lines.first, chunk.lines.last,
                          chunk.text.value, fmt::join(segment.lengths(c), " "));
      if (chunk.definition >= 0) {
        const auto& definition = segment.definitions()[static_cast<std::size_t>(chunk.definition)];
        text += fmt::format(" in {}", segment.text(definition.symbol));
      }
      text += "\n";
    }
  }
  for (const std::string& word : words) {
    text += fmt::format("{}: {}\n", word, fmt::join(Read(segment.FindWord(word)), " "));
  }
  return text;
}

TEST(SegmentTest, CountsWordsByField) {
  const auto segment =
      Build({{7, "# Opens a pool. Closes the pool later.\ndef open_pool(size):\n  return pool\n"}});
  EXPECT_THAT(Read(segment->FindWord("pool")), ElementsAre("0:11111"));
  EXPECT_THAT(Read(segment->FindWord("open_pool")), ElementsAre("0:11000"));
  EXPECT_THAT(Read(segment->FindWord("return")), ElementsAre("0:00001"));
  EXPECT_THAT(segment->FindWord("absent"), IsEmpty());
  EXPECT_EQ(segment->lengths(0)[static_cast<std::size_t>(Field::kSymbol)], 2)
      << "parts count, the whole identifier does not";
}

TEST(SegmentTest, FindsWordsByStem) {
  const auto segment = Build({{1, "connection\n\nconnected\n\nconnect\n\nother\n"}});
  std::vector<std::span<const std::uint8_t>> lists;
  segment->FindStem("connect", lists);
  std::vector<std::string> all;
  for (const auto& list : lists) {
    for (auto& posting : Read(list)) all.push_back(std::move(posting));
  }
  EXPECT_THAT(all, ::testing::UnorderedElementsAre("0:00001", "1:00001", "2:00001"));
}

TEST(SegmentTest, FindsNamesHoweverTheyAreSpelled) {
  const auto segment = Build({{1, "def flush_job():\n\nclass FlushJob:\n\ndef flush_jobs():\n"}});
  EXPECT_EQ(segment->FindName("flushjob").size(), 2U);
  EXPECT_EQ(segment->FindNamePrefix("flush").size(), 3U);
  EXPECT_EQ(segment->FindName("flush").size(), 0U);
}

TEST(SegmentTest, OneBlobMayStandUnderTwoGrammars) {
  const std::string body = "struct pool {\n";
  SegmentBuilder builder;
  builder.Add(Facts(1, body, Language::kC), body);
  builder.Add(Facts(1, body, Language::kCpp), body);
  const auto segment = builder.Finish();
  EXPECT_EQ(segment->FindFile(store::BlobNo(1), Language::kC), 0U);
  EXPECT_EQ(segment->FindFile(store::BlobNo(1), Language::kCpp), 1U);
  EXPECT_EQ(segment->FindFile(store::BlobNo(1), Language::kPython), std::nullopt);
}

const std::vector<std::pair<int, std::string>> kBlobs = {
    {1, "def alpha():\n  beta\n\ngamma beta\n"},
    {2, "beta beta beta\n"},
    {3, "class Delta:\n  alpha gamma\n\ndef Delta.close():\n  beta\n"},
    {4, "def epsilon():\n  gamma\n"}};
const std::vector<std::string> kWords = {"alpha", "beta", "gamma", "delta", "epsilon", "close"};

TEST(SegmentTest, MergedSegmentsEqualOneBuiltAtOnce) {
  const std::vector<std::shared_ptr<const Segment>> parts = {
      Build({kBlobs[0], kBlobs[1]}), Build({kBlobs[2]}), Build({kBlobs[3]})};
  const auto merged = MergeSegments(parts, [](std::size_t, std::uint32_t) { return true; });
  EXPECT_EQ(Dump(*merged, kWords), Dump(*Build(kBlobs), kWords));
  EXPECT_EQ(merged->FindName("delta").size(), 1U);
}

TEST(SegmentTest, MergingDropsWhatIsNotKept) {
  const std::vector<std::shared_ptr<const Segment>> parts = {Build({kBlobs[0], kBlobs[1]}),
                                                             Build({kBlobs[2], kBlobs[3]})};
  const auto merged = MergeSegments(
      parts, [](std::size_t part, std::uint32_t file) { return part == 1 || file == 1; });
  EXPECT_EQ(Dump(*merged, kWords), Dump(*Build({kBlobs[1], kBlobs[2], kBlobs[3]}), kWords));
  EXPECT_EQ(merged->word_count(), Build({kBlobs[1], kBlobs[2], kBlobs[3]})->word_count());
}

TEST(PostingReaderTest, GivesWhatWasWrittenFieldByField) {
  std::vector<std::uint8_t> bytes;
  PostingWriter writer;
  writer.Append({3, {0, 0, 0, 0, 1}}, bytes);      // most of them
  writer.Append({4, {1, 1, 0, 0, 1}}, bytes);      // all ones
  writer.Append({900, {0, 300, 0, 1, 2}}, bytes);  // counts
  PostingReader reader(bytes);
  std::vector<std::string> read;
  while (reader.NextChunk()) {
    read.push_back(std::to_string(reader.chunk()) + ":");
    reader.ForEachCount([&](std::size_t field, std::uint32_t count) {
      read.back() += " " + std::to_string(field) + "x" + std::to_string(count);
    });
  }
  EXPECT_EQ(read, (std::vector<std::string>{"3: 4x1", "4: 0x1 1x1 4x1", "900: 1x300 3x1 4x2"}));
}

TEST(SegmentTest, ManyPostingsSurviveTheirEncoding) {
  std::vector<std::pair<int, std::string>> blobs;
  for (int b = 1; b <= 700; ++b) {
    std::string body;
    for (int i = 0; i < 1 + b % 7 * 50; ++i) body += b % 3 == 0 ? "rare common " : "common ";
    blobs.emplace_back(b, body);
  }
  const auto segment = Build(blobs);
  PostingReader reader(segment->FindWord("common"));
  std::uint32_t expected = 0;
  for (Posting posting; reader.Next(posting); ++expected) {
    ASSERT_EQ(posting.chunk, expected);
    ASSERT_EQ(posting.counts[static_cast<std::size_t>(Field::kBody)],
              1 + (static_cast<int>(expected) + 1) % 7 * 50);
  }
  EXPECT_EQ(expected, 700U);
}

class CompactionTest : public ::testing::Test {
 protected:
  /// A space of segments with so many one-chunk files each.
  Space SpaceOf(const std::vector<int>& sizes) {
    std::vector<std::shared_ptr<const Segment>> segments;
    for (const int size : sizes) {
      std::vector<std::pair<int, std::string>> blobs;
      for (int i = 0; i < size; ++i) blobs.emplace_back(next_blob_++, "word\n");
      segments.push_back(Build(blobs));
    }
    return Space(store::SpaceNo(1), std::move(segments), SpaceVectors());
  }

  static BitSet All(const Space& space) {
    BitSet live(space.doc_count());
    for (std::uint32_t d = 0; d < space.doc_count(); ++d) live.Add(d);
    return live;
  }

  static std::vector<std::size_t> SizesAfter(const Space& space, const BitSet& live) {
    const auto compacted = Compact(space, live);
    std::vector<std::size_t> sizes;
    for (const auto& segment : compacted ? *compacted : space.segments()) {
      sizes.push_back(segment->chunks().size());
    }
    return sizes;
  }

  int next_blob_ = 1;
};

TEST_F(CompactionTest, LeavesAGeometricRowAlone) {
  const Space space = SpaceOf({100, 20, 4});
  EXPECT_FALSE(Compact(space, All(space)));
}

TEST_F(CompactionTest, MergesSmallSegmentsAtTheEnd) {
  const Space space = SpaceOf({100, 6, 5});
  EXPECT_THAT(SizesAfter(space, All(space)), ElementsAre(100, 11));
}

TEST_F(CompactionTest, AMergeMayPullInTheOneBefore) {
  const Space space = SpaceOf({40, 6, 5});
  EXPECT_THAT(SizesAfter(space, All(space)), ElementsAre(51));
}

TEST_F(CompactionTest, DropsSegmentsWithoutLife) {
  const Space space = SpaceOf({3, 100});
  BitSet live = All(space);
  for (std::uint32_t d = 0; d < 3; ++d) live.Remove(d);
  EXPECT_THAT(SizesAfter(space, live), ElementsAre(100));
}

TEST_F(CompactionTest, RewritesWhatIsMostlyDead) {
  const Space space = SpaceOf({100});
  BitSet live(space.doc_count());
  for (std::uint32_t d = 0; d < 49; ++d) live.Add(d);
  EXPECT_THAT(SizesAfter(space, live), ElementsAre(49));
}

TEST_F(CompactionTest, StepByStepTheNumberStaysSmall) {
  std::vector<std::shared_ptr<const Segment>> segments;
  std::size_t most = 0;
  for (int step = 0; step < 300; ++step) {
    segments.push_back(Build({{next_blob_++, "word\n"}}));
    const Space space(store::SpaceNo(1), segments, SpaceVectors());
    if (auto compacted = Compact(space, All(space))) segments = std::move(*compacted);
    most = std::max(most, segments.size());
  }
  EXPECT_LE(most, 6U);
}

}  // namespace
}  // namespace coppice::retrieval
