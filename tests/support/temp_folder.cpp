#include "tests/support/temp_folder.h"

#include <stdlib.h>
#include <string>
#include <system_error>

#include <gtest/gtest.h>

namespace coppice::test {

TempFolder::TempFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "coppice-test-XXXXXX").string();
  EXPECT_NE(::mkdtemp(name.data()), nullptr);
  path_ = name;
}

TempFolder::~TempFolder() {
  std::error_code error;
  std::filesystem::remove_all(path_, error);
}

}  // namespace coppice::test
