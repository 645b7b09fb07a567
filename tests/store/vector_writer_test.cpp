#include <cmath>
#include <limits>
#include <map>

#include "store/object_reader.h"
#include "store/object_writer.h"
#include "tests/store/store_testing.h"

namespace coppice::store {
namespace {

using ::testing::ElementsAre;

constexpr std::int16_t kTemplate = 1;

class VectorWriterTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    repo_ = AddRepo("alpha");
    model_ = Must(store().catalog().RegisterModel("m", "1", 3, Soon()));
  }
  ObjectWriter& writer() { return store().writer(); }
  std::map<TextNo, std::vector<float>> ReadAll() {
    std::vector<TextNo> texts;
    for (int i = 0; i < 100; ++i) texts.emplace_back(i);
    const auto read = Must(store().reader().ReadVectors(repo_.space, model_, texts, Soon()));
    std::map<TextNo, std::vector<float>> vectors;
    for (std::size_t i = 0; i < read.texts.size(); ++i) {
      vectors[read.texts[i]] = {read.values.begin() + static_cast<long>(3 * i),
                                read.values.begin() + static_cast<long>(3 * i + 3)};
    }
    return vectors;
  }

  RepoRecord repo_;
  ModelNo model_;
};

TEST_F(VectorWriterTest, VectorsComeBackInHalfPrecision) {
  Must(writer().WriteVectors(repo_.repo, model_,
                             std::vector<NewVector>{{Sha256Of("a"), {0.5F, -0.25F, 1.0F}},
                                                    {Sha256Of("b"), {0.1F, 1e-7F, -70000.0F}}},
                             kTemplate, Soon()));
  const auto vectors = ReadAll();
  ASSERT_EQ(vectors.size(), 2U);
  std::vector<std::vector<float>> values;
  for (const auto& [text, value] : vectors) values.push_back(value);
  if (values[0][0] != 0.5F) std::swap(values[0], values[1]);
  EXPECT_THAT(values[0], ElementsAre(0.5F, -0.25F, 1.0F));
  EXPECT_NEAR(values[1][0], 0.1F, 1e-4);
  EXPECT_NEAR(values[1][1], 1e-7F, 6e-8);
  EXPECT_EQ(values[1][2], -65504.0F);
}

TEST_F(VectorWriterTest, WhatHasNoVectorIsListedOnce) {
  Must(writer().WriteVectors(repo_.repo, model_, std::vector<NewVector>{{Sha256Of("a"), {1, 0, 0}}}, kTemplate, Soon()));
  const std::vector<Sha256> inputs = {Sha256Of("z"), Sha256Of("a"), Sha256Of("b"), Sha256Of("z")};
  EXPECT_THAT(Must(writer().MissingVectors(repo_.repo, model_, inputs, kTemplate, Soon())),
              ElementsAre(Sha256Of("z"), Sha256Of("b")));
  const ModelNo other = Must(store().catalog().RegisterModel("m", "2", 3, Soon()));
  EXPECT_EQ(Must(writer().MissingVectors(repo_.repo, other, inputs, kTemplate, Soon())).size(), 3U);
  EXPECT_EQ(Must(writer().MissingVectors(repo_.repo, model_, inputs, kTemplate + 1, Soon())).size(), 3U);
}

TEST_F(VectorWriterTest, TextsHaveOneNumberWhoeverComesFirst) {
  Must(writer().WriteBlobs(repo_.repo, std::vector{Blob("x")}, Soon()));
  const NewFacts facts = Facts(Blob("x").id, "W");
  Must(writer().WriteVectors(repo_.repo, model_, std::vector<NewVector>{{facts.text_inputs[1], {1, 0, 0}}}, kTemplate,
                             Soon()));
  Must(writer().WriteFacts(repo_.repo, std::vector{facts}, kTemplate, model_, Soon()));
  Must(writer().WriteVectors(repo_.repo, model_, std::vector<NewVector>{{facts.text_inputs[0], {0, 1, 0}}}, kTemplate,
                             Soon()));
  const auto found = Must(store().reader().FindBlobs(repo_.repo, std::vector{Blob("x").id}, Soon()));
  const auto texts =
      Must(store().reader().ReadFacts(repo_.space, std::vector{found.begin()->second.blob}, Soon())).at(0).texts;
  const auto vectors = ReadAll();
  EXPECT_THAT(vectors.at(texts[0]), ElementsAre(0, 1, 0));
  EXPECT_THAT(vectors.at(texts[1]), ElementsAre(1, 0, 0));
  EXPECT_EQ(Count("text"), 2);
}

TEST_F(VectorWriterTest, TheFirstVectorOfATextStays) {
  for (const float x : {1.0F, 0.5F}) {
    Must(writer().WriteVectors(repo_.repo, model_, std::vector<NewVector>{{Sha256Of("a"), {x, 0, 0}}}, kTemplate, Soon()));
  }
  EXPECT_THAT(ReadAll().begin()->second, ElementsAre(1, 0, 0));
}

TEST_F(VectorWriterTest, AVectorThatDoesNotFitItsModelIsRefused) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const NewVector& vector : {NewVector{Sha256Of("a"), {1, 0}}, NewVector{Sha256Of("a"), {1, 0, nan}},
                                  NewVector{Sha256Of("a"), {}}}) {
    EXPECT_EQ(CodeOf(writer().WriteVectors(repo_.repo, model_, std::vector{vector}, kTemplate, Soon())),
              ErrorCode::kInvalidArgument);
  }
  EXPECT_EQ(CodeOf(writer().WriteVectors(repo_.repo, ModelNo(99), std::vector<NewVector>{{Sha256Of("a"), {1, 0, 0}}},
                                         kTemplate, Soon())),
            ErrorCode::kNotFound);
  EXPECT_EQ(Count("text"), 0);
}

}  // namespace
}  // namespace coppice::store
