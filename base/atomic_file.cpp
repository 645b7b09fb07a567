#include "base/atomic_file.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "base/format.h"

namespace coppice {
namespace {

Error WriteError(const std::string& path, int number) {
  const bool full = number == ENOSPC || number == EDQUOT || number == EFBIG;
  return MakeError(
      full ? ErrorCode::kResourceExhausted : ErrorCode::kUnavailable,
      fmt::format("{} cannot be written: {}", path, std::generic_category().message(number)),
      full ? "Make room on the disk." : "");
}

}  // namespace

AtomicFile::AtomicFile(std::string path, std::string temporary, UniqueFd fd)
    : path_(std::move(path)), temporary_(std::move(temporary)), fd_(std::move(fd)) {}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, "")),
      fd_(std::move(other.fd_)) {}

AtomicFile::~AtomicFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

Result<AtomicFile> AtomicFile::Create(std::string path) {
  std::string temporary = path + ".new-XXXXXX";
  UniqueFd fd(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd.valid()) return WriteError(path, errno);
  return AtomicFile(std::move(path), std::move(temporary), std::move(fd));
}

Result<void> AtomicFile::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd_.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return WriteError(path_, errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> AtomicFile::Commit() {
  if (::fsync(fd_.get()) != 0) return WriteError(path_, errno);
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) return WriteError(path_, errno);
  temporary_.clear();
  const std::string folder = path_.substr(0, path_.find_last_of('/') + 1);
  const UniqueFd of_folder(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_CLOEXEC));
  if (!of_folder.valid() || ::fsync(of_folder.get()) != 0) return WriteError(folder, errno);
  return {};
}

}  // namespace coppice
