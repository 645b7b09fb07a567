#include "indexer/git/mirror.h"

#include <array>
#include <filesystem>
#include <string_view>
#include <vector>

#include "base/format.h"
#include "base/process.h"

namespace coppice::indexer {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 5> kSchemes = {"file", "https", "http", "ssh", "git"};

// Variables by which a caller could make git look at another repository or run something.
constexpr std::array<const char*, 18> kGitVariables = {"GIT_ALLOW_PROTOCOL",
                                                       "GIT_PROTOCOL_FROM_USER",
                                                       "GIT_ALTERNATE_OBJECT_DIRECTORIES",
                                                       "GIT_CONFIG",
                                                       "GIT_CONFIG_PARAMETERS",
                                                       "GIT_CONFIG_COUNT",
                                                       "GIT_OBJECT_DIRECTORY",
                                                       "GIT_DIR",
                                                       "GIT_WORK_TREE",
                                                       "GIT_IMPLICIT_WORK_TREE",
                                                       "GIT_GRAFT_FILE",
                                                       "GIT_INDEX_FILE",
                                                       "GIT_NO_REPLACE_OBJECTS",
                                                       "GIT_REPLACE_REF_BASE",
                                                       "GIT_PREFIX",
                                                       "GIT_SHALLOW_FILE",
                                                       "GIT_COMMON_DIR",
                                                       "GIT_EXEC_PATH"};

Result<void> CheckUrl(const std::string& url) {
  const std::size_t scheme = url.find("://");
  bool known = scheme == std::string::npos;  // host:path goes over ssh
  for (const std::string_view name : kSchemes) known = known || url.substr(0, scheme) == name;
  // `ext::command`: a helper program by name.
  const std::size_t helper = url.find("::");
  known =
      known && (helper == std::string::npos || helper == 0 || url.find_first_of("/:@[") < helper);
  if (url.starts_with("-") || !known) {
    return MakeError(ErrorCode::kInvalidArgument, fmt::format("URL {} cannot be fetched", url),
                     "use a file, https, http, ssh or git URL");
  }
  return {};
}

Command GitCommand(std::vector<std::string> arguments) {
  Command command;
  command.argv = {"git",       "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c",
                  "gc.auto=0", "-c", "protocol.allow=never"};
  for (const std::string_view scheme : kSchemes) {
    command.argv.emplace_back("-c");
    command.argv.push_back(fmt::format("protocol.{}.allow=always", scheme));
  }
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  for (const char* variable : kGitVariables) command.environment[variable] = std::nullopt;
  command.environment["GIT_TERMINAL_PROMPT"] = "0";
  command.environment["GIT_ASKPASS"] = "true";
  command.environment["GIT_SSH_COMMAND"] = "ssh -oBatchMode=yes";
  command.environment["LC_ALL"] = "C";
  command.die_with_parent = true;
  return command;
}

std::string LastLine(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

Result<void> RunGit(std::vector<std::string> arguments, const std::string& url,
                    const Deadline& deadline) {
  auto output = RunCommand(GitCommand(std::move(arguments)), deadline);
  if (!output) {
    if (output.error().code != ErrorCode::kNotFound) return output.error().WithContext(url);
    return MakeError(ErrorCode::kUnsupported, fmt::format("{}: the git program is missing", url),
                     "install git on the daemon's machine");
  }
  if (output->status.ok()) return {};
  return MakeError(ErrorCode::kUnavailable,
                   fmt::format("{} cannot be fetched: {}", url, LastLine(output->err)),
                   "try `git ls-remote` with this URL as the daemon's account");
}

}  // namespace

bool IsRemoteLocation(const std::string& location) {
  if (location.find("://") != std::string::npos) return true;
  const std::size_t colon = location.find(':');
  return colon != std::string::npos && location.find('/') > colon;
}

std::string NameFromLocation(const std::string& location) {
  std::string_view rest = location;
  while (!rest.empty() && rest.back() == '/') rest.remove_suffix(1);
  if (rest.ends_with("/.git")) rest.remove_suffix(5);
  if (rest.ends_with(".git")) rest.remove_suffix(4);
  return std::string(rest.substr(rest.find_last_of("/:") + 1));
}

Result<void> FetchMirror(const std::string& url, const std::string& directory,
                         const Deadline& deadline) {
  COPPICE_TRY(CheckUrl(url));
  std::error_code status;
  if (fs::exists(directory, status)) {
    return RunGit(
        {"-C", directory, "fetch", "--quiet", "--prune", "--no-write-fetch-head", "origin"}, url,
        deadline);
  }
  const std::string partial = directory + ".partial";
  fs::remove_all(partial, status);
  fs::create_directories(fs::path(directory).parent_path(), status);
  COPPICE_TRY(RunGit({"clone", "--quiet", "--mirror", "--", url, partial}, url, deadline));
  fs::rename(partial, directory, status);
  if (status) {
    return MakeError(ErrorCode::kUnavailable,
                     fmt::format("{} cannot be made: {}", directory, status.message()));
  }
  return {};
}

}  // namespace coppice::indexer
