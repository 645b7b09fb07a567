#include "indexer/git/git_command.h"

#include <array>
#include <optional>

namespace coppice::indexer {
namespace {

// Variables by which a caller could make git look at another repository or run something.
constexpr std::array kGitVariables = {"GIT_ALLOW_PROTOCOL",
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
                                      "GIT_NAMESPACE",
                                      "GIT_NO_REPLACE_OBJECTS",
                                      "GIT_REPLACE_REF_BASE",
                                      "GIT_PREFIX",
                                      "GIT_SHALLOW_FILE",
                                      "GIT_COMMON_DIR",
                                      "GIT_EXEC_PATH"};

}  // namespace

Command QuietGitCommand(const std::vector<std::string>& arguments) {
  Command command;
  command.argv = {"git",       "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c",
                  "gc.auto=0", "-c", "protocol.allow=never"};
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  for (const char* variable : kGitVariables) command.environment[variable] = std::nullopt;
  command.environment["GIT_TERMINAL_PROMPT"] = "0";
  command.environment["GIT_ASKPASS"] = "true";
  command.environment["GIT_PAGER"] = "cat";
  command.environment["GIT_OPTIONAL_LOCKS"] = "0";
  command.environment["LC_ALL"] = "C";
  command.die_with_parent = true;
  return command;
}

std::string LastLine(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

}  // namespace coppice::indexer
