#include "indexer/pipeline.h"

#include <atomic>
#include <cstdlib>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/doorbell.h"
#include "indexer/git/repository.h"
#include "indexer/index_worker.h"
#include "indexer/ref_poller.h"
#include "indexer/stages/parse_stage.h"
#include "indexer/vector_filler.h"
#include "tests/support/borrowed_models.h"
#include "tests/support/pg_fixture.h"
#include "tests/support/temp_repo.h"

namespace coppice::indexer {
namespace {

using test::Soon;
using test::TempRepo;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

/// A model of eight dimensions that counts what it is asked.
class CountingEmbedder final : public embed::Embedder {
 public:
  explicit CountingEmbedder(std::string name = "test/counting")
      : info_{std::move(name), std::string(64, '0'), 8, 1 << 20} {}
  const embed::ModelInfo& info() const override { return info_; }
  Result<void> Embed(std::span<const std::string_view> inputs, embed::Purpose, std::span<float> out,
                     const Deadline&) const override {
    if (before) before();
    std::size_t at = 0;
    for (const std::string_view input : inputs) {
      if (!poison.empty() && input.find(poison) != std::string_view::npos) {
        return MakeError(ErrorCode::kCorrupt, "a value is not finite");
      }
      count += 1;
      const Sha256 digest = Sha256Of(input);
      for (std::size_t i = 0; i < 8; ++i) out[at++] = digest[i] < 128 ? 0.35355339F : -0.35355339F;
    }
    return {};
  }
  mutable std::atomic<int> count = 0;
  std::string poison;            // texts with it are answered with numbers that are not finite
  std::function<void()> before;  // each batch: what happens while a job runs

 private:
  embed::ModelInfo info_;
};

template <class T>
T Must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().ToString());
  return std::move(result).value();
}
void Must(const Result<void>& result) {
  if (!result) throw std::runtime_error(result.error().ToString());
}

ParserProcessOptions Parsers() {
  const char* folder = std::getenv("COPPICE_BIN_DIR");  // NOLINT(concurrency-mt-unsafe)
  ParserProcessOptions options;
  options.program = std::string(folder == nullptr ? "." : folder) + "/coppice-parser";
  return options;
}

/// Repositories on a fresh database, indexed by Step().
class PipelineTest : public test::PgTest {
 protected:
  void SetUp() override {
    test::PgTest::SetUp();
    pool_ = std::make_unique<ParserPool>(Parsers(), 2);
    model_ = Register(embedder_);
    Must(store().generations().ServeFirst(model_, Soon()));
    pipeline_ = std::make_unique<Pipeline>(store(), *pool_, models_.registry());
    poller_ = std::make_unique<RefPoller>(store());
    worker_ = std::make_unique<IndexWorker>(store(), *pipeline_, *poller_, mirrors_.path());
    filler_ = std::make_unique<VectorFiller>(store(), models_.registry(), "one");
  }
  /// The number of a model, which the daemon can run from now on.
  store::ModelNo Register(const embed::Embedder& embedder) {
    models_.Set(embedder);
    const embed::ModelInfo& info = embedder.info();
    return Must(store().catalog().RegisterModel(info.name, info.revision, info.dimensions, Soon()));
  }
  /// Has another model built and served.
  void SwitchTo(const embed::Embedder& embedder) {
    model_ = Register(embedder);
    Must(store().generations().Begin(model_, Soon()));
    EXPECT_TRUE(Must(filler_->Step(Soon())));
    EXPECT_EQ(Must(store().generations().Serving(Soon()))->number, model_);
  }
  void TearDown() override {
    filler_.reset();
    worker_.reset();
    poller_.reset();
    pipeline_.reset();
    pool_.reset();
    test::PgTest::TearDown();
  }

  store::RepoRecord Add(const std::filesystem::path& path, const std::string& name,
                        std::vector<std::string> refs = {"HEAD"}) {
    store::NewRepo repo;
    repo.name = name;
    repo.location = path.string();
    repo.ref_patterns = std::move(refs);
    const auto git = Must(OpenRepository(path.string()));
    repo.git_dir = git->git_dir();
    repo.root_commit = Must(git->RootCommit(Soon()));
    const store::RepoRecord record = Must(store().catalog().AddRepo(repo, Soon()));
    Must(poller_->Refresh(record, "add", Soon()));
    return record;
  }

  /// Looks for moved refs and does every job that is due.
  void Index() {
    Must(poller_->Step(Soon()));
    while (Must(worker_->Step(Soon()))) {
    }
  }

  /// From now on what could not be done is tried again at once.
  void LoseAllPatience() {
    RefPoller::Patience none;
    none.unread = none.failed = none.longest = std::chrono::milliseconds(0);
    poller_ = std::make_unique<RefPoller>(store(), none);
    worker_ = std::make_unique<IndexWorker>(store(), *pipeline_, *poller_, mirrors_.path());
  }

  /// Does every job that is due with a parser that the blobs tell what to do.
  void IndexWithBadParser() {
    ParserProcessOptions options = Parsers();
    options.program =
        (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "coppice-test-parser")
            .string();
    ParserPool bad(options, 2);
    Pipeline pipeline(store(), bad, models_.registry());
    IndexWorker worker(store(), pipeline, *poller_, mirrors_.path());
    while (Must(worker.Step(Soon()))) {
    }
  }

  store::RefRecord Ref(const store::RepoRecord& repo, const std::string& name = "HEAD") {
    for (const auto& ref : Must(store().catalog().ListRefs(repo.repo, Soon()))) {
      if (ref.name == name) return ref;
    }
    return {};
  }

  /// Path -> blob of the commit served, read from the database alone.
  std::map<std::string, store::FileEntry> Files(const store::RepoRecord& repo) {
    const auto source = store().reader().Source(repo.repo, Soon());
    const auto commit = Must(store().reader().ReadCommit(repo.repo, Ref(repo).commit, Soon()));
    std::map<std::string, store::FileEntry> files;
    for (auto& file : Must(store::WalkTree(*source, commit.tree, "", Soon())).files)
      files[file.path] = file;
    return files;
  }

