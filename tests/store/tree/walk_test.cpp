#include "store/tree/walk.h"

#include <map>
#include <unordered_map>

#include "tests/store/store_testing.h"
#include "tests/store/tree/git_folder.h"

namespace coppice::store {
namespace {

using ::testing::ElementsAre;

/// Trees in memory.
class MemorySource : public ObjectSource {
 public:
  std::unordered_map<std::string, std::string> trees;
  std::unordered_map<std::string, std::string> attributes;
  int tree_reads = 0;

  Result<std::string> ReadTree(const ObjectId& id) override {
    ++tree_reads;
    return Find(trees, id);
  }
  Result<std::string> ReadAttributes(const ObjectId& id) override { return Find(attributes, id); }

 private:
  static Result<std::string> Find(const std::unordered_map<std::string, std::string>& map, const ObjectId& id) {
    const auto found = map.find(id.bytes);
    if (found == map.end()) return MakeError(ErrorCode::kNotFound, "not here");
    return found->second;
  }
};

/// Trees of a real repository, by git itself.
class GitSource : public ObjectSource {
 public:
  explicit GitSource(const GitFolder& folder) : folder_(folder) {}
  Result<std::string> ReadTree(const ObjectId& id) override { return folder_.Git({"cat-file", "tree", id.ToHex()}); }
  Result<std::string> ReadAttributes(const ObjectId& id) override {
    return folder_.Git({"cat-file", "blob", id.ToHex()});
  }

