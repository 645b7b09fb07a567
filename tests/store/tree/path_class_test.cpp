#include "store/tree/path_class.h"

#include <gtest/gtest.h>

namespace coppice::store {
namespace {

PathClass ClassifyPath(std::string_view path, const PathAttributes& attributes) {
  FolderClass folder;
  std::string_view rest = path;
  for (auto slash = rest.find('/'); slash != std::string_view::npos; slash = rest.find('/')) {
    folder = ClassifyFolder(folder, rest.substr(0, slash));
    rest.remove_prefix(slash + 1);
  }
  return ClassifyFile(folder, path, attributes);
}

PathClass Classify(std::string_view path) { return ClassifyPath(path, {}); }

TEST(PathClassTest, KnowsVendoredFolders) {
  for (const std::string_view path : {"vendor/x.go", "a/third_party/b/x.c", "web/node_modules/y.js", "external/z.h",
                                      "Pods/a.m", "3rdparty/q.cpp"}) {
    EXPECT_TRUE(Classify(path).vendored) << path;
  }
  for (const std::string_view path : {"src/vendor.c", "vendored/x.c", "internal/x.go", "node_modules"}) {
    EXPECT_FALSE(Classify(path).vendored) << path;
  }
}

TEST(PathClassTest, KnowsTestsAndBenchmarks) {
  for (const std::string_view path :
       {"tests/x.c", "src/test/java/A.java", "a/__tests__/b.js", "spec/models/x.rb", "db/db_test.cc", "x.test.ts",
        "test_foo.py", "conftest.py", "pkg/foo_test.go", "FooTest.java", "FooTests.cs", "WidgetSpec.scala",
        "benchmarks/run.py", "table_bench.cc", "a/testdata/in.txt", "user_spec.rb"}) {
    EXPECT_TRUE(Classify(path).test) << path;
  }
  for (const std::string_view path : {"src/contest.c", "latest/x.c", "src/attest.go", "Contest.java", "manifest.json",
                                      "testament.py", "src/protest/x.c", "inspector.js", ".test"}) {
    EXPECT_FALSE(Classify(path).test) << path;
  }
}

TEST(PathClassTest, AnAttributeOverridesAFolder) {
  PathAttributes attributes;
  attributes.vendored = AttributeState::kUnset;
  EXPECT_FALSE(ClassifyPath("vendor/x.c", attributes).vendored);
  attributes.vendored = AttributeState::kFalse;
  EXPECT_FALSE(ClassifyPath("vendor/x.c", attributes).vendored);
  attributes.vendored = AttributeState::kSet;
  EXPECT_TRUE(ClassifyPath("src/x.c", attributes).vendored);
  attributes.vendored = AttributeState::kValue;
  EXPECT_TRUE(ClassifyPath("src/x.c", attributes).vendored);
}

TEST(PathClassTest, BinaryMeansNeitherTextNorDiff) {
  PathAttributes attributes;
  attributes.text = AttributeState::kUnset;
  EXPECT_FALSE(ClassifyPath("x", attributes).binary) << "-text alone only stops line endings from being changed";
  attributes.diff = AttributeState::kUnset;
  EXPECT_TRUE(ClassifyPath("x", attributes).binary);
  attributes.text = AttributeState::kSet;
  EXPECT_FALSE(ClassifyPath("x", attributes).binary);
}

TEST(PathClassTest, KnowsTheLanguageByName) {
  EXPECT_EQ(Classify("src/a.cpp").by_path, Language::kCpp);
  EXPECT_EQ(Classify("src/a.h").by_path, Language::kC);
  EXPECT_EQ(Classify("src/a").by_path, Language::kUnknown);
}

}  // namespace
}  // namespace coppice::store