  store::BlobRecord Blob(const store::RepoRecord& repo, const std::string& path) {
    const store::ObjectId id = Files(repo).at(path).blob;
    return Must(store().reader().FindBlobs(repo.repo, std::vector{id}, Soon())).at(id.bytes);
  }

  std::vector<store::StoredFacts> Facts(const store::RepoRecord& repo, const std::string& path) {
    const store::BlobNo blob = Blob(repo, path).blob;
    return Must(store().reader().ReadFacts(repo.space, std::vector{blob}, Soon()));
  }

  std::vector<std::string> Symbols(const store::RepoRecord& repo, const std::string& path) {
    std::vector<std::string> symbols;
    for (const auto& stored : Facts(repo, path)) {
      for (const auto& definition : stored.facts.definitions) symbols.push_back(definition.symbol);
    }
    return symbols;
  }

  /// How many texts of these files have a vector of the model in use.
  std::size_t VectorsOf(const store::RepoRecord& repo, const std::vector<std::string>& paths) {
    std::vector<store::TextNo> texts;
    for (const std::string& path : paths) {
      for (const auto& stored : Facts(repo, path)) {
        texts.insert(texts.end(), stored.texts.begin(), stored.texts.end());
      }
    }
    return Must(store().reader().ReadVectors(repo.space, model_, texts, Soon())).texts.size();
  }

  std::string Body(const store::RepoRecord& repo, const std::string& path) {
    const store::BlobNo blob = Blob(repo, path).blob;
    return Must(store().reader().ReadBodies(repo.space, std::vector{blob}, Soon())).at(blob);
  }

  /// How often something was embedded since the last call.
  int Embedded() { return embedder_.count.exchange(0); }

  test::TempFolder mirrors_;
  CountingEmbedder embedder_;
  test::BorrowedModels models_;
  store::ModelNo model_;  // served
  std::unique_ptr<ParserPool> pool_;
  std::unique_ptr<Pipeline> pipeline_;
  std::unique_ptr<RefPoller> poller_;
  std::unique_ptr<IndexWorker> worker_;
  std::unique_ptr<VectorFiller> filler_;
};

TEST_F(PipelineTest, IndexesARepository) {
  TempRepo git;
  const std::string head = git.Write("src/a.cpp", "int f() { return 1; }\n")
                               .Write("README.md", "# Title\n\ntext\n")
                               .Write("empty.py", "")
                               .Commit("one");
  const auto repo = Add(git.path(), "a");
  Index();
  const store::RefRecord ref = Ref(repo);
  EXPECT_EQ(ref.commit.ToHex(), head);
  EXPECT_EQ(ref.coverage.indexed, 3);
  EXPECT_EQ(ref.coverage.pending, 0);
  EXPECT_EQ(ref.chunk_count, 2);  // the empty file has none
  EXPECT_THAT(Symbols(repo, "src/a.cpp"), ElementsAre("f"));
  EXPECT_THAT(Symbols(repo, "README.md"), ElementsAre("Title"));
  EXPECT_EQ(Body(repo, "README.md"), "# Title\n\ntext\n");
  EXPECT_EQ(Embedded(), 2);
}

