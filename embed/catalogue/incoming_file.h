#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/deadline.h"
#include "base/digest.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace coppice::embed {

/// A model's file on its way into the store: written and hashed at the same time.
///
/// Place:  made by ModelStore under its lock; given back to it to be committed.
/// Shape:  locked (flock) while it is open, so that who sweeps knows it from what a dead process
///         left. Removed by the destructor unless it is kept or was released.
/// Errors: kResourceExhausted (not retryable: the disk is full until somebody makes room),
///         kUnavailable; both name the path.
class IncomingFile {
 public:
  /// A new file; `path` must not be there.
  static Result<IncomingFile> Create(std::string path);
  /// One that may hold the beginning already, and is kept when this goes. What is there is hashed
  /// first. Errors: also kConflict where another writes it, kCancelled, kDeadlineExceeded.
  static Result<IncomingFile> Resume(std::string path, const Deadline& deadline);

  IncomingFile(IncomingFile&& other) noexcept;
  IncomingFile& operator=(IncomingFile&&) = delete;
  ~IncomingFile();

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] std::uint64_t size_bytes() const { return size_bytes_; }

  Result<void> Write(std::string_view bytes);
  /// Throws away what was written.
  Result<void> Restart();
  /// On disk; gives its SHA-256. Once, at the end.
  Result<std::string> Finish();
  /// It is somewhere else now: nothing is removed.
  void Release() { path_.clear(); }
  /// It is not wanted: removed at the end, also one that would be kept.
  void Discard() { keep_ = false; }

 private:
  IncomingFile(std::string path, UniqueFd fd, bool keep)
      : path_(std::move(path)), fd_(std::move(fd)), keep_(keep) {}

  std::string path_;  // "" = nothing to remove
  UniqueFd fd_;
  bool keep_;
  std::uint64_t size_bytes_ = 0;
  std::unique_ptr<Sha256Hasher> hasher_ = std::make_unique<Sha256Hasher>();
};

/// Gives the bytes of `fd` from its start to its end in pieces of at most 1 MiB.
///
/// Errors: kCancelled, kDeadlineExceeded; kUnavailable, naming `path`; those of `on_bytes`.
Result<void> ReadAll(int fd, const std::string& path, const Deadline& deadline,
                     const std::function<Result<void>(std::string_view bytes)>& on_bytes);

}  // namespace coppice::embed
