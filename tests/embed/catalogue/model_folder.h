#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "base/digest.h"
#include "embed/catalogue/model_store.h"

namespace coppice::embed {

/// A test with a folder of its own, and a model store in it.
class ModelFolderTest : public ::testing::Test {
 protected:
  ModelFolderTest() {
    std::string name = ::testing::TempDir() + "coppice-models-XXXXXX";
    folder_ = ::mkdtemp(name.data());
    store_ = Reopen();
  }
  ~ModelFolderTest() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<ModelStore> Reopen() {
    auto store = ModelStore::Open(folder_ / "models");
    EXPECT_TRUE(store) << store.error().ToString();
    return std::move(store).value();
  }

  /// A file outside of the store; gives its path.
  std::string File(const std::string& name, const std::string& content) {
    const std::filesystem::path path = folder_ / name;
    std::ofstream(path, std::ios::binary) << content;
    return path.string();
  }
  static std::string Read(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static std::string Hash(const std::string& content) { return ToHex(Sha256Of(content)); }
  [[nodiscard]] std::size_t CountIn(const std::string& inner) const {
    const std::filesystem::directory_iterator files(folder_ / "models" / inner);
    return static_cast<std::size_t>(std::distance(begin(files), end(files)));
  }
  /// Writes into a stored file, as a failing disk would.
  static void Damage(const std::filesystem::path& path) {
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(100);
    file << "damage";
  }

  std::filesystem::path folder_;
  std::unique_ptr<ModelStore> store_;
};

}  // namespace coppice::embed