TEST_F(PipelineTest, WithAlmostNoMemoryItIsSlowerAndTheSame) {
  std::string text;
  for (int i = 0; i < 12'000; ++i) text += "int value" + std::to_string(i) + " = 1;\n";
  TempRepo git;
  for (int i = 0; i < 5; ++i) {
    git.Write("file" + std::to_string(i) + ".c", text + "// " + std::to_string(i) + "\n");
  }
  git.Commit("first");
  const store::RepoRecord repo = Add(git.path(), "alpha");
  Pipeline tight(store(), *pool_, models_.registry(), {.batch_memory_bytes = 1});
  IndexWorker worker(store(), tight, *poller_, mirrors_.path());
  while (Must(worker.Step(Soon()))) {
  }
  EXPECT_EQ(Ref(repo).coverage.indexed, 5);
  EXPECT_EQ(Facts(repo, "file4.c").at(0).facts.definitions.size(), 12'000U);
}

TEST_F(PipelineTest, ACommitWithMoreFilesThanMemoryFailsWithTheRemedy) {
  TempRepo git;
  git.Write("a.c", "int a;\n").Commit("first");
  const store::RepoRecord repo = Add(git.path(), "alpha");
  MemoryBudget memory(10);
  Pipeline tight(store(), *pool_, models_.registry(), {.memory = &memory});
  IndexWorker worker(store(), tight, *poller_, mirrors_.path());
  while (Must(worker.Step(Soon()))) {
  }
  const auto jobs = Must(store().jobs().ListOf(repo.repo, 10, Soon()));
  ASSERT_EQ(jobs.size(), 1U);
  EXPECT_EQ(jobs[0].state, store::JobState::kFailed);
  EXPECT_EQ(jobs[0].error_code, "resource_exhausted");
  EXPECT_THAT(jobs[0].error, ::testing::HasSubstr("raise memory.limit_mib"));
}

TEST(BatchLimits, AreSmallerWithLessMemory) {
  EXPECT_EQ(LimitsWithin(std::uint64_t{256} << 20U).bytes, std::size_t{8} << 20U);
  EXPECT_EQ(LimitsWithin(std::uint64_t{60} << 20U).bytes, std::size_t{2} << 20U);
  EXPECT_EQ(LimitsWithin(0).bytes, std::size_t{256} << 10U);
}

TEST_F(PipelineTest, EveryChunkHasItsVector) {
  TempRepo git;
  git.Write("a.py", "def f():\n  pass\n").Write("b.c", "int g(void);\n").Commit("one");
  const auto repo = Add(git.path(), "a");
  Index();
  EXPECT_EQ(VectorsOf(repo, {"a.py", "b.c"}), 2U);
}

TEST_F(PipelineTest, AnotherModelIsBuiltBesideWithoutParsingAgain) {
  TempRepo git;
  git.Write("a.py", "def f():\n  pass\n").Write("b.c", "int g(void);\n").Commit("one");
  const auto repo = Add(git.path(), "a");
  Index();
  const std::string facts =
      Sql("SELECT string_agg(f::text, '|' ORDER BY f::text) FROM coppice.blob_fact f");
  const CountingEmbedder other("test/other");
  SwitchTo(other);
  EXPECT_EQ(VectorsOf(repo, {"a.py", "b.c"}), 2U);
  EXPECT_EQ(other.count, 2);
  EXPECT_EQ(Ref(repo).versions.model, model_);
  EXPECT_FALSE(Must(poller_->Step(Soon()))) << "every ref is up to date";
  EXPECT_EQ(Sql("SELECT string_agg(f::text, '|' ORDER BY f::text) FROM coppice.blob_fact f"),
            facts);
}

TEST_F(PipelineTest, WhatTheFillerEmbedsIsWhatThePipelineWould) {
  TempRepo git;
  git.Write("a.py", "# Adds.\ndef f(a, b):\n  return a + b\n\nclass G:\n  def h(self): pass\n")
      .Write("c.md", "# Title\n\ntext\n")
      .Commit("one");
  const auto repo = Add(git.path(), "a");
  Index();
  const auto vectors = [&] {
    return Sql(
        "SELECT string_agg(text_no || v::text, '|' ORDER BY text_no) FROM coppice.text_vector "
        "WHERE model = " +
        std::to_string(model_.value));
  };
  const std::string piped = vectors();  // a vector of this model is a function of the text alone
  const CountingEmbedder other("test/other");
  SwitchTo(other);
  EXPECT_EQ(vectors(), piped);
}

TEST_F(PipelineTest, ACommitWhileAnotherModelIsBuiltIsServedByBoth) {
  TempRepo git;
  git.Write("a.py", "def f():\n  pass\n").Commit("one");
  const auto repo = Add(git.path(), "a");
  Index();
  const CountingEmbedder other("test/other");
  const store::ModelNo next = Register(other);
  Must(store().generations().Begin(next, Soon()));
  git.Write("a.py", "def g():\n  pass\n").Commit("two");
  Index();
  EXPECT_EQ(VectorsOf(repo, {"a.py"}), 1U);
  EXPECT_EQ(Ref(repo).versions.model, model_);
  SwitchTo(other);
  EXPECT_EQ(VectorsOf(repo, {"a.py"}), 1U);
  git.Write("a.py", "def f():\n  pass\n").Commit("three");  // known already
  Index();
  EXPECT_EQ(VectorsOf(repo, {"a.py"}), 1U);
  EXPECT_EQ(Ref(repo).versions.model, next);
  EXPECT_EQ(other.count, 2);
}

// The model is switched between the last batch and the move of the ref.
TEST_F(PipelineTest, AJobThatTheSwitchOvertookIsDoneAgainWithTheNewModel) {
  TempRepo git;
  git.Write("a.py", "def f():\n  pass\n").Commit("one");
  const auto repo = Add(git.path(), "a");
  Index();
  const CountingEmbedder other("test/other");
  git.Write("b.py", "def g():\n  pass\n").Commit("two");
  bool switched = false;
  embedder_.before = [&] {
    if (!std::exchange(switched, true)) SwitchTo(other);
  };
  Index();
  embedder_.before = nullptr;
  EXPECT_NE(Ref(repo).commit, Ref(repo).head) << "the job that began with the old model gave way";
  Sql("UPDATE coppice.job SET run_after = now()");
  Index();
  EXPECT_EQ(Ref(repo).commit, Ref(repo).head);
  EXPECT_EQ(VectorsOf(repo, {"a.py", "b.py"}), 2U);
}

TEST_F(PipelineTest, FillersOfTwoDaemonsShareTheWork) {
  TempRepo git;
  for (int i = 0; i < 40; ++i) {
    git.Write("f" + std::to_string(i) + ".py", "def f" + std::to_string(i) + "():\n  pass\n");
  }
  git.Commit("one");
  const auto repo = Add(git.path(), "a");
  Index();
  const CountingEmbedder other("test/other");
  const store::ModelNo next = Register(other);
  Must(store().generations().Begin(next, Soon()));
  VectorFiller second(store(), models_.registry(), "two", {.span_blobs = 4});
  VectorFiller first(store(), models_.registry(), "one", {.span_blobs = 4});
  auto helped = std::async(std::launch::async, [&] { return second.Step(Soon()); });
  Must(first.Step(Soon()));
  Must(helped.get());
  while (Must(store().generations().Serving(Soon()))->number != next) Must(first.Step(Soon()));
  EXPECT_EQ(other.count, 40) << "nothing is embedded twice";
  EXPECT_EQ(Sql("SELECT count(*) FROM coppice.vector_claim"), "0");
}

TEST_F(PipelineTest, AModelThatCannotBeRunSaysSoInItsGeneration) {
  TempRepo git;
  git.Write("a.py", "def f():\n  pass\n").Commit("one");
  Add(git.path(), "a");
  Index();
  const CountingEmbedder other("test/other");
  Must(store().generations().Begin(Register(other), Soon()));
  models_.Forget("test/other");
  EXPECT_FALSE(filler_->Step(Soon()).has_value());
  EXPECT_THAT(Must(store().generations().List(Soon()))[1].problem,
              ::testing::HasSubstr("no model test/other"));
}

TEST_F(PipelineTest, ATextWhoseVectorIsNotFiniteIsFoundByItsWordsAlone) {
  TempRepo git;
  git.Write("a.py", "def f():\n  pass\n").Write("b.py", "def poison():\n  pass\n").Commit("one");
  embedder_.poison = "poison";
  const auto repo = Add(git.path(), "a");
  Index();
  EXPECT_EQ(Ref(repo).commit, Ref(repo).head);
  EXPECT_EQ(VectorsOf(repo, {"a.py", "b.py"}), 2U);
  EXPECT_EQ(Sql("SELECT count(*) FROM coppice.text_vector WHERE v::text = '[0,0,0,0,0,0,0,0]'"),
            "1");
}

/// A daemon that indexes and leaves the vectors to others.
class IndexOnlyTest : public PipelineTest {
 protected:
  void SetUp() override {
    PipelineTest::SetUp();
    pipeline_ = std::make_unique<Pipeline>(store(), *pool_, models_.registry(),
                                           Pipeline::Options{.embed = false});
    worker_ = std::make_unique<IndexWorker>(store(), *pipeline_, *poller_, mirrors_.path());
  }
};

TEST_F(IndexOnlyTest, ACommitIsServedAndItsVectorsFollow) {
  TempRepo git;
  git.Write("a.py", "def f():\n  pass\n").Write("b.c", "int g(void);\n").Commit("one");
  const auto repo = Add(git.path(), "a");
  Index();
  EXPECT_EQ(Ref(repo).commit, Ref(repo).head);
  EXPECT_EQ(Ref(repo).versions.model, store::kNoModel);
  EXPECT_EQ(Embedded(), 0);
  EXPECT_FALSE(Must(poller_->Step(Soon()))) << "no other job is made for it";
  const std::int64_t gen = Must(store().catalog().FindRepo("a", Soon())).gen;
  EXPECT_TRUE(Must(filler_->Step(Soon())));
  EXPECT_EQ(Ref(repo).versions.model, model_);
  EXPECT_EQ(VectorsOf(repo, {"a.py", "b.c"}), 2U);
  EXPECT_GT(Must(store().catalog().FindRepo("a", Soon())).gen, gen) << "followers are woken";
  EXPECT_FALSE(Must(filler_->Step(Soon()))) << "nothing is left to do";
  EXPECT_EQ(Embedded(), 2);
}

TEST_F(IndexOnlyTest, WithoutItsModelWhatIsPendingWaits) {
  TempRepo git;
  git.Write("a.py", "def f():\n  pass\n").Commit("one");
  const auto repo = Add(git.path(), "a");
  Index();
  models_.Forget("test/counting");
  EXPECT_FALSE(filler_->Step(Soon()).has_value());
  EXPECT_EQ(Ref(repo).versions.model, store::kNoModel);
}

TEST_F(IndexOnlyTest, AnotherModelIsServedOnlyWithWhatIsPending) {
  TempRepo git;
  git.Write("a.py", "def f():\n  pass\n").Commit("one");
  const auto repo = Add(git.path(), "a");
  Index();
  const CountingEmbedder other("test/other");
  SwitchTo(other);
  EXPECT_EQ(Ref(repo).versions.model, model_);
  EXPECT_EQ(VectorsOf(repo, {"a.py"}), 1U);
}

TEST_F(PipelineTest, TheSecondCommitCostsWhatItChanges) {
  TempRepo git;
  for (int i = 0; i < 30; ++i) {
    git.Write("f" + std::to_string(i) + ".py", "def f" + std::to_string(i) + "():\n  pass\n");
  }
  git.Commit("one");
  const auto repo = Add(git.path(), "a");
  Index();
  EXPECT_EQ(Embedded(), 30);
  const std::string second = git.Write("f3.py", "def changed():\n  pass\n").Commit("two");
  Index();
  EXPECT_EQ(Ref(repo).commit.ToHex(), second);
  EXPECT_EQ(Embedded(), 1);
  EXPECT_THAT(Symbols(repo, "f3.py"), ElementsAre("changed"));
  EXPECT_EQ(Ref(repo).chunk_count, 30);
}

TEST_F(PipelineTest, ARevertAndARenameAreFree) {
  TempRepo git;
  git.Write("a.py", "def a():\n  pass\n").Commit("one");
  const auto repo = Add(git.path(), "a");
  Index();
  git.Write("a.py", "def b():\n  pass\n").Commit("two");
  Index();
  Embedded();
  git.Write("a.py", "def a():\n  pass\n").Commit("three");
  Index();
  git.Git({"mv", "a.py", "moved.py"});
  const std::string last = git.Commit("four");
  Index();
  EXPECT_EQ(Ref(repo).commit.ToHex(), last);
  EXPECT_THAT(Symbols(repo, "moved.py"), ElementsAre("a"));
  EXPECT_EQ(Embedded(), 0);
}

TEST_F(PipelineTest, NothingNewMakesNoJob) {
  TempRepo git;
  git.Write("a.py", "x = 1\n").Commit("one");
  const auto repo = Add(git.path(), "a");
  Index();
  const std::int64_t gen = Must(store().catalog().FindRepo("a", Soon())).gen;
  EXPECT_FALSE(Must(poller_->Step(Soon())));
  EXPECT_FALSE(Must(worker_->Step(Soon())));
  EXPECT_EQ(Must(store().catalog().FindRepo("a", Soon())).gen, gen);
}

TEST_F(PipelineTest, OneBlobUnderTwoExtensionsHasFactsOfBoth) {
  TempRepo git;
  const std::string text = "int f(int a) { return a; }\n";
  git.Write("a.c", text).Write("b.cpp", text).Write("c.txt", text).Commit("one");
  const auto repo = Add(git.path(), "a");
  Index();
  std::set<Language> grammars;
  for (const auto& stored : Facts(repo, "a.c")) grammars.insert(stored.facts.grammar);
  EXPECT_THAT(grammars, UnorderedElementsAre(Language::kC, Language::kCpp, Language::kUnknown));
  EXPECT_EQ(Blob(repo, "a.c").blob, Blob(repo, "b.cpp").blob);
  EXPECT_EQ(Ref(repo).coverage.indexed, 3);
  EXPECT_EQ(Ref(repo).chunk_count, 3);
}

TEST_F(PipelineTest, AForkSharesWhatItHasInCommon) {
  TempRepo git;
  for (int i = 0; i < 10; ++i) {
    git.Write("f" + std::to_string(i) + ".py", "def f" + std::to_string(i) + "():\n  pass\n");
  }
  git.Commit("one");
  test::RunGit(git.folder(), {"clone", "--quiet", git.path().string(), "fork"});
  const auto one = Add(git.path(), "one");
  Index();
  Embedded();
  const std::string rows = Sql("SELECT count(*) FROM coppice.blob");
  const auto two = Add(git.folder() / "fork", "two");
  Index();
  EXPECT_EQ(one.space, two.space);
  EXPECT_EQ(Ref(two).coverage.indexed, 10);
  EXPECT_EQ(Embedded(), 0);
  EXPECT_EQ(Sql("SELECT count(*) FROM coppice.blob"), rows);
  EXPECT_EQ(Blob(one, "f1.py").blob, Blob(two, "f1.py").blob);
}

TEST_F(PipelineTest, AnUnrelatedRepositoryHasASpaceOfItsOwn) {
  TempRepo a;
  a.Write("same.py", "x = 1\n").Commit("one");
  TempRepo b;
  b.Write("other.py", "y = 1\n").Write("same.py", "x = 1\n").Commit("one");
  const auto one = Add(a.path(), "one");
  const auto two = Add(b.path(), "two");
  Index();
  EXPECT_NE(one.space, two.space);
  EXPECT_EQ(Body(two, "same.py"), "x = 1\n");
}

TEST_F(PipelineTest, HostileNamesAndBytesCostNothing) {
  TempRepo git;
  const std::string name = "na\xFFme\n\t\"'\\.py";
  const std::string nul = "a = '" + std::string(9000, 'x') + std::string(1, '\0') + "'\nb = 2\n";
  git.Write(name, "def \xFF\xFE():\n  pass\n")
      .Write("crlf.py",
             "\xEF\xBB\xBF"
             "def f():\r\n  pass\r\n")
      .Write("dir with space/\xC3\xA9.c", "int caf\xC3\xA9;\n")
      .Write("late_nul.py", "# " + std::string(80, 'c') + "\n" + std::string(100, '\n') + nul)
      .Write("-rf", "text\n");
  git.Commit("one");
  const auto repo = Add(git.path(), "a");
  Index();
  EXPECT_EQ(Ref(repo).coverage.pending, 0);
  EXPECT_TRUE(Files(repo).count(name) == 1);
  EXPECT_EQ(Body(repo, name), "def \xFF\xFE():\n  pass\n");
  EXPECT_EQ(Body(repo, "crlf.py"),
            "\xEF\xBB\xBF"
            "def f():\r\n  pass\r\n");
  EXPECT_THAT(Symbols(repo, "crlf.py"), ElementsAre("f"));
  EXPECT_THAT(Symbols(repo, "dir with space/\xC3\xA9.c"), ElementsAre("caf\xC3\xA9"));
}

TEST_F(PipelineTest, WhatIsSkippedHasItsReason) {
  TempRepo git;
  git.Write("binary.py", std::string("\0\1\2", 3))
      .Write("large.c", std::string((1U << 20U) + 1, '\n'))
      .Write("min.js", std::string(9000, 'x'))
      .Write("gen.go", "// Code generated by x. DO NOT EDIT.\npackage p\n")
      .Write("attr.py", "x = 1\n")
      .Write("data.py", "x = 1\n")
      .Write(".gitattributes", "attr.py linguist-generated\ndata.py binary\n")
      .Write("fine.py", "y = 1\n")
      .Commit("one");
  const auto repo = Add(git.path(), "a");
  Index();
  using store::Reason;
  EXPECT_EQ(Blob(repo, "binary.py").reason, Reason::kBinary);
  EXPECT_EQ(Blob(repo, "large.c").reason, Reason::kTooLarge);
  EXPECT_EQ(Blob(repo, "min.js").reason, Reason::kMinified);
  EXPECT_EQ(Blob(repo, "gen.go").reason, Reason::kGenerated);
  EXPECT_EQ(Files(repo).at("attr.py").reason, Reason::kGeneratedAttribute);
  EXPECT_EQ(Files(repo).at("data.py").reason, Reason::kBinaryAttribute);
  EXPECT_EQ(Ref(repo).coverage.skipped, 6);
  EXPECT_EQ(Ref(repo).coverage.indexed, 2);  // fine.py and .gitattributes
}

TEST_F(PipelineTest, ABlobThatTheParserCannotCopeWithIsQuarantinedAsLines) {
  TempRepo git;
  git.Write("bad.c", "abort\n").Write("good.c", "int a;\n").Commit("one");
  const auto repo = Add(git.path(), "a");
  IndexWithBadParser();
  EXPECT_EQ(Ref(repo).coverage.quarantined, 1);
  EXPECT_EQ(Ref(repo).coverage.indexed, 1);
  EXPECT_EQ(Facts(repo, "bad.c").at(0).facts.status, store::ParseStatus::kFellBack);
  EXPECT_EQ(Facts(repo, "bad.c").at(0).facts.reason, store::Reason::kParserCrashed);
  EXPECT_EQ(Body(repo, "bad.c"), "abort\n");
}

TEST_F(PipelineTest, AGrammarThatFailsCostsOnlyTheFilesOfItsLanguage) {
  TempRepo git;
  git.Write("bad.cpp", "c++ aborts\n").Write("fine.txt", "c++ aborts\n").Commit("one");
  const auto repo = Add(git.path(), "a");
  IndexWithBadParser();
  EXPECT_EQ(Blob(repo, "bad.cpp").blob, Blob(repo, "fine.txt").blob);
  EXPECT_EQ(Ref(repo).coverage.quarantined, 1);
  EXPECT_EQ(Ref(repo).coverage.indexed, 1);
}

TEST_F(PipelineTest, ANewExtractorGivesWhatWasQuarantinedAnotherChance) {
  TempRepo git;
  git.Write("bad.cpp", "c++ aborts\n").Commit("one");
  const auto repo = Add(git.path(), "a");
  IndexWithBadParser();
  ASSERT_EQ(Ref(repo).coverage.quarantined, 1);
  // As if the extractor before this one had done it.
  Sql("UPDATE coppice.blob_fact SET extractor = extractor - 1");
  Sql("UPDATE coppice.git_ref SET extractor = extractor - 1");
  Index();
  EXPECT_EQ(Ref(repo).coverage.quarantined, 0);
  EXPECT_EQ(Ref(repo).coverage.indexed, 1);
}

TEST_F(PipelineTest, ACancelledJobStopsAndTheNextOneGoesOn) {
  TempRepo git;
  for (int i = 0; i < 600; ++i) {
    git.Write("f" + std::to_string(i) + ".py", "def f" + std::to_string(i) + "():\n  pass\n");
  }
  const std::string head = git.Commit("one");
  const auto repo = Add(git.path(), "a");
  const auto job = Must(store().jobs().Claim(std::chrono::seconds(60), Soon()));
  ASSERT_TRUE(job);
  int reports = 0;
  const auto stopped = pipeline_->Run(
      *job, repo, Ref(repo), Ref(repo).head,
      [&](const store::JobProgress&) -> Result<void> {
        if (++reports < 4) return {};  // scan, parse, the first batch
        return MakeError(ErrorCode::kCancelled, "the job was cancelled");
      },
      Soon());
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::kCancelled);
  EXPECT_TRUE(Ref(repo).commit.empty());
  const int before = Embedded();
  EXPECT_GT(before, 0);
  Must(store().jobs().Release(*job, Soon()));
  Index();
  EXPECT_EQ(Ref(repo).commit.ToHex(), head);
  EXPECT_EQ(before + Embedded(), 600);  // what was written is not done again
}

TEST_F(PipelineTest, BranchesAreIndexedByTheirPatterns) {
  TempRepo git;
  git.Write("a.py", "def one():\n  pass\n").Commit("one");
  git.Git({"checkout", "--quiet", "-b", "release/1"});
  const std::string release = git.Write("a.py", "def release():\n  pass\n").Commit("two");
  git.Git({"checkout", "--quiet", "main"});
  const auto repo = Add(git.path(), "a", {"HEAD", "release/*"});
  Index();
  EXPECT_EQ(Ref(repo, "refs/heads/release/1").commit.ToHex(), release);
  EXPECT_FALSE(Ref(repo).commit.empty());
  git.Git({"branch", "-D", "release/1"});
  Index();
  EXPECT_TRUE(Ref(repo, "refs/heads/release/1").name.empty());  // no longer tracked
}

TEST_F(PipelineTest, AnUnbornHeadWaitsForItsFirstCommit) {
  TempRepo git;
  const auto repo = Add(git.path(), "a");
  Index();
  EXPECT_TRUE(Ref(repo).commit.empty());
  const std::string head = git.Write("a.py", "x = 1\n").Commit("one");
  Index();
  EXPECT_EQ(Ref(repo).commit.ToHex(), head);
}

TEST_F(PipelineTest, ARepositoryThatVanishedHasAProblemAndKeepsItsIndex) {
  TempRepo git;
  const std::string head = git.Write("a.py", "x = 1\n").Commit("one");
  const auto repo = Add(git.path(), "a");
  Index();
  std::filesystem::rename(git.path(), git.folder() / "elsewhere");
  Must(poller_->Step(Soon()));
  EXPECT_NE(Must(store().catalog().FindRepo("a", Soon())).problem, "");
  EXPECT_EQ(Ref(repo).commit.ToHex(), head);
  std::filesystem::rename(git.folder() / "elsewhere", git.path());
  Must(poller_->Step(Soon()));
  EXPECT_EQ(Must(store().catalog().FindRepo("a", Soon())).problem, "");
}

TEST_F(PipelineTest, ARemoteIsMirroredThenIndexed) {
  TempRepo git;
  const std::string head = git.Write("a.py", "def f():\n  pass\n").Commit("one");
  store::NewRepo remote;
  remote.name = "remote";
  remote.location = "file://" + git.path().string();
  remote.remote = true;
  remote.ref_patterns = {"HEAD"};
  const auto repo = Must(store().catalog().AddRepo(remote, Soon()));
  Must(store().jobs().Enqueue(repo.repo, "", {}, "add", Soon()));
  Index();
  EXPECT_EQ(Ref(repo).commit.ToHex(), head);
}

TEST_F(PipelineTest, ACloneByUrlSharesTheSpaceOfALocalOne) {
  TempRepo git;
  git.Write("a.py", "def f():\n  pass\n").Commit("one");
  const auto local = Add(git.path(), "local");
  Index();
  Embedded();
  store::NewRepo remote;
  remote.name = "remote";
  remote.location = "file://" + git.path().string();
  remote.remote = true;
  const auto added = Must(store().catalog().AddRepo(remote, Soon()));
  EXPECT_NE(added.space, local.space) << "it is not known yet what it is";
  Must(store().jobs().Enqueue(added.repo, "", {}, "add", Soon()));
  Index();
  EXPECT_EQ(Must(store().catalog().FindRepo("remote", Soon())).space, local.space);
  EXPECT_EQ(Ref(added).coverage.indexed, 1);
  EXPECT_EQ(Embedded(), 0);
  EXPECT_EQ(Sql("SELECT count(*) FROM coppice.space"), "1");
}

TEST_F(PipelineTest, AnotherSubtreeIsIndexedWithoutACommit) {
  TempRepo git;
  git.Write("src/a.py", "x = 1\n").Write("lib/b.py", "y = 1\n").Commit("one");
  const auto repo = Add(git.path(), "a");
  Index();
  EXPECT_EQ(Ref(repo).coverage.indexed, 2);
  Sql("UPDATE coppice.repo SET subtree = 'src'");
  Index();
  EXPECT_EQ(Ref(repo).coverage.indexed, 1);
  EXPECT_EQ(Ref(repo).subtree, "src");
  EXPECT_FALSE(Must(poller_->Step(Soon())));
}

TEST_F(PipelineTest, ASubtreeThatIsNotThereFailsTheJobAndSaysSo) {
  TempRepo git;
  git.Write("src/a.py", "x = 1\n").Commit("one");
  const auto repo = Add(git.path(), "a");
  Sql("UPDATE coppice.repo SET subtree = 'sorce'");
  Index();
  EXPECT_TRUE(Ref(repo).commit.empty());
  EXPECT_EQ(Sql("SELECT state FROM coppice.job"), "3");
  EXPECT_NE(Sql("SELECT error FROM coppice.job").find("has no folder 'sorce'"), std::string::npos);
}

TEST_F(PipelineTest, ABranchThatGoesBackAndForthIsFollowedEachTime) {
  TempRepo git;
  const std::string one = git.Write("a.py", "x = 1\n").Commit("one");
  const auto repo = Add(git.path(), "a");
  Index();
  const std::string two = git.Write("a.py", "x = 2\n").Commit("two");
  EXPECT_TRUE(Must(poller_->Step(Soon())));
  git.Git({"reset", "--quiet", "--hard", one});
  Index();  // the job for `two` finds nothing to do
  EXPECT_EQ(Ref(repo).commit.ToHex(), one);
  git.Git({"reset", "--quiet", "--hard", two});
  Index();
  EXPECT_EQ(Ref(repo).commit.ToHex(), two);
}

TEST_F(PipelineTest, ABranchThatIsMadeAgainWhereItWasIsIndexed) {
  TempRepo git;
  git.Write("a.py", "x = 1\n").Commit("one");
  const auto repo = Add(git.path(), "a", {"HEAD", "topic/*"});
  Index();
  git.Git({"branch", "topic/x"});
  EXPECT_TRUE(Must(poller_->Step(Soon())));
  git.Git({"branch", "-D", "topic/x"});
  Index();  // the job for it fails: it is not tracked any more
  git.Git({"branch", "topic/x"});
  Index();
  EXPECT_FALSE(Ref(repo, "refs/heads/topic/x").commit.empty());
}

TEST_F(PipelineTest, AHeadWhoseJobFailedIsQueuedAgainWhenTheRepositoryIsBack) {
  TempRepo git;
  git.Write("a.py", "x = 1\n").Commit("one");
  const auto repo = Add(git.path(), "a");
  std::filesystem::rename(git.path(), git.folder() / "elsewhere");
  Must(poller_->Step(Soon()));
  EXPECT_TRUE(Must(worker_->Step(Soon())));
  // As if it had been tried for long enough.
  Sql("UPDATE coppice.job SET state = 3, finished_at = now()");
  std::filesystem::rename(git.folder() / "elsewhere", git.path());
  Index();
  EXPECT_FALSE(Ref(repo).commit.empty());
}

TEST_F(PipelineTest, ARepositoryThatIsMovedAwayWhileItIsReadIsReadLater) {
  TempRepo git;
  constexpr int kFiles = 1500;
  for (int i = 0; i < kFiles; ++i) git.Write("f" + std::to_string(i), std::to_string(i) + "\n");
  const std::string head = git.Commit("one");
  const auto repo = Add(git.path(), "a");
  std::once_flag once;
  embedder_.before = [&] {
    std::call_once(once, [&] { std::filesystem::rename(git.path(), git.folder() / "elsewhere"); });
  };
  EXPECT_TRUE(Must(worker_->Step(Soon())));
  EXPECT_TRUE(Ref(repo).commit.empty());
  EXPECT_EQ(Sql("SELECT state FROM coppice.job"), "0") << "it is tried again";
  std::filesystem::rename(git.folder() / "elsewhere", git.path());
  Sql("UPDATE coppice.job SET run_after = now()");
  Index();
  EXPECT_EQ(Ref(repo).commit.ToHex(), head);
  EXPECT_EQ(Ref(repo).coverage.indexed, kFiles);
  EXPECT_EQ(Ref(repo).coverage.skipped, 0);
}

TEST_F(PipelineTest, AJobThatWasOvertakenIsPutBack) {
  TempRepo git;
  git.Write("src/a.py", "x = 1\n").Commit("one");
  const auto repo = Add(git.path(), "a");
  embedder_.before = [&] { Sql("UPDATE coppice.repo SET subtree = 'src'"); };
  EXPECT_TRUE(Must(worker_->Step(Soon())));
  EXPECT_EQ(Sql("SELECT state FROM coppice.job"), "0")
      << "neither running without anybody, nor lost";
  Sql("UPDATE coppice.job SET run_after = now()");
  Index();
  EXPECT_FALSE(Ref(repo).commit.empty());
}

/// A port that takes connections and never says a word.
class SilentServer {
 public:
  SilentServer() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(socket_, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
        ::listen(socket_, 8) != 0 ||
        ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      throw std::runtime_error("no port to listen on");
    }
    port_ = ntohs(address.sin_port);
  }
  ~SilentServer() { ::close(socket_); }
  [[nodiscard]] std::string url() const {
    return "git://127.0.0.1:" + std::to_string(port_) + "/x.git";
  }

 private:
  int socket_;
  int port_ = 0;
};