 private:
  const GitFolder& folder_;
};

std::vector<std::string> Paths(const TreeListing& listing) {
  std::vector<std::string> paths;
  for (const FileEntry& file : listing.files) paths.push_back(file.path);
  return paths;
}

const FileEntry& File(const TreeListing& listing, const std::string& path) {
  for (const FileEntry& file : listing.files) {
    if (file.path == path) return file;
  }
  throw std::runtime_error("no file " + path);
}

class WalkTest : public ::testing::Test {
 protected:
  /// Stores what was written and gives the tree's id.
  ObjectId Tree() {
    folder_.Git({"add", "-A"});
    const std::string hex = folder_.Git({"write-tree"}).substr(0, 40);
    return ObjectId{Must(FromHex(hex))};
  }
  GitFolder folder_;
};

TEST_F(WalkTest, ListsWhatGitListsInItsOrder) {
  for (const std::string& path : {std::string("b/x.cpp"), std::string("b.c"), std::string("b-c"), std::string("a/b/c/d.py"),
                                  std::string("caf\xc3\xa9/\xff\xfe.txt"), std::string("z")}) {
    folder_.Write(path, "content of " + path);
  }
  const ObjectId tree = Tree();
  GitSource source(folder_);
  const TreeListing listing = Must(WalkTree(source, tree, "", Soon()));
  std::vector<std::string> expected;
  std::istringstream lines(folder_.Git({"ls-tree", "-r", "-z", "--name-only", tree.ToHex()}));
  for (std::string path; std::getline(lines, path, '\0');) expected.push_back(path);
  EXPECT_EQ(Paths(listing), expected);
  EXPECT_TRUE(listing.cpp);
  EXPECT_EQ(listing.trees.size(), 6U) << "top, a, a/b, a/b/c, b, café";
  EXPECT_EQ(listing.files[0].blob.ToHex(), folder_.Git({"rev-parse", tree.ToHex() + ":" + expected[0]}).substr(0, 40));
}

TEST_F(WalkTest, AttributesLinksAndModulesGiveReasons) {
  folder_.Write(".gitattributes", "*.bin binary\n*.pb.cc linguist-generated=true\nlib/** linguist-vendored\n");
  folder_.Write("a.bin", "x");
  folder_.Write("a.pb.cc", "x");
  folder_.Write("lib/l.c", "x");
  folder_.Write("src/.gitattributes", "a.pb.cc -linguist-generated\n");
  folder_.Write("src/a.pb.cc", "x");
  folder_.Git({"add", "-A"});
  folder_.Git({"update-index", "--add", "--cacheinfo", "160000,1111111111111111111111111111111111111111,module"});
  folder_.Git({"update-index", "--add", "--cacheinfo",
               "120000," + folder_.Git({"rev-parse", ":a.bin"}).substr(0, 40) + ",link"});
  const ObjectId tree{Must(FromHex(folder_.Git({"write-tree"}).substr(0, 40)))};
  GitSource source(folder_);
  const TreeListing listing = Must(WalkTree(source, tree, "", Soon()));
  EXPECT_EQ(File(listing, "a.bin").reason, Reason::kBinaryAttribute);
  EXPECT_EQ(File(listing, "a.pb.cc").reason, Reason::kGeneratedAttribute);
  EXPECT_EQ(File(listing, "src/a.pb.cc").reason, Reason::kNone);
  EXPECT_EQ(File(listing, "module").reason, Reason::kSubmodule);
  EXPECT_EQ(File(listing, "link").reason, Reason::kSymlink);
  EXPECT_TRUE(File(listing, "lib/l.c").path_class.vendored);
  EXPECT_FALSE(File(listing, "src/a.pb.cc").path_class.vendored);
}

TEST_F(WalkTest, ASubtreeIsListedUnderTheRulesAboveIt) {
  folder_.Write(".gitattributes", "*.c linguist-vendored\n");
  folder_.Write("src/.gitattributes", "x.c linguist-generated\n");
  folder_.Write("src/core/x.c", "x");
  folder_.Write("src/corelib/y.c", "y");
  folder_.Write("top.c", "t");
  const ObjectId tree = Tree();
  GitSource source(folder_);
  for (const std::string subtree : {"src/core", "/src/core/"}) {
    const TreeListing listing = Must(WalkTree(source, tree, subtree, Soon()));
    EXPECT_THAT(Paths(listing), ElementsAre("src/core/x.c"));
    EXPECT_TRUE(listing.files[0].path_class.vendored);
    EXPECT_EQ(listing.files[0].reason, Reason::kGeneratedAttribute);
    EXPECT_EQ(listing.trees.size(), 5U) << "top, src, src/core and two .gitattributes: enough to walk it again";
  }
  EXPECT_TRUE(Must(WalkTree(source, tree, "nowhere", Soon())).files.empty());
}

TEST_F(WalkTest, WhetherAPathIsThereIsSeenWithoutAWalk) {
  folder_.Write("src/core/x.c", "x");
  const ObjectId tree = Tree();
  GitSource source(folder_);
  for (const char* path : {"", "/", "src", "src/core", "/src/core/", "src/core/x.c"}) {
    EXPECT_TRUE(Must(HoldsPath(source, tree, path))) << path;
  }
  for (const char* path : {"sr", "src/cor", "src/core/x.c/y", "core"}) {
    EXPECT_FALSE(Must(HoldsPath(source, tree, path))) << path;
  }
}

TEST_F(WalkTest, WhatTheListingKeepsGivesTheSameViewAgain) {
  folder_.Write(".gitattributes", "* linguist-generated\n.gitattributes binary\n");
  folder_.Write("a/.gitattributes", "*.c -linguist-generated\n");
  folder_.Write("a/x.c", "x");
  folder_.Write("b/y.c", "y");
  const ObjectId tree = Tree();
  GitSource git(folder_);
  const TreeListing first = Must(WalkTree(git, tree, "", Soon()));
  MemorySource kept;
  for (const auto& [id, raw] : first.trees) kept.trees[id.bytes] = kept.attributes[id.bytes] = raw;
  const TreeListing second = Must(WalkTree(kept, tree, "", Soon()));
  ASSERT_EQ(Paths(second), Paths(first));
  for (std::size_t i = 0; i < first.files.size(); ++i) EXPECT_EQ(second.files[i].reason, first.files[i].reason);
}

TEST(WalkMemoryTest, AttributesThatAreNotKeptAreEmpty) {
  MemorySource source;
  source.trees[Id("t").bytes] = RawTree({{".gitattributes", Id("gone")}, {"a.c", Id("a")}});
  EXPECT_EQ(Must(WalkTree(source, Id("t"), "", Soon())).files.size(), 2U);
}

TEST(WalkMemoryTest, AMissingOrDamagedTreeIsAnError) {
  MemorySource source;
  EXPECT_EQ(CodeOf(WalkTree(source, Id("t"), "", Soon())), ErrorCode::kNotFound);
  source.trees[Id("t").bytes] = "garbage";
  EXPECT_EQ(CodeOf(WalkTree(source, Id("t"), "", Soon())), ErrorCode::kCorrupt);
}

TEST(WalkMemoryTest, FoldersWithoutEndAreCorrupt) {
  MemorySource source;
  source.trees[Id("t").bytes] = RawTree({{"t", Id("t")}}, "40000");  // holds itself
  EXPECT_EQ(CodeOf(WalkTree(source, Id("t"), "", Soon())), ErrorCode::kCorrupt);
  EXPECT_LE(source.tree_reads, 100);
}

/// Ten levels of ten folders each, without a file in any.
MemorySource EmptyFolders() {
  MemorySource source;
  source.trees[Id("level 0").bytes] = "";
  for (int level = 1; level <= 10; ++level) {
    std::vector<std::pair<std::string, ObjectId>> folders;
    for (int i = 0; i < 10; ++i) folders.emplace_back(fmt::format("f{}", i), Id(fmt::format("level {}", level - 1)));
    source.trees[Id(fmt::format("level {}", level)).bytes] = RawTree(folders, "40000");
  }
  return source;
}

TEST(WalkMemoryTest, ABombOfFoldersWithoutFilesEndsAtALimit) {
  MemorySource source = EmptyFolders();
  EXPECT_EQ(CodeOf(WalkTree(source, Id("level 10"), "", Soon())), ErrorCode::kResourceExhausted);
}

TEST(WalkMemoryTest, AWalkEndsWhenItIsAskedToStop) {
  MemorySource source = EmptyFolders();
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(CodeOf(WalkTree(source, Id("level 10"), "", Deadline::Never(stop.get_token()))), ErrorCode::kCancelled);
  EXPECT_EQ(source.tree_reads, 0);
}

TEST(WalkMemoryTest, ATreeBombEndsAtALimit) {
  MemorySource source;
  std::vector<std::pair<std::string, ObjectId>> files;
  for (int i = 0; i < 10; ++i) files.emplace_back(fmt::format("f{}", i), Id("f"));
  source.trees[Id("level 0").bytes] = RawTree(files);
  for (int level = 1; level < 10; ++level) {
    for (auto& [name, id] : files) id = Id(fmt::format("level {}", level - 1));
    source.trees[Id(fmt::format("level {}", level)).bytes] = RawTree(files, "40000");
  }
  const auto listing = WalkTree(source, Id("level 9"), "", Soon());
  ASSERT_FALSE(listing);
  EXPECT_EQ(listing.error().code, ErrorCode::kResourceExhausted);
  EXPECT_FALSE(listing.error().retryable) << "it would be walked again and again";
  EXPECT_NE(listing.error().remedy.find("--subtree"), std::string::npos);
}

TEST(WalkMemoryTest, HeadersAreCppWhereTheTreeHoldsCpp) {
  FileEntry header;
  header.path = "a.h";
  EXPECT_EQ(LanguageInView(header, {}, true), Language::kCpp);
  EXPECT_EQ(LanguageInView(header, {}, false), Language::kC);
  EXPECT_EQ(LanguageInView(header, {Language::kPython, Language::kUnknown}, true), Language::kPython);
}

}  // namespace
}  // namespace coppice::store
