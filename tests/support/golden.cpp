#include "tests/support/golden.h"

#include <cstdlib>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

namespace coppice::test {
namespace {

bool Rewriting() {
  const char* variable = std::getenv("COPPICE_REWRITE_GOLDEN");  // NOLINT(concurrency-mt-unsafe)
  if (variable != nullptr && std::string(variable) == "1") return true;
  std::ifstream arguments("/proc/self/cmdline", std::ios::binary);
  std::string argument;
  while (std::getline(arguments, argument, '\0')) {
    if (argument == "--rewrite-golden") return true;
  }
  return false;
}

/// The first line in which two texts differ, with both versions.
std::string FirstDifference(const std::string& expected, const std::string& actual) {
  std::size_t line = 1;
  std::size_t begin = 0;
  std::size_t at = 0;
  while (at < expected.size() && at < actual.size() && expected[at] == actual[at]) {
    if (expected[at] == '\n') {
      ++line;
      begin = at + 1;
    }
    ++at;
  }
  const auto line_of = [&](const std::string& text) {
    return text.substr(begin, text.find('\n', begin) - begin);
  };
  return "line " + std::to_string(line) + "\n  expected: " + line_of(expected) +
         "\n  actual:   " + line_of(actual);
}

}  // namespace

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << "cannot read " << path;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::filesystem::path SourceDir() {
  const char* folder = std::getenv("COPPICE_SOURCE_DIR");  // NOLINT(concurrency-mt-unsafe)
  EXPECT_NE(folder, nullptr) << "COPPICE_SOURCE_DIR is not set: run through ctest";
  return folder == nullptr ? std::filesystem::path() : std::filesystem::path(folder);
}

void CheckGolden(const std::string& actual, const std::filesystem::path& expected) {
  if (Rewriting()) {
    std::ofstream file(expected, std::ios::binary | std::ios::trunc);
    file << actual;
    ASSERT_TRUE(file.flush().good()) << "cannot write " << expected;
    return;
  }
  ASSERT_TRUE(std::filesystem::exists(expected))
      << expected << " does not exist: run the test with --rewrite-golden\n"
      << actual;
  const std::string wanted = ReadFile(expected);
  EXPECT_EQ(wanted, actual) << expected << " differs in " << FirstDifference(wanted, actual)
                            << "\nIf this is meant, run with --rewrite-golden and review the diff.";
}

}  // namespace coppice::test