TEST_F(PipelineTest, AFetchThatHangsKeepsItsLeaseAndEndsWhenItsJobIsCancelled) {
  const SilentServer server;
  store::NewRepo remote;
  remote.name = "remote";
  remote.location = server.url();
  remote.remote = true;
  remote.ref_patterns = {"HEAD"};
  const auto repo = Must(store().catalog().AddRepo(remote, Soon()));
  const std::string id = Must(store().jobs().Enqueue(repo.repo, "", {}, "add", Soon()));
  auto step = std::async(std::launch::async, [&] { return Must(worker_->Step(Soon())); });
  const auto until = [&](const std::string& condition) {
    Doorbell pause;
    const Deadline patience = Soon();
    while (Sql("SELECT " + condition + " FROM coppice.job") != "t" && !patience.expired()) {
      pause.Wait(Deadline::After(std::chrono::milliseconds(20)));
    }
    EXPECT_FALSE(patience.expired()) << condition;
  };
  until("phase = 'fetch'");
  EXPECT_EQ(Sql("SELECT lease_until < now() + interval '2 minutes' FROM coppice.job"), "t")
      << "a daemon that is killed now must not block the repository for long";
  until("lease_until > '" + Sql("SELECT lease_until FROM coppice.job") + "'");
  Must(store().jobs().Cancel(id, Soon()));
  EXPECT_TRUE(step.get());
  EXPECT_EQ(Must(store().jobs().Find(id, Soon())).state, store::JobState::kCancelled);
}

