#include "daemon/generation/loop_guard.h"

#include <string>

#include <gtest/gtest.h>

#include "base/format.h"

namespace coppice::generation {
namespace {

/// Bytes that were taken before it called a loop; 0 = it did not.
std::size_t StoppedAfter(const std::string& text, std::size_t piece = 5) {
  LoopGuard guard;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    if (guard.Add(text.substr(at, piece))) return at + piece;
  }
  return 0;
}

std::string Times(const std::string& text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

TEST(LoopGuard, StopsOneWordWithoutEnd) { EXPECT_NE(StoppedAfter(Times("the ", 200)), 0U); }

TEST(LoopGuard, StopsAParagraphWithoutEnd) {
  const std::string paragraph = "The function reads the file and then writes it back to the disk. ";
  const std::size_t stopped = StoppedAfter("It begins well. " + Times(paragraph, 40));
  EXPECT_NE(stopped, 0U);
  EXPECT_LT(stopped, paragraph.size() * 10);
}

TEST(LoopGuard, LetsListsTablesAndCodePass) {
  std::string list;
  for (int i = 0; i < 60; ++i) list += fmt::format("- case {}: returns {}\n", i, i * i);
  EXPECT_EQ(StoppedAfter(list), 0U);
  EXPECT_EQ(StoppedAfter("|---|---|---|---|---|---|---|---|\n| a | b |\n"), 0U);
  EXPECT_EQ(StoppedAfter("// " + std::string(100, '=') + "\nint f();\n"), 0U);
  EXPECT_EQ(StoppedAfter("      }\n    }\n  }\n}\n"), 0U);
}

}  // namespace
}  // namespace coppice::generation
