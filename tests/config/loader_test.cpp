#include "config/loader.h"

#include <fstream>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coppice::config {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class LoaderTest : public ::testing::Test {
 protected:
  LoaderTest() {
    std::string name = fs::temp_directory_path() / "coppice-config-XXXXXX";
    folder_ = mkdtemp(name.data());
    sources_.default_file = folder_ / "coppice.toml";
  }
  ~LoaderTest() override { fs::remove_all(folder_); }

  void Write(const std::string& name, const std::string& text) {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << text;
  }
  Error LoadError() {
    auto loaded = Load(sources_);
    return loaded ? MakeError(ErrorCode::kInternal, "it loaded") : loaded.error();
  }

  fs::path folder_;
  Sources sources_;
};

TEST_F(LoaderTest, NothingGivenMeansDefaults) {
  const auto loaded = Load(sources_);
  ASSERT_TRUE(loaded) << loaded.error().ToString();
  EXPECT_EQ(loaded->settings.server.workers, 2);
  EXPECT_TRUE(loaded->files.empty());
}

TEST_F(LoaderTest, TheLaterSourceWins) {
  Write("coppice.toml", "[server]\nworkers = 3\nqueue = 10\n[log]\nlevel = \"debug\"\n");
  Write("conf.d/10-a.toml", "[server]\nworkers = 4\n");
  Write("conf.d/20-b.toml", "[server]\nworkers = 5\n");
  Write("conf.d/30-c.txt", "not toml");
  sources_.environment = {{"COPPICE_SERVER__QUEUE", "20"}, {"COPPICE_CONNECT", "ipc:///x"}};
  sources_.flags = {{"state.directory", "/srv/state"}};
  const auto loaded = Load(sources_);
  ASSERT_TRUE(loaded) << loaded.error().ToString();
  EXPECT_EQ(loaded->settings.server.workers, 5);
  EXPECT_EQ(loaded->settings.server.queue, 20);
  EXPECT_EQ(loaded->settings.log.level, "debug");
  EXPECT_EQ(loaded->settings.state.directory, "/srv/state");
  EXPECT_EQ(loaded->origins.at("server.workers"), (folder_ / "conf.d/20-b.toml").string() + ":2");
  EXPECT_EQ(loaded->origins.at("state.directory"), "flag");
}

