#include "daemon/app/state_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "base/format.h"

namespace coppice::app {
namespace {

Error CannotUse(const std::filesystem::path& path, int error) {
  const ErrorCode code = error == EACCES || error == EPERM || error == EROFS
                             ? ErrorCode::kPermissionDenied
                             : ErrorCode::kUnavailable;
  return MakeError(code,
                   fmt::format("state directory {} cannot be used: {}", path.string(),
                               std::strerror(error)),
                   "choose another with --state-dir or state.directory");
}

/// A folder that others made keeps its mode: it may be theirs too.
Result<void> MakeFolder(const std::filesystem::path& path) {
  std::error_code status;
  if (std::filesystem::create_directories(path, status)) {
    return chmod(path.c_str(), 0711) == 0 ? Result<void>() : CannotUse(path, errno);
  }
  if (status) return CannotUse(path, status.value());
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) return CannotUse(path, errno);
  if (!S_ISDIR(info.st_mode)) return CannotUse(path, ENOTDIR);
  if ((info.st_mode & S_IWOTH) == 0) return {};
  return MakeError(ErrorCode::kPermissionDenied,
                   fmt::format("state directory {} may be written by everybody", path.string()),
                   fmt::format("choose a folder of its own, such as {}, or take that away: chmod o-w {}",
                               (path / "coppice").string(), path.string()));
}

std::string ReadPid(int fd) {
  char text[32] = {};
  const ssize_t size = pread(fd, text, sizeof(text) - 1, 0);
  std::string pid(text, size > 0 ? static_cast<std::size_t>(size) : 0);
  while (!pid.empty() && pid.back() == '\n') pid.pop_back();
  return pid;
}

}  // namespace

Result<StateDirectory> StateDirectory::Open(const std::filesystem::path& path) {
  COPPICE_TRY(MakeFolder(path));
  UniqueFd lock(open((path / "coppiced.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock.valid()) return CannotUse(path, errno);
  if (flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    return MakeError(ErrorCode::kConflict,
                     fmt::format("state directory {} is in use by the daemon with pid {}",
                                 path.string(), ReadPid(lock.get())),
                     "stop that daemon, or give this one a directory of its own with --state-dir");
  }
  const std::string pid = fmt::format("{}\n", getpid());
  if (ftruncate(lock.get(), 0) != 0 ||
      pwrite(lock.get(), pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
    return CannotUse(path, errno);
  }
  return StateDirectory(path, std::move(lock));
}

}  // namespace coppice::app