TEST_F(PipelineTest, AMissingObjectIsOneUnreadableFile) {
  TempRepo git;
  git.Write("gone.py", "some text\n").Write("here.py", "x = 1\n").Commit("one");
  const std::string hex = git.Git({"rev-parse", "HEAD:gone.py"});
  std::filesystem::remove(git.path() / ".git/objects" / hex.substr(0, 2) / hex.substr(2));
  const auto repo = Add(git.path(), "a");
  Index();
  EXPECT_EQ(Ref(repo).coverage.indexed, 1);
  EXPECT_EQ(Ref(repo).coverage.skipped, 1);
  EXPECT_EQ(Blob(repo, "gone.py").reason, store::Reason::kMissing);
}

/// The file of a loose object.
std::filesystem::path LooseObject(const TempRepo& git, const std::string& object) {
  const std::string hex = git.Git({"rev-parse", object});
  return git.path() / ".git/objects" / hex.substr(0, 2) / hex.substr(2);
}

TEST_F(PipelineTest, AMissingObjectIsIndexedWhenItIsBack) {
  TempRepo git;
  git.Write("gone.py", "def lost():\n  pass\n").Write("here.py", "x = 1\n").Commit("one");
  const auto object = LooseObject(git, "HEAD:gone.py");
  std::filesystem::rename(object, git.folder() / "kept");
  const auto repo = Add(git.path(), "a");
  LoseAllPatience();
  Index();
  EXPECT_EQ(Ref(repo).coverage.skipped, 1);
  Index();
  EXPECT_EQ(Sql("SELECT count(*) FROM coppice.job"), "1")
      << "as long as it is gone nothing is done";
  std::filesystem::rename(git.folder() / "kept", object);
  Index();
  EXPECT_EQ(Ref(repo).coverage.skipped, 0);
  EXPECT_EQ(Ref(repo).coverage.indexed, 2);
  EXPECT_THAT(Symbols(repo, "gone.py"), ElementsAre("lost"));
  EXPECT_FALSE(Must(poller_->Step(Soon()))) << "it is whole now";
}

