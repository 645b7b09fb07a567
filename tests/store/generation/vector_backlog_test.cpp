#include "store/generation/vector_backlog.h"

#include <limits>
#include <string>
#include <vector>

#include "tests/store/store_testing.h"

namespace coppice::store {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::int16_t kTemplate = 1;

class VectorBacklogTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    repo_ = AddRepo("alpha");
    model_ = Must(store().catalog().RegisterModel("test/m", std::string(64, 'a'), 2, Soon()));
    std::vector<NewBlob> blobs;
    std::vector<NewFacts> facts;
    for (const char* word : {"one", "two", "three"}) {
      blobs.push_back(Blob(word));
      facts.push_back(Facts(blobs.back().id, word));
    }
    Must(store().writer().WriteBlobs(repo_.repo, blobs, Soon()));
    Must(store().writer().WriteFacts(repo_.repo, facts, kTemplate, ModelNo(99), Soon()));
    all_ = Must(backlog().Spaces(Soon())).at(0);
  }
  VectorBacklog& backlog() { return store().vector_backlog(); }
  std::vector<BlobNo> Lacking(std::int16_t text_template = kTemplate) {
    return Must(backlog().Lacking(model_, all_, text_template, Soon()));
  }
  std::vector<TextNo> Texts(BlobNo blob) {
    return Must(store().reader().ReadFacts(repo_.space, std::vector{blob}, Soon())).at(0).texts;
  }
  Result<void> Write(const std::vector<TextNo>& texts, const std::vector<float>& values) {
    return backlog().Write(model_, repo_.space, texts, values, Soon());
  }

  RepoRecord repo_;
  ModelNo model_;
  BlobSpan all_;
};

TEST_F(VectorBacklogTest, BlobsLackUntilTheirLastTextHasAVector) {
  ASSERT_THAT(Lacking(), SizeIs(3));
  EXPECT_THAT(Lacking(7), IsEmpty()) << "of another template there is nothing";
  const BlobNo blob = Lacking()[1];
  const auto texts = Texts(blob);
  Must(Write({texts[0]}, {1, 0}));
  EXPECT_THAT(Lacking(), SizeIs(3));
  EXPECT_THAT(Must(backlog().WithoutVector(model_, repo_.space, texts, Soon())),
              ElementsAre(texts[1]));
  Must(Write({texts[1]}, {0, 1}));
  EXPECT_THAT(Lacking(), SizeIs(2));
}

TEST_F(VectorBacklogTest, ASpanIsLookedAtAlone) {
  const auto lacking = Lacking();
  EXPECT_THAT(Must(backlog().Lacking(model_, {repo_.space, lacking[0].value, lacking[1].value},
                                     kTemplate, Soon())),
              ElementsAre(lacking[0]));
}

TEST_F(VectorBacklogTest, AClaimKeepsOthersOutUntilItsEnd) {
  EXPECT_TRUE(Must(backlog().Claim(model_, all_, seconds(60), "one", Soon())));
  EXPECT_TRUE(Must(backlog().Claim(model_, all_, seconds(60), "one", Soon()))) << "prolonged";
  EXPECT_FALSE(Must(backlog().Claim(model_, all_, seconds(60), "two", Soon())));
  Must(backlog().Release(model_, all_, "two", Soon()));
  EXPECT_FALSE(Must(backlog().Claim(model_, all_, seconds(60), "two", Soon())));
  Must(backlog().Release(model_, all_, "one", Soon()));
  EXPECT_TRUE(Must(backlog().Claim(model_, all_, seconds(60), "two", Soon())));
}

TEST_F(VectorBacklogTest, WhatADeadDaemonClaimedIsFreeAgain) {
  ASSERT_TRUE(Must(backlog().Claim(model_, all_, seconds(60), "one", Soon())));
  Sql("UPDATE coppice.vector_claim SET until = now() - interval '1 second'");
  EXPECT_TRUE(Must(backlog().Claim(model_, all_, seconds(60), "two", Soon())));
}

TEST_F(VectorBacklogTest, VectorsOfTheWrongSizeOrNotFiniteAreRefused) {
  const auto texts = Texts(Lacking()[0]);
  EXPECT_EQ(CodeOf(Write({texts[0]}, {1, 0, 0})), ErrorCode::kInvalidArgument);
  EXPECT_EQ(CodeOf(Write({texts[0]}, {1, std::numeric_limits<float>::quiet_NaN()})),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(Count("text_vector"), 0);
}

TEST_F(VectorBacklogTest, ATextThatIsGoneIsLeftOut) {
  const auto texts = Texts(Lacking()[0]);
  Sql(fmt::format("DELETE FROM coppice.text WHERE text_no = {}", texts[0].value));
  Must(Write(texts, {1, 0, 0, 1}));
  EXPECT_EQ(Count("text_vector"), 1);
}

}  // namespace
}  // namespace coppice::store
