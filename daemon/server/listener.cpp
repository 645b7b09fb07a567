#include "daemon/server/listener.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/format.h"
#include "protocol/endpoint.h"

namespace coppice::server {
namespace {

namespace fs = std::filesystem;

Error FromErrno(const std::string& what, int number) {
  const ErrorCode code = number == EACCES || number == EPERM || number == EROFS
                             ? ErrorCode::kPermissionDenied
                             : ErrorCode::kUnavailable;
  return MakeError(code, fmt::format("{}: {}", what, std::system_category().message(number)));
}

std::string HolderOf(int fd) {
  std::array<char, 32> text{};
  const ssize_t length = ::pread(fd, text.data(), text.size() - 1, 0);
  const std::string_view read(text.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
  const std::string_view pid = read.substr(0, read.find('\n'));
  return pid.empty() ? "another process" : fmt::format("process {}", pid);
}

Result<void> MakeFolder(const fs::path& folder) {
  std::error_code error;
  if (!fs::create_directories(folder, error)) {
    if (!error) return {};
    return FromErrno("create " + folder.string(), error.value());
  }
  constexpr auto kMode = fs::perms::owner_all | fs::perms::group_read | fs::perms::group_exec;
  fs::permissions(folder, kMode, error);
  if (error) return FromErrno("chmod " + folder.string(), error.value());
  return {};
}

/// Takes away a socket file that a dead daemon left; the lock is held.
Result<void> RemoveStale(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) {
    if (errno == ENOENT) return {};
    return FromErrno(path, errno);
  }
  if (!S_ISSOCK(info.st_mode)) {
    return MakeError(ErrorCode::kConflict, path + " exists and is not a socket",
                     "choose another path for the socket");
  }
  if (protocol::ProbeIpc(path)) {
    return MakeError(ErrorCode::kConflict, "somebody already serves on " + path,
                     "stop it, or choose another path for the socket");
  }
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return FromErrno("remove " + path, errno);
  return {};
}

}  // namespace

Result<FileLock> FileLock::Take(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640));
  if (!fd.valid()) return FromErrno("open " + path, errno);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return FromErrno("lock " + path, errno);
    return MakeError(ErrorCode::kConflict,
                     fmt::format("{} is locked by {}", path, HolderOf(fd.get())),
                     "one daemon at a time: stop that one first");
  }
  const std::string pid = fmt::format("{}\n", ::getpid());
  if (::ftruncate(fd.get(), 0) != 0 ||
      ::pwrite(fd.get(), pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
    return FromErrno("write " + path, errno);
  }
  return FileLock(std::move(fd));
}

Result<Listener> Listener::Bind(const std::string& path, mode_t mode) {
  constexpr int kBacklog = 128;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (!path.starts_with('/') || path.size() >= sizeof(address.sun_path)) {
    return MakeError(ErrorCode::kInvalidArgument,
                     fmt::format("'{}' is no absolute path of at most {} bytes", path,
                                 sizeof(address.sun_path) - 1));
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  COPPICE_TRY(MakeFolder(fs::path(path).parent_path()));
  COPPICE_ASSIGN(FileLock lock, FileLock::Take(path + ".lock"));
  COPPICE_TRY(RemoveStale(path));
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid()) return FromErrno("socket", errno);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return FromErrno("bind " + path, errno);
  }
  Listener listener(path, std::move(lock), std::move(socket));
  if (::chmod(path.c_str(), mode) != 0) return FromErrno("chmod " + path, errno);
  if (::listen(listener.socket_.get(), kBacklog) != 0) return FromErrno("listen " + path, errno);
  return listener;
}

Listener::~Listener() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

}  // namespace coppice::server