TEST_F(PipelineTest, AMissingTreeFailsItsJobUntilItIsBack) {
  TempRepo git;
  const std::string head = git.Write("src/a.py", "x = 1\n").Write("b.py", "y = 1\n").Commit("one");
  const std::string tree = git.Git({"rev-parse", "HEAD:src"});
  const auto object = LooseObject(git, "HEAD:src");
  std::filesystem::rename(object, git.folder() / "kept");
  TempRepo whole;
  whole.Write("c.py", "z = 1\n").Commit("other");
  const auto repo = Add(git.path(), "a");
  const auto other = Add(whole.path(), "b");
  Index();
  EXPECT_FALSE(Ref(other).commit.empty()) << "the other repository is fine";
  EXPECT_TRUE(Ref(repo).commit.empty());
  const std::string failed = "FROM coppice.job WHERE state = 3";
  EXPECT_EQ(Sql("SELECT error_code " + failed), "not_found");
  EXPECT_NE(Sql("SELECT error " + failed).find(tree), std::string::npos);
  EXPECT_NE(Sql("SELECT error " + failed).find("git fsck"), std::string::npos) << "the remedy";
  EXPECT_FALSE(Must(poller_->Step(Soon()))) << "it waits";
  std::filesystem::rename(git.folder() / "kept", object);
  LoseAllPatience();
  Index();
  EXPECT_EQ(Ref(repo).commit.ToHex(), head);
  EXPECT_EQ(Ref(repo).coverage.indexed, 2);
}

