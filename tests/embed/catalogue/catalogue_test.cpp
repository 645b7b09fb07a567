#include "embed/catalogue/catalogue.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "embed/factory.h"

namespace coppice::embed {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(Catalogue, KnowsWhatItMust) {
  const Catalogue catalogue;
  for (const char* name : {"static/default", "local/all-minilm-l6-v2", "local/e5-large-v2",
                           "local/bge-large-en-v1.5", "local/bge-m3", "local/nomic-embed-code",
                           "local/bge-reranker-v2-m3", "local/smollm2-135m-instruct"}) {
    EXPECT_NE(catalogue.Find(name), nullptr) << name;
  }
  for (const char* name : {"local/codellama-7b-instruct", "local/deepseek-coder-6.7b-instruct",
                           "local/mistral-7b-instruct-v0.3", "local/mixtral-8x7b-instruct-v0.1",
                           "local/starcoder2-15b-instruct-v0.1", "local/llama-3.1-8b-instruct",
                           "local/qwen2.5-coder-7b-instruct"}) {
    for (const char* quantisation : {":q4_k_m", ":q5_k_m"}) {
      EXPECT_NE(catalogue.Find(std::string(name) + quantisation), nullptr) << name << quantisation;
    }
  }
}

TEST(Catalogue, EveryEntryIsWhole) {
  const Catalogue catalogue;
  std::set<std::string> names;
  std::set<std::string_view> files;
  for (const CatalogueModel& model : catalogue.models()) {
    EXPECT_TRUE(CheckModelName(model.name)) << model.name;
    EXPECT_TRUE(names.insert(model.name).second) << model.name;
    const CatalogueEntry& entry = *model.entry;
    EXPECT_FALSE(entry.licence.empty()) << model.name;
    EXPECT_EQ(entry.use == ModelUse::kEmbed, entry.dimensions > 0) << model.name;
    EXPECT_EQ(entry.use == ModelUse::kGenerate, !entry.chat.empty()) << model.name;
    if (model.file == nullptr) continue;
    EXPECT_GT(entry.context_tokens, 0) << model.name;
    EXPECT_THAT(model.file->file_name, EndsWith(".gguf")) << model.name;
    EXPECT_TRUE(files.insert(model.file->file_name).second) << model.file->file_name;
    if (!model.file->url.empty()) {
      EXPECT_THAT(model.file->url, StartsWith("https://"));
      EXPECT_THAT(model.file->url, EndsWith("/" + std::string(model.file->file_name)));
    }
    EXPECT_TRUE(model.file->sha256.empty() || IsSha256(model.file->sha256)) << model.name;
    EXPECT_EQ(model.file->sha256.empty(), model.file->size_bytes == 0)
        << model.name << ": both are known of a file that was here, or neither";
  }
}

TEST(Catalogue, TheDefaultIsAsTheTableSays) {
  const Catalogue catalogue;
  const auto table = OpenEmbedder(kDefaultModel);
  ASSERT_TRUE(table);
  EXPECT_EQ(catalogue.Find(kDefaultModel)->entry->dimensions, (*table)->info().dimensions);
}

TEST(Catalogue, TheFirstFileHasTheBareNameAndItsOwn) {
  const Catalogue catalogue;
  const CatalogueModel* bare = catalogue.Find("local/bge-m3");
  EXPECT_EQ(bare, catalogue.Find("local/bge-m3:f16"));
  const CatalogueModel* other = catalogue.Find("local/bge-m3:q8_0");
  ASSERT_NE(other, nullptr);
  EXPECT_EQ(other->name, "local/bge-m3:q8_0");
  EXPECT_EQ(other->entry, bare->entry);
  EXPECT_EQ(catalogue.Find("local/bge-m3:q2_k"), nullptr);
  EXPECT_EQ(catalogue.FindByFileName("bge-m3-Q8_0.gguf"), other);
  EXPECT_EQ(catalogue.FindByFileName("bge-m3.gguf"), nullptr);
}

TEST(Catalogue, ANameThatIsNotKnownGetsTheNearest) {
  const Catalogue catalogue;
  EXPECT_THAT(catalogue.Unknown("local/bge-m4", {}).remedy, HasSubstr("local/bge-m3"));
  EXPECT_THAT(catalogue.Unknown("bge-m3", {}).remedy, HasSubstr("local/bge-m3"));
  EXPECT_THAT(catalogue.Unknown("local/mime", {"local/mine"}).remedy, HasSubstr("local/mine"));
  EXPECT_THAT(catalogue.Unknown("something/else-entirely", {}).remedy, HasSubstr("model list"));
}

TEST(ModelName, OnlyWhatIsSafeAsAPathPasses) {
  for (const char* good :
       {"local/bge-m3", "local/Mistral-7B_v0.3:Q4_K_M", "static/default", "a/b"}) {
    EXPECT_TRUE(CheckModelName(good)) << good;
  }
  for (const std::string_view bad :
       {"",           "/",           "local",       "local/",         "/bge",
        "local/../x", "../x",        "local/..",    "local/.hidden",  "./x",
        "local/a/b",  "local/a b",   "local/a\n",   "local/\x1b[31m", "local/\xff",
        "local/a:",   "local/a:b:c", "local/a:b/c", ":a/b",           "local/-rf"}) {
    const auto result = CheckModelName(bad);
    ASSERT_FALSE(result) << bad;
    EXPECT_EQ(result.error().code, ErrorCode::kInvalidArgument);
  }
  EXPECT_FALSE(CheckModelName(std::string_view("local/a\0b", 9)));
  EXPECT_FALSE(CheckModelName("local/" + std::string(97, 'a')));
  EXPECT_TRUE(CheckModelName("local/" + std::string(96, 'a')));
}

TEST(ModelWords, AreReadAsTheyAreWritten) {
  for (const ModelUse use : {ModelUse::kEmbed, ModelUse::kRerank, ModelUse::kGenerate}) {
    EXPECT_EQ(ParseModelUse(ToText(use)), use);
  }
  for (const Pooling pooling : {Pooling::kModel, Pooling::kMean, Pooling::kCls, Pooling::kLast}) {
    EXPECT_EQ(ParsePooling(ToText(pooling)), pooling);
  }
  EXPECT_EQ(ParseModelUse("Embed"), std::nullopt);
  EXPECT_EQ(ParsePooling(""), std::nullopt);
}

}  // namespace
}  // namespace coppice::embed
