#include "daemon/retrieval/load/graph_files.h"

#include <fstream>
#include <set>
#include <string>

#include <gmock/gmock.h>

#include "tests/support/temp_repo.h"

namespace coppice::retrieval {
namespace {

using ::testing::UnorderedElementsAre;

class GraphFilesTest : public ::testing::Test {
 protected:
  void Put(const std::string& name) const { std::ofstream(folder_.path() / name) << name; }
  [[nodiscard]] std::set<std::string> Names() const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      names.insert(entry.path().filename());
    }
    return names;
  }
  test::TempFolder folder_;
};

TEST_F(GraphFilesTest, OnlyGraphsOfOtherSpacesAndModelsGo) {
  for (const char* name : {"space-1-model-2.hnsw", "space-2-model-2.hnsw", "space-1-model-1.hnsw",
                           "space-1-model-2.hnsw.new-AbCdEf", "README"}) {
    Put(name);
  }
  KeepGraphFilesOf(folder_.path(), {store::SpaceNo(1)}, store::ModelNo(2));
  EXPECT_THAT(Names(), UnorderedElementsAre("space-1-model-2.hnsw",
                                            "space-1-model-2.hnsw.new-AbCdEf", "README"));
  EXPECT_EQ(GraphFile("/srv", store::SpaceNo(1), store::ModelNo(2)), "/srv/space-1-model-2.hnsw");
}

TEST_F(GraphFilesTest, WhatIsHalfWrittenGoesAtStart) {
  Put("space-1-model-2.hnsw");
  Put("space-1-model-2.hnsw.new-AbCdEf");
  ASSERT_TRUE(PrepareGraphFolder(folder_.path()));
  EXPECT_THAT(Names(), UnorderedElementsAre("space-1-model-2.hnsw"));
  ASSERT_TRUE(PrepareGraphFolder(folder_.path() / "new"));
  Put("file");
  EXPECT_FALSE(PrepareGraphFolder(folder_.path() / "file" / "new"));
}

}  // namespace
}  // namespace coppice::retrieval