TEST_F(LoaderTest, AnUnknownKeyNamesPlaceAndNearest) {
  Write("coppice.toml", "[server]\n\nworker = 3\n");
  const Error error = LoadError();
  EXPECT_EQ(error.code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(error.message, HasSubstr("coppice.toml:3: unknown setting 'server.worker'"));
  EXPECT_THAT(error.remedy, HasSubstr("'server.workers'"));
}

TEST_F(LoaderTest, AnUnknownSectionIsRefusedEvenWithoutKeys) {
  Write("coppice.toml", "[server]\n\n[serve]\n");
  const Error error = LoadError();
  EXPECT_EQ(error.code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(error.message, HasSubstr("coppice.toml:3: unknown section '[serve]'"));
  EXPECT_THAT(error.remedy, HasSubstr("'[server]'"));
  Write("coppice.toml", "[server]\n[log]\n[ranking]\n[ranking.question]\n");
  EXPECT_TRUE(Load(sources_)) << "known ones may be empty";
  Write("coppice.toml", "[server.workers]\n");
  EXPECT_THAT(LoadError().message, HasSubstr("unknown section '[server.workers]'"));
}

TEST_F(LoaderTest, WhatIsThereAndCannotBeReadIsAnError) {
  fs::create_directory(folder_ / "coppice.toml");
  EXPECT_EQ(LoadError().code, ErrorCode::kPermissionDenied);
  fs::remove(folder_ / "coppice.toml");
  std::ofstream(folder_ / "conf.d") << "a file where a folder belongs";
  EXPECT_THAT(LoadError().message, HasSubstr((folder_ / "conf.d").string()));
  sources_.default_file = folder_ / "conf.d/coppice.toml";
  EXPECT_EQ(LoadError().code, ErrorCode::kPermissionDenied) << "below what is no folder";
}

TEST_F(LoaderTest, FoldersThatMayNotBeReadAreNoDefaults) {
  if (geteuid() == 0) GTEST_SKIP() << "root may read everything";
  Write("conf.d/10-a.toml", "[server]\nworkers = 4\n");
  fs::permissions(folder_ / "conf.d", fs::perms::none);
  EXPECT_EQ(LoadError().code, ErrorCode::kPermissionDenied);
  fs::permissions(folder_ / "conf.d", fs::perms::owner_all);
  fs::permissions(folder_, fs::perms::none);
  EXPECT_EQ(LoadError().code, ErrorCode::kPermissionDenied);
  fs::permissions(folder_, fs::perms::owner_all);
}

TEST_F(LoaderTest, AnUnknownVariableIsAnErrorToo) {
  sources_.environment = {{"COPPICE_SERVER__WORKRS", "3"}};
  EXPECT_THAT(LoadError().remedy, HasSubstr("'server.workers'"));
}

TEST_F(LoaderTest, AWrongTypeOrRangeNamesTheLine) {
  Write("coppice.toml", "[server]\nworkers = \"3\"\n");
  EXPECT_THAT(LoadError().message, HasSubstr(":2: server.workers has the wrong type"));
  Write("coppice.toml", "[server]\nworkers = 0\n");
  EXPECT_THAT(LoadError().message, HasSubstr(":2: server.workers = 0: not allowed"));
  Write("coppice.toml", "[server]\nworkers = [1]\n");
  EXPECT_THAT(LoadError().message, HasSubstr("wrong type"));
}

TEST_F(LoaderTest, BrokenTomlNamesTheLine) {
  Write("coppice.toml", "[server]\nworkers = = 3\n");
  EXPECT_THAT(LoadError().message, HasSubstr("coppice.toml:2"));
}

TEST_F(LoaderTest, ANamedFileMustExist) {
  sources_.file = folder_ / "missing.toml";
  EXPECT_EQ(LoadError().code, ErrorCode::kNotFound);
}

TEST_F(LoaderTest, BackEndsAreSectionsOfAnyName) {
  Write("coppice.toml",
        "[models]\nembedding = [\"local/bge-m3\", \"vllm/bge-m3\"]\n"
        "[backend.vllm]\nkind = \"openai\"\nurl = \"http://127.0.0.1:8000\"\n[backend.spare]\n");
  sources_.environment = {{"COPPICE_BACKEND__VLLM__MAX_INFLIGHT", "3"}};
  const auto loaded = Load(sources_);
  ASSERT_TRUE(loaded) << loaded.error().ToString();
  EXPECT_EQ(loaded->settings.models.embedding.size(), 2U);
  EXPECT_EQ(loaded->settings.backends.at("vllm").kind, "openai");
  EXPECT_EQ(loaded->settings.backends.at("vllm").max_inflight, 3);
  EXPECT_THAT(Print(*loaded), HasSubstr("[backend.vllm]"));
}

TEST_F(LoaderTest, WhatIsWrongWithABackEndNamesTheLine) {
  Write("coppice.toml", "[backend.vllm]\nkind = \"magic\"\n");
  EXPECT_THAT(LoadError().message, HasSubstr("coppice.toml:2: backend.vllm.kind = magic"));
  Write("coppice.toml", "[backend.vllm]\nuri = \"x\"\n");
  EXPECT_THAT(LoadError().message, HasSubstr("coppice.toml:2: unknown setting 'backend.vllm.uri'"));
  Write("coppice.toml", "[models]\nembedding = \"local/bge-m3\"\n");
  EXPECT_THAT(LoadError().message, HasSubstr("models.embedding has the wrong type"));
}

TEST_F(LoaderTest, RankingWeightsAreNumbers) {
  Write("coppice.toml", "[ranking.question]\nvector = 0.5\n");
  const auto loaded = Load(sources_);
  ASSERT_TRUE(loaded) << loaded.error().ToString();
  EXPECT_EQ(loaded->settings.ranking.at("question.vector"), 0.5);
  Write("coppice.toml", "[ranking.question]\nvector = \"much\"\n");
  EXPECT_THAT(LoadError().message, HasSubstr("not a number"));
}

TEST_F(LoaderTest, PrintedSettingsLoadAgainAndHideSecrets) {
  sources_.environment = {{"COPPICE_DATABASE__URL", "postgresql://u:hunter2@h/d"}};
  const auto loaded = Load(sources_);
  ASSERT_TRUE(loaded);
  const std::string printed = Print(*loaded);
  EXPECT_THAT(printed, ::testing::Not(HasSubstr("hunter2")));
  EXPECT_THAT(printed, HasSubstr("# environment COPPICE_DATABASE__URL"));
  Write("coppice.toml", printed);
  sources_.environment.clear();
  EXPECT_TRUE(Load(sources_));
}

}  // namespace
}  // namespace coppice::config
