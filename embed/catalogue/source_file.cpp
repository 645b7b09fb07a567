#include "embed/catalogue/source_file.h"

#include <cerrno>
#include <fcntl.h>
#include <string_view>
#include <system_error>

#include "base/format.h"
#include "base/process.h"

namespace coppice::embed {
namespace {

std::string_view KindOf(mode_t mode) {
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISLNK(mode)) return "a symbolic link";
  if (S_ISFIFO(mode)) return "a pipe";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

Error NoFile(const std::string& path, mode_t mode) {
  return MakeError(ErrorCode::kInvalidArgument,
                   fmt::format("{} is {}, and no file", path, KindOf(mode)),
                   "give the path of the model's file itself");
}

Error CannotOpen(const std::string& path, int number) {
  if (number == EACCES || number == EPERM) {
    const auto account = CurrentAccount();
    return MakeError(
        ErrorCode::kPermissionDenied,
        fmt::format("{} may not be read by the daemon, which runs as {}", path,
                    account ? account->name : "an account without a name"),
        "give that account the right to read it, or put it into a folder that it can read");
  }
  if (number == ENOENT || number == ENOTDIR) {
    return MakeError(ErrorCode::kNotFound, fmt::format("{} is not there for the daemon", path),
                     "the daemon reads the file itself, and as a service has a /tmp of its own");
  }
  return MakeError(ErrorCode::kUnavailable,
                   fmt::format("{}: {}", path, std::generic_category().message(number)));
}

}  // namespace

Result<SourceFile> OpenSourceFile(const std::string& path) {
  if (!path.starts_with('/') || path.find('\0') != std::string::npos) {
    return MakeError(ErrorCode::kInvalidArgument, fmt::format("'{}' is no absolute path", path));
  }
  // A pipe would be waited for, and a device may do more than that: neither is opened to be read.
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC));
  struct stat info {};
  if (!fd.valid()) {
    const int number = errno;
    if (number == ELOOP && ::lstat(path.c_str(), &info) == 0 && S_ISLNK(info.st_mode)) {
      return NoFile(path, info.st_mode);
    }
    if (number == ENXIO && ::lstat(path.c_str(), &info) == 0) return NoFile(path, info.st_mode);
    return CannotOpen(path, number);
  }
  if (::fstat(fd.get(), &info) != 0) return CannotOpen(path, errno);
  if (!S_ISREG(info.st_mode)) return NoFile(path, info.st_mode);
  return SourceFile{path, std::move(fd), StampOf(info)};
}

Result<void> SourceFile::CheckUnchanged() const {
  struct stat info {};
  if (::fstat(fd.get(), &info) == 0 && StampOf(info) == stamp) return {};
  return MakeError(ErrorCode::kConflict, fmt::format("{} changed while it was copied", path),
                   "add it again once nobody writes to it");
}

}  // namespace coppice::embed
