#include "daemon/retrieval/answer/body_cache.h"

#include <vector>

#include <gmock/gmock.h>

namespace coppice::retrieval {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

constexpr store::SpaceNo kSpace{1};

/// A body of so many bytes for each blob but blob 0; remembers what it was asked for.
class CountingSource final : public BodySource {
 public:
  explicit CountingSource(std::size_t size) : size_(size) {}
  Result<std::unordered_map<store::BlobNo, std::string>> Read(store::SpaceNo space,
                                                              std::span<const store::BlobNo> blobs,
                                                              const Deadline&) override {
    if (away) return MakeError(ErrorCode::kUnavailable, "away");
    std::unordered_map<store::BlobNo, std::string> bodies;
    for (const store::BlobNo blob : blobs) {
      asked.push_back(space.value * 100 + blob.value);
      if (blob.value != 0) {
        bodies[blob] = std::string(size_, static_cast<char>('a' + space.value * 10 + blob.value));
      }
    }
    return bodies;
  }
  std::vector<int> asked;
  bool away = false;

 private:
  std::size_t size_;
};

std::vector<store::BlobNo> Blobs(const std::vector<int>& numbers) {
  std::vector<store::BlobNo> blobs;
  for (const int number : numbers) blobs.emplace_back(number);
  return blobs;
}

TEST(BodyCache, ReadsEachBodyOnce) {
  CountingSource source(1);
  BodyCache cache(source, 100);
  EXPECT_THAT(*cache.Read(kSpace, Blobs({1, 2}), Deadline::Never()),
              UnorderedElementsAre(Pair(store::BlobNo(1), "l"), Pair(store::BlobNo(2), "m")));
  EXPECT_THAT(*cache.Read(kSpace, Blobs({2, 3}), Deadline::Never()),
              UnorderedElementsAre(Pair(store::BlobNo(2), "m"), Pair(store::BlobNo(3), "n")));
  EXPECT_THAT(source.asked, ElementsAre(101, 102, 103));
}

TEST(BodyCache, OneNumberInTwoSpacesIsTwoBodies) {
  CountingSource source(1);
  BodyCache cache(source, 100);
  EXPECT_EQ(cache.Read(store::SpaceNo(1), Blobs({1}), Deadline::Never())->at(store::BlobNo(1)),
            "l");
  EXPECT_EQ(cache.Read(store::SpaceNo(2), Blobs({1}), Deadline::Never())->at(store::BlobNo(1)),
            "v");
}

TEST(BodyCache, WhatWasUsedLongestAgoGoesFirst) {
  CountingSource source(10);
  BodyCache cache(source, 80);
  for (const int blob : {1, 2, 3, 4, 5, 6, 7, 8}) {
    ASSERT_TRUE(cache.Read(kSpace, Blobs({blob}), Deadline::Never()));
  }
  ASSERT_TRUE(cache.Read(kSpace, Blobs({1}), Deadline::Never()));
  ASSERT_TRUE(cache.Read(kSpace, Blobs({9}), Deadline::Never()));
  source.asked.clear();
  ASSERT_TRUE(cache.Read(kSpace, Blobs({1, 2, 9}), Deadline::Never()));
  EXPECT_THAT(source.asked, ElementsAre(102));
}

TEST(BodyCache, WhatIsMissingOrLargeIsAskedForAgain) {
  CountingSource source(11);
  BodyCache cache(source, 80);
  EXPECT_TRUE(cache.Read(kSpace, Blobs({0}), Deadline::Never())->empty());
  ASSERT_TRUE(cache.Read(kSpace, Blobs({0, 1}), Deadline::Never()));
  ASSERT_TRUE(cache.Read(kSpace, Blobs({1}), Deadline::Never()));
  EXPECT_THAT(source.asked, ElementsAre(100, 100, 101, 101));
}

TEST(BodyCache, AnErrorIsNotKept) {
  CountingSource source(1);
  BodyCache cache(source, 80);
  source.away = true;
  EXPECT_EQ(cache.Read(kSpace, Blobs({1}), Deadline::Never()).error().code,
            ErrorCode::kUnavailable);
  source.away = false;
  EXPECT_TRUE(cache.Read(kSpace, Blobs({1}), Deadline::Never()));
}

}  // namespace
}  // namespace coppice::retrieval
