#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace coppice::app {

/// Where the daemon keeps its state and listens when the configuration does not say.
struct DefaultPaths {
  std::filesystem::path state_directory;
  std::string endpoint;  // "ipc:///…/coppice.sock"
};

/// Shape: systemd's STATE_DIRECTORY and RUNTIME_DIRECTORY where set; as root /var/lib/coppice and
///        /run/coppice; otherwise $XDG_STATE_HOME/coppice (~/.local/state/coppice) and
///        $XDG_RUNTIME_DIR/coppice, or `run/` in the state directory where that is not set.
///        The client looks in the same places.
DefaultPaths FindDefaultPaths(const std::map<std::string, std::string>& environment, bool root);

/// The process environment, for FindDefaultPaths.
std::map<std::string, std::string> ProcessEnvironment();

}  // namespace coppice::app
