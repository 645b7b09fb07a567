#include "store/tree/attributes.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "base/format.h"
#include "tests/store/tree/git_folder.h"

namespace coppice::store {
namespace {

/// .gitattributes by folder ("" = top), as they stand in a tree.
using Files = std::map<std::string, std::string>;

std::string Word(AttributeState state) {
  switch (state) {
    case AttributeState::kUnspecified:
      return "unspecified";
    case AttributeState::kSet:
      return "set";
    case AttributeState::kUnset:
      return "unset";
    case AttributeState::kFalse:
      return "false";
    case AttributeState::kValue:
      return "value";
  }
  return "?";
}

std::string Ours(const Files& files, const std::string& path) {
  Attributes attributes;
  std::string folder;
  while (true) {
    const auto file = files.find(folder);
    attributes.Enter(folder, file == files.end() ? "" : file->second);
    const auto slash = path.find('/', folder.size());
    if (slash == std::string::npos) break;
    folder = path.substr(0, slash + 1);
  }
  const PathAttributes found = attributes.Lookup(path);
  return fmt::format("{} {} {} {}", Word(found.generated), Word(found.vendored), Word(found.text), Word(found.diff));
}

/// git's own answer for each path, in the same words.
std::map<std::string, std::string> Gits(const Files& files, const std::vector<std::string>& paths) {
  const GitFolder folder;
  for (const auto& [prefix, body] : files) folder.Write(prefix + ".gitattributes", body);
  std::string input;
  for (const std::string& path : paths) input += path + '\0';
  const std::string output = folder.Git(
      {"check-attr", "-z", "--stdin", "linguist-generated", "linguist-vendored", "text", "diff"}, input);
  std::vector<std::string> fields;
  for (std::size_t at = 0; at < output.size();) {
    const auto end = output.find('\0', at);
    fields.push_back(output.substr(at, end - at));
    at = end + 1;
  }
  std::map<std::string, std::string> result;
  for (std::size_t i = 0; i + 2 < fields.size(); i += 3) {
    std::string value = fields[i + 2];
    if (value != "unspecified" && value != "set" && value != "unset" && value != "false") value = "value";
    std::string& line = result[fields[i]];
    line += (line.empty() ? "" : " ") + value;
  }
  return result;
}

void ExpectAsGit(const Files& files, const std::vector<std::string>& paths) {
  const auto expected = Gits(files, paths);
  ASSERT_EQ(expected.size(), paths.size());
  std::string state;
  for (const auto& [prefix, body] : files) state += prefix + ".gitattributes:\n" + body + "\n";
  for (const std::string& path : paths) EXPECT_EQ(Ours(files, path), expected.at(path)) << path << "\n" << state;
}

const std::vector<std::string> kPaths = {
    "a.c",         "b.c",         "gen.c",        "dir/a.c",     "dir/gen.c",     "dir/sub/a.c", "dir/sub/deep/gen.c",
    "other/a.c",   "a b.c",       "dir/a b.c",    "-dash",       "[x].c",         "x.c",         "#hash",
    "gen/a.c",     "dir/gen/a.c", "gen/sub/gen.c", "caf\xc3\xa9.c", "\xff.c",     "!bang",       "\"q\".c",
    "dir/.hidden", ".gitattributes", "a.min.js",   "dir/x/y/z/w.js", "star*.c",    "back\\slash",
};

TEST(AttributesTest, NearerFilesAndLaterLinesWin) {
  ExpectAsGit({{"", "*.c linguist-generated\n*.c -linguist-generated\na.c linguist-generated=true\n"},
               {"dir/", "a.c !linguist-generated\n*.c linguist-vendored\n"},
               {"dir/sub/", "a.c linguist-generated -linguist-vendored\n"}},
              kPaths);
}

TEST(AttributesTest, BinaryIsAMacroAndCanBeUndone) {
  ExpectAsGit({{"", "*.c binary\na.c text\nb.c -binary\ngen.c !binary diff=cpp\n"}, {"dir/", "*.c text=auto\n"}}, kPaths);
}

TEST(AttributesTest, MacrosMayBeDefinedInTheTopFolderOnly) {
  ExpectAsGit({{"", "*.c mine\n[attr]mine linguist-generated -text\n[attr]outer mine linguist-vendored\ngen/** outer\n"
                    "[attr]mine linguist-generated=false -diff\n[attr]binary text\nx.c binary\n"},
               {"dir/", "[attr]mine linguist-vendored\n*.c mine\n[attr]outer -diff\n"}},
              kPaths);
}

TEST(AttributesTest, PatternsAreAnchoredByTheirSlashes) {
  ExpectAsGit({{"", "/a.c text\ndir/gen.c diff\n**/gen.c linguist-generated\ngen/ linguist-vendored\ngen/* -text\n"
                    "dir/** linguist-vendored\nsub/a.c -diff\n/dir/sub text\n"},
               {"dir/", "/a.c -text\n**/a.c diff\nsub/a.c linguist-generated\n"}},
              kPaths);
}

TEST(AttributesTest, OddLinesAreReadOrIgnoredAsInGit) {
  ExpectAsGit({{"", "\xEF\xBB\xBF# comment\n\n   a.c   text   -diff  \r\n\tb.c\tlinguist-generated\n\"a b.c\" text\n"
                    "\"\\303\\251\" text\n\"caf\\303\\251.c\" diff\n\"open text\n!bang text\n\\!bang diff\n#hash text\n"
                    "\\#hash diff\n[x].c text\n\\[x\\].c -text\nx.c bad/name text\ngen.c =x text\n-dash -diff\n"
                    "star\\*.c text\nback\\\\slash diff\n\"\\\"q\\\".c\" text\n"
                    "other/a.c builtin_objectmode text\n*.js " + std::string(2100, 'x') + " text\nnowhere"}},
              kPaths);
}

TEST(AttributesTest, TheEndOfAFileNeedsNoNewline) { ExpectAsGit({{"", "*.c text"}}, kPaths); }

// Random files out of what makes a difference, each compared with git.
TEST(AttributesTest, AgreesWithGitOnRandomFiles) {
  std::mt19937 random(20240607);
  const auto pick = [&](const std::vector<std::string>& from) { return from[random() % from.size()]; };
  const std::vector<std::string> parts = {"a", "gen", "dir", "sub", "*", "**", "?", "[a-g]*", "*.c", "a.c", "*.js", "deep"};
  const std::vector<std::string> names = {"linguist-generated", "linguist-vendored", "text", "diff", "binary", "m1", "m2"};
  for (int round = 0; round < 40; ++round) {
    Files files;
    for (const std::string prefix : {"", "dir/", "dir/sub/", "gen/"}) {
      std::string& body = files[prefix];
      for (auto lines = 1 + random() % 6; lines > 0; --lines) {
        std::string line;
        if (random() % 6 == 0) {
          line = "[attr]" + pick({"m1", "m2"});
        } else {
          line = random() % 4 == 0 ? "/" : "";
          for (auto n = random() % 3; n > 0; --n) line += pick(parts) + "/";
          line += pick(parts);
        }
        for (auto n = 1 + random() % 3; n > 0; --n) {
          line += " " + pick({"", "", "-", "!"}) + pick(names) + (random() % 5 == 0 ? pick({"=true", "=false"}) : "");
        }
        body += line + "\n";
      }
    }
    ExpectAsGit(files, kPaths);
    if (HasFailure()) return;
  }
}

TEST(AttributesTest, AFileOfManyRulesIsReadUpToALimit) {
  std::string body;
  for (int i = 0; i < 100'000; ++i) body += fmt::format("file{}.c linguist-generated\n", i);
  Attributes attributes;
  attributes.Enter("", body);
  EXPECT_EQ(attributes.Lookup("file10.c").generated, AttributeState::kSet);
  EXPECT_EQ(attributes.Lookup("file99999.c").generated, AttributeState::kUnspecified);
}

}  // namespace
}  // namespace coppice::store
