#include "embed/catalogue/model_store.h"

#include <string>
#include <unistd.h>
#include <utility>

#include <gmock/gmock.h>
#include <sys/wait.h>

#include "tests/embed/catalogue/gguf_builder.h"
#include "tests/embed/catalogue/model_folder.h"

namespace coppice::embed {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ModelStoreTest : public ModelFolderTest {
 protected:
  ModelRecord Take(const std::string& name, const std::string& content) {
    auto taken = TryTake(name, content);
    EXPECT_TRUE(taken) << taken.error().ToString();
    return std::move(taken).value();
  }
  Result<ModelRecord> TryTake(const std::string& name, const std::string& content) {
    COPPICE_ASSIGN(IncomingFile file, store_->Begin(content.size()));
    COPPICE_TRY(file.Write(content));
    ModelRecord record;
    record.spec.name = name;
    record.source = "/srv/a.gguf";
    COPPICE_ASSIGN(record.spec.sha256, file.Finish());
    return store_->Commit(std::move(file), std::move(record));
  }
  Result<ModelSpec> Use(const std::string& name) { return store_->Use(name, Deadline::Never()); }
};

TEST_F(ModelStoreTest, KeepsAFileUnderItsHashAndARecordUnderItsName) {
  const ModelRecord taken = Take("local/a", "content");
  EXPECT_EQ(taken.spec.sha256, Hash("content"));
  EXPECT_EQ(Read(taken.spec.path), "content");
  EXPECT_EQ(CountIn("incoming"), 0U);
  store_ = Reopen();
  EXPECT_THAT(store_->Names().value(), ElementsAre("local/a"));
  const auto found = store_->Find("local/a").value();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->source, "/srv/a.gguf");
  EXPECT_EQ(ModelStore::ProblemOf(*found), "");
  EXPECT_EQ(Use("local/a")->path, taken.spec.path);
  EXPECT_FALSE(store_->Find("local/b").value());
  EXPECT_EQ(Use("local/b").error().code, ErrorCode::kNotFound);
}

TEST_F(ModelStoreTest, ARecordKeepsAllThatIsKnown) {
  ModelRecord record;
  record.spec.name = "local/odd:q8_0";
  record.spec.use = ModelUse::kRerank;
  record.spec.dimensions = 3;
  record.spec.context_tokens = 4;
  record.spec.pooling = Pooling::kLast;
  record.spec.query_prefix = "q\n\"\\: ";
  record.spec.document_prefix = "d";
  record.spec.normalise = false;
  record.spec.licence = "MIT";
  record.spec.sha256 = Hash("x");
  record.source = "https://models.example.org/x";
  record.trust = Trust::kOperator;
  record.verified = {5, 6, 7, 8};
  record.damaged_sha256 = Hash("y");
  const auto read = RecordFromText(RecordToText(record));
  ASSERT_TRUE(read) << read.error().ToString();
  EXPECT_EQ(RecordToText(*read), RecordToText(record));
  EXPECT_EQ(read->spec.query_prefix, record.spec.query_prefix);
  EXPECT_EQ(read->verified, record.verified);
}

TEST_F(ModelStoreTest, ADamagedRecordIsNamedAndCanBeRemoved) {
  Take("local/a", "content");
  for (const std::string text : {"", "{", "[]", "{\"format\": 1}", "{\"format\": \"x\"}"}) {
    std::ofstream(folder_ / "models/records/local/a.json") << text;
    const auto found = store_->Find("local/a");
    ASSERT_FALSE(found) << text;
    EXPECT_EQ(found.error().code, ErrorCode::kCorrupt);
    EXPECT_THAT(found.error().message, HasSubstr("local/a.json"));
    EXPECT_THAT(found.error().remedy, HasSubstr("model remove local/a"));
  }
  std::ofstream(folder_ / "models/records/local/a.json") << "{\"format\": 2}";
  EXPECT_EQ(store_->Find("local/a").error().code, ErrorCode::kUnsupportedVersion);
  store_ = Reopen();
  EXPECT_EQ(CountIn("files"), 1U) << "nobody knows whose it is: it stays";
  EXPECT_TRUE(store_->Remove("local/a"));
  EXPECT_EQ(CountIn("files"), 0U);
}

