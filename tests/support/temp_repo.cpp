#include "tests/support/temp_repo.h"

#include <fstream>
#include <utility>

#include <gtest/gtest.h>

#include "base/process.h"

namespace coppice::test {

std::string RunGit(const std::filesystem::path& folder, std::vector<std::string> arguments) {
  Command command;
  command.argv = {"git", "-c", "protocol.file.allow=always", "-c", "commit.gpgsign=false"};
  for (std::string& argument : arguments) command.argv.push_back(std::move(argument));
  command.directory = folder.string();
  for (const char* name : {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY",
                           "GIT_COMMON_DIR", "GIT_PREFIX", "GIT_NAMESPACE"}) {
    command.environment[name] = std::nullopt;
  }
  command.environment["HOME"] = folder.string();
  command.environment["GIT_CONFIG_NOSYSTEM"] = "1";
  command.environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
  command.environment["GIT_TERMINAL_PROMPT"] = "0";
  command.environment["LC_ALL"] = "C";
  for (const std::string who : {"AUTHOR", "COMMITTER"}) {
    command.environment["GIT_" + who + "_NAME"] = "A U Thor";
    command.environment["GIT_" + who + "_EMAIL"] = "author@example.org";
    command.environment["GIT_" + who + "_DATE"] = "1700000000 +0000";
  }
  const std::string what = command.argv.size() > 5 ? command.argv[5] : "git";
  const auto output = RunCommand(std::move(command), Deadline::After(std::chrono::seconds(60)));
  if (!output) {
    ADD_FAILURE() << "git " << what << ": " << output.error().ToString();
    return {};
  }
  EXPECT_TRUE(output->status.ok()) << "git " << what << ": " << output->err << output->out;
  std::string text = output->out;
  if (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

TempRepo::TempRepo(const std::string& object_format) : path_(folder_.path() / "repo") {
  std::filesystem::create_directory(path_);
  Git({"init", "--quiet", "--initial-branch=main", "--object-format=" + object_format});
}

TempRepo& TempRepo::Write(std::string_view path, std::string_view content) {
  const std::filesystem::path file = path_ / path;
  std::filesystem::create_directories(file.parent_path());
  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  stream << content;
  EXPECT_TRUE(stream.flush().good()) << file;
  return *this;
}

TempRepo& TempRepo::Remove(std::string_view path) {
  std::filesystem::remove_all(path_ / path);
  return *this;
}

std::string TempRepo::Commit(const std::string& message) {
  Git({"add", "--all", "--force"});
  Git({"commit", "--quiet", "--allow-empty", "--message", message});
  return Git({"rev-parse", "HEAD"});
}

}  // namespace coppice::test
