#pragma once

#include <filesystem>

#include "base/result.h"
#include "base/unique_fd.h"

namespace coppice::app {

/// The daemon's own folder, held so that no second daemon works in it.
///
/// Shape:  made with mode 0711 (the private cluster's account must pass through it); one that is there
///         keeps its mode. `coppiced.lock` holds our pid.
/// Errors: kConflict names the pid of the daemon that holds it; kPermissionDenied, also where
///         everybody may write to it.
class StateDirectory {
 public:
  static Result<StateDirectory> Open(const std::filesystem::path& path);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  StateDirectory(std::filesystem::path path, UniqueFd lock)
      : path_(std::move(path)), lock_(std::move(lock)) {}

  std::filesystem::path path_;
  UniqueFd lock_;  // flock is held while it is open
};

}  // namespace coppice::app