TEST_F(ModelStoreTest, OneContentIsKeptOnceForTwoNames) {
  const ModelRecord first = Take("local/a", "content");
  const ModelRecord second = Take("local/b", "content");
  EXPECT_EQ(first.spec.path, second.spec.path);
  EXPECT_EQ(first.verified, second.verified) << "a file that is used is not replaced";
  ASSERT_TRUE(store_->Remove("local/a"));
  EXPECT_TRUE(Use("local/b"));
  ASSERT_TRUE(store_->Remove("local/b"));
  EXPECT_EQ(CountIn("files"), 0U);
  EXPECT_EQ(store_->Remove("local/b").error().code, ErrorCode::kNotFound);
}

TEST_F(ModelStoreTest, AnotherContentDoesNotReplaceAGoodOne) {
  Take("local/a", "content");
  const auto refused = TryTake("local/a", "other");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  EXPECT_EQ(Read(Use("local/a")->path), "content");
  EXPECT_EQ(CountIn("incoming"), 0U);
  EXPECT_EQ(CountIn("files"), 1U);
}

TEST_F(ModelStoreTest, AFileThatWasWrittenToIsNotHandedOut) {
  const std::string content = SmallGguf();
  const ModelRecord taken = Take("local/a", content);
  Damage(taken.spec.path);
  EXPECT_THAT(ModelStore::ProblemOf(*store_->Find("local/a").value()), HasSubstr("has changed"));
  const auto used = Use("local/a");
  ASSERT_FALSE(used);
  EXPECT_EQ(used.error().code, ErrorCode::kCorrupt);
  EXPECT_THAT(used.error().message, HasSubstr(taken.spec.sha256));
  EXPECT_THAT(used.error().message, HasSubstr(Hash(Read(taken.spec.path))));
  EXPECT_EQ(Use("local/a").error().message, used.error().message) << "without reading it again";
  Take("local/a", content);
  EXPECT_TRUE(Use("local/a")) << "whole again";
}

TEST_F(ModelStoreTest, AFileThatOnlyLooksOtherIsReadAgainAndUsed) {
  const ModelRecord taken = Take("local/a", "content");
  std::filesystem::remove(taken.spec.path);  // as a backup that was put back
  std::ofstream(taken.spec.path) << "content";
  EXPECT_NE(ModelStore::ProblemOf(taken), "");
  EXPECT_TRUE(Use("local/a"));
  EXPECT_EQ(ModelStore::ProblemOf(*store_->Find("local/a").value()), "");
}

TEST_F(ModelStoreTest, AFileThatIsGoneOrNoFileIsSaidToBe) {
  const ModelRecord taken = Take("local/a", "content");
  std::filesystem::remove(taken.spec.path);
  EXPECT_THAT(ModelStore::ProblemOf(taken), HasSubstr("cannot be found"));
  EXPECT_EQ(Use("local/a").error().code, ErrorCode::kCorrupt);
  std::filesystem::create_symlink("/etc/hostname", taken.spec.path);
  EXPECT_THAT(ModelStore::ProblemOf(taken), HasSubstr("no regular file"));
  EXPECT_FALSE(Use("local/a"));
}

TEST_F(ModelStoreTest, VerifyReadsTheWholeFileAndTellsHowFarItIs) {
  const std::string content(3 << 20, 'x');
  Take("local/a", content);
  std::vector<std::uint64_t> steps;
  const auto verified = store_->Verify(
      "local/a",
      [&](std::uint64_t done, std::uint64_t total) {
        EXPECT_EQ(total, content.size());
        steps.push_back(done);
      },
      Deadline::Never());
  ASSERT_TRUE(verified);
  EXPECT_THAT(steps, ElementsAre(1 << 20, 2 << 20, 3 << 20));
}

