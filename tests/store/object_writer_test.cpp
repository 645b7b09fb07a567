#include "store/object_writer.h"

#include <random>

#include "store/object_reader.h"
#include "tests/store/store_testing.h"

namespace coppice::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// Every byte there is, NUL and invalid UTF-8 among them.
std::string HostileBytes() {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  return bytes + "\\\"{},'\n\t\r\\.\\N" + std::string(3, '\0');
}

class ObjectWriterTest : public StoreTest {
 protected:
  ObjectWriter& writer() { return store().writer(); }
  ObjectReader& reader() { return store().reader(); }
  JobRecord StartJob(RepoNo repo) {
    Enqueue(repo);
    return Claim();
  }
  BlobRecord Find(RepoNo repo, const ObjectId& id) {
    return Must(reader().FindBlobs(repo, std::vector{id}, Soon())).at(id.bytes);
  }
  std::string Body(const RepoRecord& repo, const ObjectId& id) {
    const BlobNo blob = Find(repo.repo, id).blob;
    return Must(reader().ReadBodies(repo.space, std::vector{blob}, Soon())).at(blob);
  }
};

TEST_F(ObjectWriterTest, ACommitComesBackByteForByte) {
  const RepoRecord repo = AddRepo("alpha");
  CommitRecord commit{Id("c"), Id("t"), {Id("p1"), Id("p2")}, -5'000'000'000, HostileBytes(), HostileBytes() + "msg"};
  Must(writer().WriteCommit(StartJob(repo.repo), commit, {}, Soon()));
  const CommitRecord read = Must(reader().ReadCommit(repo.repo, commit.id, Soon()));
  EXPECT_EQ(read.tree, commit.tree);
  EXPECT_EQ(read.parents, commit.parents);
  EXPECT_EQ(read.author_time, commit.author_time);
  EXPECT_EQ(read.author, commit.author);
  EXPECT_EQ(read.message, commit.message);
  EXPECT_EQ(CodeOf(reader().ReadCommit(repo.repo, Id("other"), Soon())), ErrorCode::kNotFound);
  EXPECT_EQ(Count("pin"), 1);
}

TEST_F(ObjectWriterTest, TreesWithHostileNamesAndAttributesComeBack) {
  const RepoRecord repo = AddRepo("alpha");
  const std::string name = "n\xff\xfe\x01 '\"\\";
  const std::string raw = RawTree({{".gitattributes", Id("attr")}, {name, Id("file")}});
  const std::vector<std::pair<ObjectId, std::string>> trees = {{Id("t"), raw}, {Id("attr"), "* -text"}};
  Must(writer().WriteCommit(StartJob(repo.repo), {Id("c"), Id("t"), {}, 0, "", ""}, trees, Soon()));
  const auto source = reader().Source(repo.repo, Soon());
  EXPECT_EQ(Must(source->ReadTree(Id("t"))), raw);
  EXPECT_EQ(Must(source->ReadAttributes(Id("attr"))), "* -text");
  EXPECT_EQ(CodeOf(source->ReadTree(Id("none"))), ErrorCode::kNotFound);
  EXPECT_EQ(CodeOf(source->ReadAttributes(Id("none"))), ErrorCode::kNotFound);
}

TEST_F(ObjectWriterTest, BlobsAndBodiesComeBackByteForByte) {
  const RepoRecord repo = AddRepo("alpha");
  std::mt19937 random(7);
  std::string noise(700'000, '\0');
  for (char& c : noise) c = static_cast<char>(random());
  NewBlob hinted = Blob("#!/bin/sh\n");
  hinted.hint = {Language::kPython, Language::kBash};
  hinted.state = BlobState::kQuarantined;
  hinted.reason = Reason::kParserTimedOut;
  const std::vector<NewBlob> blobs = {Blob(HostileBytes()), Blob(""), Blob(noise), hinted};
  Must(writer().WriteBlobs(repo.repo, blobs, Soon()));
  for (const NewBlob& blob : blobs) EXPECT_EQ(Body(repo, blob.id), blob.body);
  const BlobRecord found = Find(repo.repo, hinted.id);
  EXPECT_EQ(found.state, BlobState::kQuarantined);
  EXPECT_EQ(found.reason, Reason::kParserTimedOut);
  EXPECT_EQ(found.hint, hinted.hint);
  EXPECT_EQ(found.size_bytes, hinted.body.size());
}

TEST_F(ObjectWriterTest, ASkippedBlobHasNoBody) {
  const RepoRecord repo = AddRepo("alpha");
  NewBlob blob = Blob("x");
  blob.state = BlobState::kSkipped;
  blob.reason = Reason::kTooLarge;
  blob.body.clear();
  blob.size_bytes = 5'000'000'000;
  Must(writer().WriteBlobs(repo.repo, std::vector{blob}, Soon()));
  const BlobRecord found = Find(repo.repo, blob.id);
  EXPECT_EQ(found.size_bytes, 5'000'000'000U);
  EXPECT_THAT(Must(reader().ReadBodies(repo.space, std::vector{found.blob}, Soon())), IsEmpty());
}

TEST_F(ObjectWriterTest, WritingAgainChangesNothing) {
  const RepoRecord repo = AddRepo("alpha");
  const std::vector<NewBlob> blobs = {Blob("a"), Blob("b"), Blob("a")};
  Must(writer().WriteBlobs(repo.repo, blobs, Soon()));
  const BlobNo before = Find(repo.repo, blobs[0].id).blob;
  Must(writer().WriteBlobs(repo.repo, blobs, Soon()));
  EXPECT_EQ(Find(repo.repo, blobs[0].id).blob, before);
  EXPECT_EQ(Count("blob"), 2);
  EXPECT_EQ(Count("blob_body"), 2);
  EXPECT_EQ(Count("git_object"), 2);
  EXPECT_EQ(Sql("SELECT next_blob FROM coppice.space"), "2") << "known contents take no new numbers";
}

TEST_F(ObjectWriterTest, WhatIsUnknownIsListedOnceInTheOrderGiven) {
  const RepoRecord repo = AddRepo("alpha");
  Must(writer().WriteBlobs(repo.repo, std::vector{Blob("known")}, Soon()));
  const std::vector<ObjectId> ids = {Id("z"), Blob("known").id, Id("a"), Id("z")};
  EXPECT_THAT(Must(writer().UnknownBlobs(repo.repo, ids, Soon())), ElementsAre(Id("z"), Id("a")));
}

TEST_F(ObjectWriterTest, AnUnreadableBlobIsAskedForAgainAndMayBecomeWhole) {
  const RepoRecord repo = AddRepo("alpha");
  NewBlob lost = Blob("content");
  lost.sha256 = Sha256Of("placeholder");
  lost.state = BlobState::kSkipped;
  lost.reason = Reason::kUnreadable;
  lost.body.clear();
  Must(writer().WriteBlobs(repo.repo, std::vector{lost}, Soon()));
  EXPECT_THAT(Must(writer().UnknownBlobs(repo.repo, std::vector{lost.id}, Soon())), ElementsAre(lost.id));
  EXPECT_THAT(Must(store().reader().UnreadObjects(repo.repo, 10, Soon())), ElementsAre(lost.id));
  Must(writer().WriteBlobs(repo.repo, std::vector{Blob("content")}, Soon()));
  EXPECT_EQ(Body(repo, lost.id), "content");
  EXPECT_THAT(Must(store().reader().UnreadObjects(repo.repo, 10, Soon())), IsEmpty());
  EXPECT_THAT(Must(writer().UnknownBlobs(repo.repo, std::vector{lost.id}, Soon())), IsEmpty());
}

TEST_F(ObjectWriterTest, AForkPaysOneLookupRowForWhatTheSpaceHas) {
  const RepoRecord one = AddRepo("one", "root");
  const RepoRecord fork = AddRepo("fork", "root");
  const RepoRecord stranger = AddRepo("stranger");
  Must(writer().WriteBlobs(one.repo, std::vector{Blob("shared")}, Soon()));
  EXPECT_THAT(Must(writer().UnknownBlobs(fork.repo, std::vector{Blob("shared").id}, Soon())),
              ElementsAre(Blob("shared").id));
  for (const RepoRecord& repo : {fork, stranger}) {
    Must(writer().WriteBlobs(repo.repo, std::vector{Blob("shared")}, Soon()));
    EXPECT_EQ(Body(repo, Blob("shared").id), "shared");
  }
  EXPECT_EQ(Count("blob", fmt::format("space = {}", one.space.value)), 1);
  EXPECT_EQ(Count("git_object", fmt::format("space = {}", one.space.value)), 2);
  EXPECT_EQ(Count("blob"), 2) << "spaces share nothing";
}

TEST_F(ObjectWriterTest, FactsComeBackAsTheyWere) {
  const RepoRecord repo = AddRepo("alpha");
  const NewBlob blob = Blob(std::string(100, 'x'));
  Must(writer().WriteBlobs(repo.repo, std::vector{blob}, Soon()));
  NewFacts facts = Facts(blob.id, HostileBytes());
  facts.facts.status = ParseStatus::kFellBack;
  facts.facts.reason = Reason::kParserCrashed;
  facts.facts.definitions[1].name = "";
  NewFacts other = Facts(blob.id, "Plain");
  other.facts.grammar = Language::kC;
  other.facts.definitions.clear();
  other.facts.references.clear();
  for (Chunk& chunk : other.facts.chunks) chunk.definition = -1;
  Must(writer().WriteFacts(repo.repo, std::vector{facts, other}, 3, ModelNo(1), Soon()));
  const auto read = Must(reader().ReadFacts(repo.space, std::vector{Find(repo.repo, blob.id).blob}, Soon()));
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0].facts, other.facts);
  EXPECT_EQ(read[1].facts, facts.facts);
  EXPECT_EQ(read[1].texts.size(), 2U);
  EXPECT_NE(read[1].texts[0], read[1].texts[1]);
}

TEST_F(ObjectWriterTest, FactsWithoutChunksComeBackEmpty) {
  const RepoRecord repo = AddRepo("alpha");
  Must(writer().WriteBlobs(repo.repo, std::vector{Blob("")}, Soon()));
  NewFacts facts;
  facts.blob = Blob("").id;
  facts.facts.grammar = Language::kPython;
  facts.facts.extractor = 1;
  Must(writer().WriteFacts(repo.repo, std::vector{facts}, 1, ModelNo(1), Soon()));
  const auto read = Must(reader().ReadFacts(repo.space, std::vector{Find(repo.repo, facts.blob).blob}, Soon()));
  ASSERT_EQ(read.size(), 1U);
  EXPECT_EQ(read[0].facts, facts.facts);
}

TEST_F(ObjectWriterTest, ANameThatIsTooLongIsCutAndStaysItself) {
  const RepoRecord repo = AddRepo("alpha");
  Must(writer().WriteBlobs(repo.repo, std::vector{Blob("x")}, Soon()));
  const std::string common(5000, 'n');
  NewFacts facts = Facts(Blob("x").id, "W");
  facts.facts.references = {{ReferenceKind::kCall, common + "1", 1, 1},
                            {ReferenceKind::kCall, common + "2", 2, 1},
                            {ReferenceKind::kCall, common + "1", 3, 1}};
  Must(writer().WriteFacts(repo.repo, std::vector{facts}, 1, ModelNo(1), Soon()));
  const auto read = Must(reader().ReadFacts(repo.space, std::vector{Find(repo.repo, facts.blob).blob}, Soon()));
  const auto& references = read.at(0).facts.references;
  EXPECT_EQ(references[0].name, references[2].name);
  EXPECT_NE(references[0].name, references[1].name);
  EXPECT_LE(references[0].name.size(), 2000U);
  EXPECT_EQ(references[0].name.substr(0, 1900), common.substr(0, 1900));
}

TEST_F(ObjectWriterTest, FactsAreWrittenOnceAndReplaceThoseOfAnOlderExtractor) {
  const RepoRecord repo = AddRepo("alpha");
  const NewBlob blob = Blob("x");
  Must(writer().WriteBlobs(repo.repo, std::vector{blob}, Soon()));
  const std::vector<ObjectWriter::FactKey> keys = {
      {blob.id, Language::kC}, {Id("unknown"), Language::kC}, {blob.id, Language::kCpp}};
  EXPECT_THAT(Must(writer().MissingFacts(repo.repo, keys, {1, 1, ModelNo(1)}, Soon())), ElementsAre(keys[0], keys[2]));
  Must(writer().WriteFacts(repo.repo, std::vector{Facts(blob.id, "W", 1)}, 1, ModelNo(1), Soon()));
  Must(writer().WriteFacts(repo.repo, std::vector{Facts(blob.id, "W", 1)}, 1, ModelNo(1), Soon()));
  EXPECT_THAT(Must(writer().MissingFacts(repo.repo, keys, {1, 1, ModelNo(1)}, Soon())), ElementsAre(keys[0]));
  EXPECT_EQ(Count("blob_fact"), 1);
  EXPECT_EQ(Count("name"), 3);
  EXPECT_EQ(Count("text"), 2);
  EXPECT_THAT(Must(writer().MissingFacts(repo.repo, keys, {2, 1, ModelNo(1)}, Soon())), ElementsAre(keys[0], keys[2]));
  Must(writer().WriteFacts(repo.repo, std::vector{Facts(blob.id, "V", 2)}, 1, ModelNo(1), Soon()));
  EXPECT_EQ(Sql("SELECT string_agg(extractor::text, ',') FROM coppice.blob_fact"), "2");
}

TEST_F(ObjectWriterTest, FactsThatDoNotHoldTogetherAreRefused) {
  const RepoRecord repo = AddRepo("alpha");
  const NewBlob blob = Blob("x");
  Must(writer().WriteBlobs(repo.repo, std::vector{blob}, Soon()));
  NewFacts gap = Facts(blob.id, "W");
  gap.facts.chunks[1].range.begin = 25;
  NewFacts texts = Facts(blob.id, "W");
  texts.text_inputs.pop_back();
  NewFacts definition = Facts(blob.id, "W");
  definition.facts.chunks[0].definition = 2;
  NewFacts huge = Facts(blob.id, "W");
  huge.facts.references[0].line = 0xFFFF'FFFF;
  for (const NewFacts& facts : {gap, texts, definition, huge}) {
    EXPECT_EQ(CodeOf(writer().WriteFacts(repo.repo, std::vector{facts}, 1, ModelNo(1), Soon())), ErrorCode::kInvalidArgument);
  }
  EXPECT_EQ(CodeOf(writer().WriteFacts(repo.repo, std::vector{Facts(Id("?"), "W")}, 1, ModelNo(1), Soon())), ErrorCode::kNotFound);
  EXPECT_EQ(Count("blob_fact"), 0);
}

TEST_F(ObjectWriterTest, PeopleCanReadFactsAsRows) {
  const RepoRecord repo = AddRepo("alpha");
  Must(writer().WriteBlobs(repo.repo, std::vector{Blob("x")}, Soon()));
  Must(writer().WriteFacts(repo.repo, std::vector{Facts(Blob("x").id, "Widget")}, 1, ModelNo(1), Soon()));
  EXPECT_EQ(Sql("SELECT string_agg(symbol, ' ' ORDER BY no) FROM coppice.definition"), "ns::Widget ns::Widget::run");
  EXPECT_EQ(Sql("SELECT string_agg(name || line, ' ' ORDER BY no) FROM coppice.reference"), "helper4 Widget5");
  EXPECT_EQ(Sql("SELECT string_agg(begin_byte || '-' || end_byte, ' ' ORDER BY no) FROM coppice.chunk"), "0-20 20-100");
}

TEST_F(ObjectWriterTest, ADamagedBodyIsCorrupt) {
  const RepoRecord repo = AddRepo("alpha");
  Must(writer().WriteBlobs(repo.repo, std::vector{Blob("some body")}, Soon()));
  Sql("UPDATE coppice.blob_body SET data = '\\x00010203'");
  const BlobNo blob = Find(repo.repo, Blob("some body").id).blob;
  EXPECT_EQ(CodeOf(reader().ReadBodies(repo.space, std::vector{blob}, Soon())), ErrorCode::kCorrupt);
}

TEST_F(ObjectWriterTest, NothingIsWrittenForARemovedRepository) {
  const RepoRecord repo = AddRepo("alpha");
  Must(store().catalog().RemoveRepo(repo.repo, false, Soon()));
  EXPECT_EQ(CodeOf(writer().WriteBlobs(repo.repo, std::vector{Blob("x")}, Soon())), ErrorCode::kNotFound);
  EXPECT_EQ(Count("blob"), 0);
}

TEST_F(ObjectWriterTest, LargeArraysAreCompressedWhereTheServerCan) {
  const std::string lz4 = Sql("SELECT count(*) FROM pg_settings WHERE name = 'default_toast_compression' "
                              "AND 'lz4' = ANY (enumvals)");
  EXPECT_EQ(Sql("SELECT count(*) > 0 FROM pg_attribute WHERE attrelid = 'coppice.blob_fact'::regclass "
                "AND attcompression = 'l'"),
            lz4 == "1" ? "t" : "f");
}

}  // namespace
}  // namespace coppice::store
