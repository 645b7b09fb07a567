#include "base/sealed_file.h"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

#include <sys/stat.h>

#include "base/format.h"

namespace coppice {

Result<SealedFileWriter> SealedFileWriter::Create(const std::string& path) {
  COPPICE_ASSIGN(AtomicFile file, AtomicFile::Create(path));
  return SealedFileWriter(std::move(file));
}

Result<void> SealedFileWriter::Write(std::string_view bytes) {
  hasher_->Update(bytes);
  return file_.Write(bytes);
}

Result<void> SealedFileWriter::Commit() {
  const Sha256 digest = hasher_->Finish();
  COPPICE_TRY(file_.Write(AsBytes(digest)));
  return file_.Commit();
}

Result<SealedFileReader> SealedFileReader::Open(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd.valid() && errno == ENOENT) {
    return MakeError(ErrorCode::kNotFound, fmt::format("{} does not exist", path));
  }
  struct stat status {};
  if (!fd.valid() || ::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return MakeError(ErrorCode::kUnavailable, fmt::format("{} cannot be read", path));
  }
  SealedFileReader reader(path, std::move(fd), static_cast<std::uint64_t>(status.st_size));
  if (reader.left_ < sizeof(Sha256)) return reader.Damaged();
  reader.left_ -= sizeof(Sha256);
  return reader;
}

Result<void> SealedFileReader::Read(char* into, std::size_t size) {
  if (size > left_) return Damaged();
  COPPICE_TRY(ReadExactly(into, size));
  hasher_->Update({into, size});
  left_ -= size;
  return {};
}

Result<void> SealedFileReader::ReadExactly(char* into, std::size_t size) {
  while (size > 0) {
    const ssize_t got = ::read(fd_.get(), into, size);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Damaged();
    into += got;
    size -= static_cast<std::size_t>(got);
  }
  return {};
}

Result<void> SealedFileReader::Finish() {
  Sha256 stored{};
  if (left_ != 0) return Damaged();
  COPPICE_TRY(ReadExactly(reinterpret_cast<char*>(stored.data()), stored.size()));
  if (stored != hasher_->Finish()) return Damaged();
  return {};
}

Error SealedFileReader::Damaged() const {
  return MakeError(ErrorCode::kCorrupt, fmt::format("{} is damaged", path_));
}

}  // namespace coppice