TEST_F(PipelineTest, AJobThatWasCancelledIsNotTriedAgain) {
  TempRepo git;
  git.Write("a.py", "x = 1\n").Commit("one");
  const auto repo = Add(git.path(), "a");
  Must(store().jobs().Cancel(Sql("SELECT id FROM coppice.job"), Soon()));
  LoseAllPatience();
  Must(poller_->Step(Soon()));  // the poller is new: it asks once
  Must(store().jobs().Cancel(Sql("SELECT id FROM coppice.job WHERE state = 0"), Soon()));
  EXPECT_FALSE(Must(poller_->Step(Soon())));
  EXPECT_TRUE(Ref(repo).commit.empty());
}

TEST_F(PipelineTest, ASha256RepositoryIsIndexedLikeAnyOther) {
  TempRepo git("sha256");
  git.Write("src/a.py", "def f():\n  pass\n").Write("b.py", "y = 1\n").Commit("one");
  const auto repo = Add(git.path(), "a");
  Index();
  EXPECT_EQ(Ref(repo).coverage.indexed, 2);
  EXPECT_EQ(Ref(repo).commit.bytes.size(), 32U);
  EXPECT_EQ(Embedded(), 2);
  const std::string second = git.Write("b.py", "def g():\n  pass\n").Commit("two");
  Index();
  EXPECT_EQ(Ref(repo).commit.ToHex(), second);
  EXPECT_EQ(Embedded(), 1);
  EXPECT_THAT(Symbols(repo, "b.py"), ElementsAre("g"));
}

