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

std::string ReadPid(int fd) {
  char text[32] = {};
  const ssize_t size = pread(fd, text, sizeof(text) - 1, 0);
  std::string pid(text, size > 0 ? static_cast<std::size_t>(size) : 0);
  while (!pid.empty() && pid.back() == '\n') pid.pop_back();
  return pid;
}

}  // namespace

Result<StateDirectory> StateDirectory::Open(const std::filesystem::path& path) {
  std::error_code status;
  std::filesystem::create_directories(path, status);
  if (status) return CannotUse(path, status.value());
  if (struct stat info{}; stat(path.c_str(), &info) == 0 && info.st_uid == geteuid()) {
    chmod(path.c_str(), 0711);
  }
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
