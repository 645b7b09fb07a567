#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/process.h"

namespace coppice::store {

/// A git repository in a folder of its own, untouched by the machine's configuration.
class GitFolder {
 public:
  GitFolder() {
    std::string name = "/tmp/coppice-git-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
    Git({"init", "-q"});
  }
  ~GitFolder() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  GitFolder(const GitFolder&) = delete;
  GitFolder& operator=(const GitFolder&) = delete;

  void Write(const std::string& path, const std::string& content) const {
    const auto file = path_ / path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << content;
  }

  std::string Git(std::vector<std::string> arguments, const std::string& input = "") const {
    const auto input_file = path_ / ".git" / "test-input";
    if (!input.empty()) std::ofstream(input_file, std::ios::binary) << input;
    Command command;
    command.argv = {"sh", "-c", "if [ -e .git/test-input ]; then exec git \"$@\" <.git/test-input; else exec git \"$@\"; fi",
                    "git"};
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    command.directory = path_;
    command.environment = {{"GIT_CONFIG_NOSYSTEM", "1"}, {"GIT_ATTR_NOSYSTEM", "1"}, {"HOME", path_.string()},
                           {"XDG_CONFIG_HOME", path_.string()}, {"GIT_AUTHOR_NAME", "t"}, {"GIT_AUTHOR_EMAIL", "t@x"},
                           {"GIT_COMMITTER_NAME", "t"}, {"GIT_COMMITTER_EMAIL", "t@x"}, {"GIT_DIR", std::nullopt}};
    auto output = RunCommand(command, Deadline::After(std::chrono::seconds(60)), 64U << 20U);
    std::filesystem::remove(input_file);
    if (!output || !output->status.ok()) {
      ADD_FAILURE() << "git " << arguments.front() << ": " << (output ? output->err : output.error().ToString());
      return "";
    }
    return output->out;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace coppice::store