TEST_F(PipelineTest, WhatIsNoContentIsListedWithItsReason) {
  TempRepo git;
  git.Write("lib", "once a file\n").Write("a.py", "x = 1\n").Commit("one");
  const auto repo = Add(git.path(), "a");
  Index();
  EXPECT_EQ(Ref(repo).coverage.indexed, 2);
  git.Remove("lib").Write("model.bin", "version https://git-lfs.github.com/spec/v1\noid sha256:" +
                                           std::string(64, 'a') + "\nsize 12345\n");
  std::filesystem::create_symlink("/etc/passwd", git.path() / "link");
  git.Commit("two");
  git.Git({"update-index", "--add", "--cacheinfo", "160000," + std::string(40, '1') + ",lib"});
  git.Git({"commit", "--quiet", "-m", "three"});
  Index();
  EXPECT_EQ(Files(repo).at("lib").reason, store::Reason::kSubmodule);
  EXPECT_EQ(Files(repo).at("link").reason, store::Reason::kSymlink);
  EXPECT_EQ(Blob(repo, "model.bin").reason, store::Reason::kLfsPointer);
  EXPECT_EQ(Ref(repo).coverage.skipped, 3);
  EXPECT_EQ(Ref(repo).coverage.indexed, 1);
}

}  // namespace
}  // namespace coppice::indexer
