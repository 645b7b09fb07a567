#include "store/generation/generations.h"

#include <future>
#include <string>
#include <vector>

#include "tests/store/store_testing.h"

namespace coppice::store {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::int16_t kTemplate = 1;

class GenerationsTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    repo_ = AddRepo("alpha");
    first_ = Register("test/first");
    second_ = Register("test/second");
  }
  Generations& generations() { return store().generations(); }
  ModelNo Register(const std::string& name) {
    return Must(store().catalog().RegisterModel(name, std::string(64, 'a'), 4, Soon()));
  }
  ModelNo Serving() { return Must(generations().Serving(Soon()))->number; }
  std::vector<std::string> States() {
    std::vector<std::string> states;
    for (const Generation& generation : Must(generations().List(Soon()))) {
      static const char* const kNames[] = {"building", "serving", "kept"};
      states.push_back(generation.model.name + " " +
                       kNames[static_cast<std::size_t>(generation.state)]);
    }
    return states;
  }

  /// A blob with two texts that have vectors of this model.
  void WriteFacts(const std::string& word, ModelNo model) {
    const NewBlob blob = Blob(word);
    Must(store().writer().WriteBlobs(repo_.repo, std::vector{blob}, Soon()));
    WriteVectors(word, model);
    Must(store().writer().WriteFacts(repo_.repo, std::vector{Facts(blob.id, word)}, kTemplate,
                                     model, Soon()));
  }
  void WriteVectors(const std::string& word, ModelNo model) {
    std::vector<NewVector> vectors;
    for (const Sha256& input : Facts(Id(""), word).text_inputs) {
      vectors.push_back({input, {1, 0, 0, 0}});
    }
    Must(store().writer().WriteVectors(repo_.repo, model, vectors, kTemplate, Soon()));
  }
  /// A commit without files, indexed with a model.
  Result<void> MoveRef(const std::string& from, const std::string& to, ModelNo model) {
    Enqueue(repo_.repo, "HEAD", to);
    const JobRecord job = Claim();
    const std::vector<std::pair<ObjectId, std::string>> trees = {{Id("tree"), RawTree({})}};
    Must(store().writer().WriteCommit(job, {Id(to), Id("tree"), {}, 1, "", ""}, trees, Soon()));
    return store().writer().MoveRef(job,
                                    {repo_.repo,
                                     "HEAD",
                                     from.empty() ? ObjectId{} : Id(from),
                                     Id(to),
                                     {},
                                     0,
                                     {1, kTemplate, model},
                                     {}},
                                    Soon());
  }
  RefRecord Head() { return Must(store().catalog().ListRefs(repo_.repo, Soon())).at(0); }
  std::int64_t Gen() { return Must(store().catalog().FindRepo("alpha", Soon())).gen; }

  RepoRecord repo_;
  ModelNo first_;
  ModelNo second_;
};

TEST_F(GenerationsTest, TheFirstModelIsServedAtOnceAndOnlyTheFirst) {
  EXPECT_FALSE(Must(generations().Serving(Soon())).has_value());
  Must(generations().ServeFirst(first_, Soon()));
  Must(generations().ServeFirst(second_, Soon()));
  EXPECT_EQ(Serving(), first_);
  EXPECT_THAT(States(), ElementsAre("test/first serving"));
}

TEST_F(GenerationsTest, TwoDaemonsThatStartAtOnceServeOneModel) {
  const auto other = OpenAnother();
  auto theirs = std::async(std::launch::async,
                           [&] { return other->generations().ServeFirst(second_, Soon()); });
  Must(generations().ServeFirst(first_, Soon()));
  Must(theirs.get());
  EXPECT_EQ(States().size(), 1U);
}

TEST_F(GenerationsTest, ASwitchWaitsForTheLastVector) {
  Must(generations().ServeFirst(first_, Soon()));
  WriteFacts("alpha", first_);
  WriteFacts("beta", first_);
  Must(MoveRef("", "c1", first_));
  Must(generations().Begin(second_, Soon()));
  WriteVectors("alpha", second_);
  const std::int64_t gen = Gen();
  EXPECT_FALSE(Must(generations().Switch(second_, kTemplate, Soon())));
  EXPECT_EQ(Serving(), first_);
  EXPECT_EQ(Head().versions.model, first_);
  EXPECT_EQ(Gen(), gen);

  WriteVectors("beta", second_);
  EXPECT_TRUE(Must(generations().Switch(second_, kTemplate, Soon())));
  EXPECT_THAT(States(), ElementsAre("test/second serving", "test/first kept"));
  EXPECT_EQ(Head().versions.model, second_) << "its commit has all vectors of the new model";
  EXPECT_EQ(Gen(), gen + 1) << "followers read again";
}

