#pragma once

#include <filesystem>
#include <string>

namespace coppice::test {

/// The whole content of a file; fails the test where it cannot be read.
std::string ReadFile(const std::filesystem::path& path);

/// The project's source folder, as ctest gives it.
std::filesystem::path SourceDir();

/// Compares `actual` with the file `expected`. With COPPICE_REWRITE_GOLDEN=1 in the environment, or
/// --rewrite-golden on the test's command line, it writes the file instead: review the diff.
void CheckGolden(const std::string& actual, const std::filesystem::path& expected);

}  // namespace coppice::test
