#include "store/tree/raw_tree.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/store/store_testing.h"

namespace coppice::store {
namespace {

std::string Entry(const std::string& mode, const std::string& name, std::size_t id_bytes = 20) {
  return mode + " " + name + std::string(1, '\0') + std::string(id_bytes, '\x7f');
}

ErrorCode Code(const std::string& raw, std::size_t id_bytes = 20) { return CodeOf(DecodeTree(raw, id_bytes)); }

TEST(RawTreeTest, DecodesEveryKind) {
  const std::string raw = Entry("100644", "a") + Entry("100755", "b") + Entry("120000", "c") + Entry("40000", "d") +
                          Entry("160000", "e\xff") + Entry("100664", "f") + Entry("040000", "g");
  const auto entries = Must(DecodeTree(raw, 20));
  ASSERT_EQ(entries.size(), 7U);
  const std::vector<EntryKind> kinds = {EntryKind::kBlob,      EntryKind::kBlob, EntryKind::kSymlink, EntryKind::kTree,
                                        EntryKind::kSubmodule, EntryKind::kBlob, EntryKind::kTree};
  for (std::size_t i = 0; i < kinds.size(); ++i) EXPECT_EQ(entries[i].kind, kinds[i]) << i;
  EXPECT_FALSE(entries[0].executable);
  EXPECT_TRUE(entries[1].executable);
  EXPECT_EQ(entries[4].name, "e\xff");
  EXPECT_EQ(entries[0].id.bytes, std::string(20, '\x7f'));
  EXPECT_GE(entries[0].name.data(), raw.data());
}

TEST(RawTreeTest, TheEmptyTreeAndLongIdsAreFine) {
  EXPECT_TRUE(Must(DecodeTree("", 20)).empty());
  EXPECT_EQ(Must(DecodeTree(Entry("100644", "a", 32), 32)).size(), 1U);
  EXPECT_EQ(Code("", 19), ErrorCode::kInvalidArgument);
}

TEST(RawTreeTest, AFolderSortsAsIfItsNameEndedInASlash) {
  EXPECT_TRUE(DecodeTree(Entry("100644", "a.b") + Entry("40000", "a") + Entry("100644", "a0"), 20));
  EXPECT_EQ(Code(Entry("40000", "a") + Entry("100644", "a.b")), ErrorCode::kCorrupt);
}

TEST(RawTreeTest, WhatGitWouldNotWriteIsCorrupt) {
  for (const std::string& raw :
       {std::string("x"), std::string("100644"), std::string("100644 a"), std::string("100644 a\0abc", 12),
        Entry("", "a"), Entry("8", "a"), Entry("100644", ""), Entry("100644", "."), Entry("100644", ".."),
        Entry("40000", ".git"), Entry("100644", "a/b"), Entry("0", "a"), Entry("10000000000644", "a"),
        Entry("20000", "a"), Entry("100644", "b") + Entry("100644", "a"), Entry("100644", "a") + Entry("100644", "a"),
        Entry("100644", "a") + "1", Entry("100644", "a", 32)}) {
    EXPECT_EQ(Code(raw), ErrorCode::kCorrupt) << ::testing::PrintToString(raw);
  }
}

// Any bytes: an error or entries that, written out again, are the same bytes (modes apart).
TEST(RawTreeTest, AnyDamageIsFoundOrHarmless) {
  std::mt19937 random(42);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  int decoded = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string raw;
    for (std::size_t i = 0; i < below(4); ++i) {
      raw += Entry(below(3) == 0 ? "40000" : "100644", std::string(1, static_cast<char>('a' + i)) + (below(2) ? "x" : ""));
    }
    for (std::size_t i = 0; i < below(4) && !raw.empty(); ++i) {
      switch (below(4)) {
        case 0:
          raw[below(raw.size())] = static_cast<char>(random());
          break;
        case 1:
          raw.resize(below(raw.size() + 1));
          break;
        case 2:
          raw.insert(below(raw.size() + 1), 1, static_cast<char>(random()));
          break;
        default:
          raw += raw.substr(0, below(raw.size()));
      }
    }
    const auto entries = DecodeTree(raw, 20);
    if (!entries) continue;
    ++decoded;
    std::size_t bytes = 0;
    for (const TreeEntry& entry : *entries) {
      bytes += entry.name.size() + 1 + entry.id.bytes.size();
      ASSERT_EQ(entry.name.find_first_of(std::string_view("/\0", 2)), std::string_view::npos);
      ASSERT_LE(entry.name.data() + entry.name.size(), raw.data() + raw.size());
    }
    ASSERT_LE(bytes, raw.size());
  }
  EXPECT_GT(decoded, 1000) << "the test must reach both outcomes";
}

}  // namespace
}  // namespace coppice::store