TEST_F(GenerationsTest, AfterTheSwitchTheSameFactsAreComplete) {
  Must(generations().ServeFirst(first_, Soon()));
  WriteFacts("alpha", first_);
  const std::vector<ObjectWriter::FactKey> keys = {{Blob("alpha").id, Language::kCpp}};
  const auto missing = [&](ModelNo model) {
    return Must(store().writer().MissingFacts(repo_.repo, keys, {1, kTemplate, model}, Soon()));
  };
  EXPECT_THAT(missing(first_), IsEmpty());
  EXPECT_THAT(missing(second_), ElementsAre(keys[0]));
  WriteVectors("alpha", second_);
  EXPECT_THAT(missing(second_), IsEmpty()) << "nothing is parsed again for another model";
}

TEST_F(GenerationsTest, AJobThatBeganWithTheModelBeforeIsOvertaken) {
  Must(generations().ServeFirst(first_, Soon()));
  Must(MoveRef("", "c1", first_));
  Must(generations().Begin(second_, Soon()));
  ASSERT_TRUE(Must(generations().Switch(second_, kTemplate, Soon())));
  const auto late = MoveRef("c1", "c2", first_);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::kConflict);
  EXPECT_TRUE(late.error().retryable);
  EXPECT_EQ(Head().commit, Id("c1"));
}

TEST_F(GenerationsTest, BeginningAnotherKeepsWhatWasBeingBuilt) {
  const ModelNo third = Register("test/third");
  Must(generations().ServeFirst(first_, Soon()));
  Must(generations().Begin(second_, Soon()));
  Must(generations().Begin(second_, Soon()));
  Must(generations().Begin(third, Soon()));
  EXPECT_THAT(States(),
              ElementsAre("test/first serving", "test/third building", "test/second kept"));
  Must(generations().GiveUp(Soon()));
  EXPECT_EQ(CodeOf(generations().GiveUp(Soon())), ErrorCode::kNotFound);
  EXPECT_EQ(CodeOf(generations().Switch(third, kTemplate, Soon())), ErrorCode::kNotFound);
}

TEST_F(GenerationsTest, WhatIsServedIsNotBuilt) {
  Must(generations().ServeFirst(first_, Soon()));
  EXPECT_EQ(CodeOf(generations().Begin(first_, Soon())), ErrorCode::kConflict);
}

TEST_F(GenerationsTest, ProgressIsForPeople) {
  Must(generations().ServeFirst(first_, Soon()));
  Must(generations().Begin(second_, Soon()));
  Must(generations().Report(second_, 3, 10, "the model is away", Soon()));
  const Generation building = Must(generations().List(Soon())).at(1);
  EXPECT_EQ(building.done, 3);
  EXPECT_EQ(building.total, 10);
  EXPECT_EQ(building.problem, "the model is away");
  Must(generations().Report(first_, 9, 9, "not building", Soon()));
  EXPECT_EQ(Must(generations().List(Soon())).at(0).problem, "");
}

TEST_F(GenerationsTest, OnlyOneThatIsKeptCanBeDropped) {
  Must(generations().ServeFirst(first_, Soon()));
  WriteFacts("alpha", first_);
  EXPECT_EQ(CodeOf(generations().DropSome(first_, Soon())), ErrorCode::kConflict);
  EXPECT_EQ(CodeOf(generations().DropSome(second_, Soon())), ErrorCode::kNotFound);
  WriteVectors("alpha", second_);
  Must(generations().Begin(second_, Soon()));
  EXPECT_EQ(CodeOf(generations().DropSome(second_, Soon())), ErrorCode::kConflict);
  ASSERT_TRUE(Must(generations().Switch(second_, kTemplate, Soon())));
  while (Must(generations().DropSome(first_, Soon()))) {
  }
  EXPECT_EQ(Count("text_vector", fmt::format("model = {}", first_.value)), 0);
  EXPECT_EQ(Count("text_vector", fmt::format("model = {}", second_.value)), 2);
  EXPECT_THAT(States(), ElementsAre("test/second serving"));
}

}  // namespace
}  // namespace coppice::store
