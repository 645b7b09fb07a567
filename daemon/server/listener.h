#pragma once

#include <string>
#include <utility>

#include <sys/types.h>

#include "base/result.h"
#include "base/unique_fd.h"

namespace coppice::server {

/// A file that one process at a time may hold; the kernel gives it back when the process ends.
///
/// Errors: kConflict, naming the process that holds it; kPermissionDenied, kUnavailable.
class FileLock {
 public:
  /// Makes the file if need be and writes this process's number into it.
  static Result<FileLock> Take(const std::string& path);

 private:
  explicit FileLock(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

/// A bound and listening Unix socket with its lock file beside it.
///
/// Place:  made before the server's threads; outlives the ROUTER socket that serves on it.
/// Shape:  the mode is set between bind and listen, when nobody can connect yet: no race, and no
///         process-wide umask. A missing directory is made with mode 0750. A dead daemon's socket
///         file is replaced.
/// Errors: kConflict (another daemon serves there, or the path is not a socket), kPermissionDenied,
///         kInvalidArgument (path), kUnavailable.
class Listener {
 public:
  static Result<Listener> Bind(const std::string& path, mode_t mode = 0660);
  Listener(Listener&& other) noexcept
      : path_(std::exchange(other.path_, {})),
        lock_(std::move(other.lock_)),
        socket_(std::move(other.socket_)) {}
  Listener& operator=(Listener&&) = delete;
  /// Removes the socket file; the lock file stays, unlocked.
  ~Listener();

  /// The descriptor, once, for the socket that serves on it.
  UniqueFd TakeSocket() { return std::move(socket_); }

 private:
  Listener(std::string path, FileLock lock, UniqueFd socket)
      : path_(std::move(path)), lock_(std::move(lock)), socket_(std::move(socket)) {}

  std::string path_;
  FileLock lock_;
  UniqueFd socket_;
};

}  // namespace coppice::server