TEST_F(ModelStoreTest, VerifyStopsWhenItIsAskedTo) {
  Take("local/a", std::string(3 << 20, 'x'));
  std::stop_source stop;
  const auto cancelled = store_->Verify(
      "local/a", [&](std::uint64_t, std::uint64_t) { stop.request_stop(); },
      Deadline::Never(stop.get_token()));
  EXPECT_EQ(cancelled.error().code, ErrorCode::kCancelled);
  const auto late = store_->Verify("local/a", nullptr, Deadline::After(std::chrono::seconds(-1)));
  EXPECT_EQ(late.error().code, ErrorCode::kDeadlineExceeded);
  EXPECT_TRUE(Use("local/a"));
}

TEST_F(ModelStoreTest, AFileThatIsWrittenToWhileItIsVerifiedIsNotBelieved) {
  const ModelRecord taken = Take("local/a", std::string(3 << 20, 'x'));
  const auto verified = store_->Verify(
      "local/a",
      [&](std::uint64_t done, std::uint64_t) {
        if (done == 1 << 20) Damage(taken.spec.path);
      },
      Deadline::Never());
  EXPECT_EQ(verified.error().code, ErrorCode::kConflict);
}

TEST_F(ModelStoreTest, OpeningRemovesWhatADeadProcessLeft) {
  Take("local/a", "content");
  std::ofstream(folder_ / "models/incoming/0123.new") << "half";
  std::ofstream(folder_ / "models/files" / (Hash("orphan") + ".gguf")) << "orphan";
  std::ofstream(folder_ / "models/records/local/a.json.new-abcdef") << "{";
  std::ofstream(folder_ / "models/parts/local=b.part") << "half of a download";
  store_ = Reopen();
  EXPECT_EQ(CountIn("incoming"), 0U);
  EXPECT_EQ(CountIn("files"), 1U);
  EXPECT_EQ(CountIn("records/local"), 1U);
  EXPECT_EQ(CountIn("parts"), 1U) << "a download can be gone on with";
  EXPECT_TRUE(Use("local/a"));
}

TEST_F(ModelStoreTest, WhatAnotherProcessIsWritingStays) {
  auto file = store_->Begin(4);
  ASSERT_TRUE(file);
  ASSERT_TRUE(file->Write("half"));
  const pid_t child = ::fork();
  if (child == 0) {
    const auto other = ModelStore::Open(folder_ / "models");
    ::_exit(other ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(CountIn("incoming"), 1U);
}

TEST_F(ModelStoreTest, MoreThanTheDiskHasIsRefusedBeforeItIsWritten) {
  const auto refused = store_->Begin(std::uint64_t{1} << 60U);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kResourceExhausted);
  EXPECT_FALSE(refused.error().retryable);
  EXPECT_THAT(refused.error().message, HasSubstr("free"));
}

TEST_F(ModelStoreTest, NamesThatLeadElsewhereAreRefused) {
  EXPECT_EQ(store_->Find("local/../../x").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(store_->Remove("../lock").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(Use("/etc/passwd").error().code, ErrorCode::kInvalidArgument);
}

TEST_F(ModelStoreTest, APartIsKeptAndGoneOnWith) {
  const std::string path = store_->PartPath("local/a");
  {
    auto part = IncomingFile::Resume(path, Deadline::Never());
    ASSERT_TRUE(part) << part.error().ToString();
    ASSERT_TRUE(part->Write("con"));
    EXPECT_EQ(IncomingFile::Resume(path, Deadline::Never()).error().code, ErrorCode::kConflict);
  }
  auto part = IncomingFile::Resume(path, Deadline::Never());
  ASSERT_TRUE(part);
  EXPECT_EQ(part->size_bytes(), 3U);
  ASSERT_TRUE(part->Write("tent"));
  EXPECT_EQ(part->Finish().value(), Hash("content"));
}

TEST_F(ModelStoreTest, APartThatBeginsAnewForgetsWhatItHad) {
  auto part = IncomingFile::Resume(store_->PartPath("local/a"), Deadline::Never());
  ASSERT_TRUE(part && part->Write("something else"));
  ASSERT_TRUE(part->Restart());
  ASSERT_TRUE(part->Write("content"));
  EXPECT_EQ(part->size_bytes(), 7U);
  EXPECT_EQ(Read(part->path()), "content");
  EXPECT_EQ(part->Finish().value(), Hash("content"));
}

}  // namespace
}  // namespace coppice::embed
