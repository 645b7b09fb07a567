#include "store/tree/path_class.h"

#include <algorithm>
#include <array>
#include <string>

namespace coppice::store {
namespace {

constexpr std::array<std::string_view, 20> kVendoredFolders = {
    "vendor",           "vendors",     "third_party", "third-party",  "thirdparty", "3rdparty",  "3rd_party",
    "3rd-party",        "third party", "external",    "externals",    "extern",     "node_modules",
    "bower_components", "godeps",      "carthage",    "jspm_packages", "pods",      "site-packages", "_vendor",
};

constexpr std::array<std::string_view, 20> kTestFolders = {
    "test",   "tests",     "testing",    "unittest",  "unittests", "unit_tests", "__tests__",
    "spec",   "specs",     "testdata",   "test_data", "test-data", "testsuite",  "e2e",
    "bench",  "benches",   "benchmark",  "benchmarks", "fixtures", "__fixtures__",
};

constexpr std::array<std::string_view, 6> kTestPrefixes = {"test_", "test-", "tests_", "bench_", "benchmark_", "test."};
constexpr std::array<std::string_view, 16> kTestSuffixes = {
    "_test",     "-test",     ".test",     "_tests", "-tests", ".tests", "_unittest", "_spec",
    "-spec",     ".spec",     "_bench",    "-bench", ".bench", "_benchmark", "-benchmark", "_fixture",
};
// CamelCase: FooTest.java, FooTests.cs, but not Contest or latest.
constexpr std::array<std::string_view, 5> kCamelSuffixes = {"Test", "Tests", "Spec", "TestCase", "Benchmark"};

std::string Lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

template <std::size_t N>
bool Contains(const std::array<std::string_view, N>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

bool IsTestName(std::string_view name) {
  const std::string_view stem = name.substr(0, name.rfind('.') == 0 ? name.size() : name.rfind('.'));
  const std::string lower = Lower(stem);
  if (lower == "test" || lower == "tests" || lower == "conftest") return true;
  const std::string lower_name = Lower(name);
  const auto begins = [&](std::string_view prefix) { return lower_name.starts_with(prefix); };
  const auto ends = [&](std::string_view suffix) {
    return lower.size() > suffix.size() && lower.ends_with(suffix);
  };
  const auto ends_camel = [&](std::string_view suffix) {
    if (stem.size() <= suffix.size() || !stem.ends_with(suffix)) return false;
    const char before = stem[stem.size() - suffix.size() - 1];
    return (before >= 'a' && before <= 'z') || (before >= '0' && before <= '9');
  };
  return std::any_of(kTestPrefixes.begin(), kTestPrefixes.end(), begins) ||
         std::any_of(kTestSuffixes.begin(), kTestSuffixes.end(), ends) ||
         std::any_of(kCamelSuffixes.begin(), kCamelSuffixes.end(), ends_camel);
}

bool IsTrue(AttributeState state) { return state == AttributeState::kSet || state == AttributeState::kValue; }

}  // namespace

FolderClass ClassifyFolder(const FolderClass& parent, std::string_view name) {
  const std::string lower = Lower(name);
  return {parent.vendored || Contains(kVendoredFolders, lower), parent.test || Contains(kTestFolders, lower)};
}

PathClass ClassifyFile(const FolderClass& folder, std::string_view path, const PathAttributes& attributes) {
  PathClass result;
  result.by_path = LanguageOfPath(path);
  const auto slash = path.rfind('/');
  result.test = folder.test || IsTestName(path.substr(slash == std::string_view::npos ? 0 : slash + 1));
  result.vendored = folder.vendored;
  if (attributes.vendored != AttributeState::kUnspecified) result.vendored = IsTrue(attributes.vendored);
  result.generated = IsTrue(attributes.generated);
  result.binary = attributes.text == AttributeState::kUnset && attributes.diff == AttributeState::kUnset;
  return result;
}

}  // namespace coppice::store
