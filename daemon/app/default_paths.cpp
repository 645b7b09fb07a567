#include "daemon/app/default_paths.h"

#include <unistd.h>

#include <string_view>

namespace coppice::app {
namespace {

namespace fs = std::filesystem;

std::string Get(const std::map<std::string, std::string>& environment, const char* name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string() : found->second;
}

/// systemd gives several directories separated by ':'; the first is ours.
std::string First(const std::string& list) { return list.substr(0, list.find(':')); }

fs::path StateDirectory(const std::map<std::string, std::string>& environment, bool root) {
  if (const std::string given = First(Get(environment, "STATE_DIRECTORY")); !given.empty()) {
    return given;
  }
  if (root) return "/var/lib/coppice";
  if (const std::string base = Get(environment, "XDG_STATE_HOME"); !base.empty()) {
    return fs::path(base) / "coppice";
  }
  return fs::path(Get(environment, "HOME")) / ".local/state/coppice";
}

fs::path RuntimeDirectory(const std::map<std::string, std::string>& environment, bool root,
                          const fs::path& state) {
  if (const std::string given = First(Get(environment, "RUNTIME_DIRECTORY")); !given.empty()) {
    return given;
  }
  if (root) return "/run/coppice";
  if (const std::string base = Get(environment, "XDG_RUNTIME_DIR"); !base.empty()) {
    return fs::path(base) / "coppice";
  }
  return state / "run";
}

}  // namespace

DefaultPaths FindDefaultPaths(const std::map<std::string, std::string>& environment, bool root) {
  DefaultPaths paths;
  paths.state_directory = StateDirectory(environment, root);
  const fs::path runtime = RuntimeDirectory(environment, root, paths.state_directory);
  paths.endpoint = "ipc://" + (runtime / "coppice.sock").string();
  return paths;
}

std::map<std::string, std::string> ProcessEnvironment() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view line(*entry);
    const std::size_t equals = line.find('=');
    if (equals != std::string_view::npos) {
      variables.emplace(line.substr(0, equals), line.substr(equals + 1));
    }
  }
  return variables;
}

}  // namespace coppice::app
