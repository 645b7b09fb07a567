#include "embed/catalogue/incoming_file.h"

#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <sys/file.h>

#include "base/format.h"

namespace coppice::embed {
namespace {

Error WriteError(const std::string& path, int number) {
  const bool full = number == ENOSPC || number == EDQUOT || number == EFBIG;
  Error error = MakeError(
      full ? ErrorCode::kResourceExhausted : ErrorCode::kUnavailable,
      fmt::format("{} cannot be written: {}", path, std::generic_category().message(number)),
      full ? "make room on the disk" : "");
  error.retryable = false;
  return error;
}

Result<UniqueFd> OpenLocked(const std::string& path, int flags) {
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | flags, 0600));
  if (!fd.valid()) return WriteError(path, errno);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return WriteError(path, errno);
    return MakeError(ErrorCode::kConflict, fmt::format("{} is being written already", path),
                     "wait until that is done");
  }
  return fd;
}

}  // namespace

IncomingFile::IncomingFile(IncomingFile&& other) noexcept
    : path_(std::exchange(other.path_, "")),
      fd_(std::move(other.fd_)),
      keep_(other.keep_),
      size_bytes_(other.size_bytes_),
      hasher_(std::move(other.hasher_)) {}

IncomingFile::~IncomingFile() {
  if (!path_.empty() && !keep_) ::unlink(path_.c_str());
}

Result<IncomingFile> IncomingFile::Create(std::string path) {
  COPPICE_ASSIGN(UniqueFd fd, OpenLocked(path, O_EXCL));
  return IncomingFile(std::move(path), std::move(fd), false);
}

Result<IncomingFile> IncomingFile::Resume(std::string path, const Deadline& deadline) {
  COPPICE_ASSIGN(UniqueFd fd, OpenLocked(path, 0));
  IncomingFile file(path, std::move(fd), true);
  COPPICE_TRY(ReadAll(file.fd(), path, deadline, [&](std::string_view bytes) -> Result<void> {
    file.hasher_->Update(bytes);
    file.size_bytes_ += bytes.size();
    return {};
  }));
  if (::lseek(file.fd(), 0, SEEK_END) < 0) return WriteError(path, errno);
  return file;
}

Result<void> IncomingFile::Write(std::string_view bytes) {
  hasher_->Update(bytes);
  size_bytes_ += bytes.size();
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd_.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return WriteError(path_, errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> IncomingFile::Restart() {
  if (::ftruncate(fd_.get(), 0) != 0 || ::lseek(fd_.get(), 0, SEEK_SET) != 0) {
    return WriteError(path_, errno);
  }
  hasher_ = std::make_unique<Sha256Hasher>();
  size_bytes_ = 0;
  return {};
}

Result<std::string> IncomingFile::Finish() {
  if (::fsync(fd_.get()) != 0) return WriteError(path_, errno);
  return ToHex(hasher_->Finish());
}

Result<void> ReadAll(int fd, const std::string& path, const Deadline& deadline,
                     const std::function<Result<void>(std::string_view bytes)>& on_bytes) {
  constexpr std::size_t kPiece = 1 << 20;
  std::string piece(kPiece, '\0');
  for (off_t at = 0;;) {
    if (deadline.cancelled()) return MakeError(ErrorCode::kCancelled, path + ": given up");
    if (deadline.expired()) {
      return MakeError(ErrorCode::kDeadlineExceeded, path + ": the time was too short to read it");
    }
    const ssize_t got = ::pread(fd, piece.data(), piece.size(), at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      return MakeError(
          ErrorCode::kUnavailable,
          fmt::format("{} cannot be read: {}", path, std::generic_category().message(errno)));
    }
    if (got == 0) return {};
    COPPICE_TRY(on_bytes({piece.data(), static_cast<std::size_t>(got)}));
    at += got;
  }
}

}  // namespace coppice::embed
