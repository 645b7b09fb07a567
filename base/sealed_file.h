#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/atomic_file.h"
#include "base/digest.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace coppice {

/// Writes a file whose last 32 bytes are the SHA-256 of the others; it is there whole or not at
/// all.
///
/// Errors: as AtomicFile.
class SealedFileWriter {
 public:
  static Result<SealedFileWriter> Create(const std::string& path);

  Result<void> Write(std::string_view bytes);
  /// A value as it lies in memory: trivially copyable, without gaps.
  template <class T>
  Result<void> WriteOne(const T& value) {
    return Write({reinterpret_cast<const char*>(&value), sizeof(value)});
  }
  template <class T>
  Result<void> WriteMany(const std::vector<T>& values) {
    return Write({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)});
  }
  Result<void> Commit();

 private:
  explicit SealedFileWriter(AtomicFile file) : file_(std::move(file)) {}

  AtomicFile file_;
  std::unique_ptr<Sha256Hasher> hasher_ = std::make_unique<Sha256Hasher>();
};

/// Reads one. Nothing that it gives may be used before Finish has agreed.
///
/// Errors: kNotFound, kUnavailable; kCorrupt (cut short, too long, or another digest). All name the
///         path.
class SealedFileReader {
 public:
  static Result<SealedFileReader> Open(const std::string& path);

  template <class T>
  Result<T> ReadOne() {
    T value{};
    COPPICE_TRY(Read(reinterpret_cast<char*>(&value), sizeof(value)));
    return value;
  }
  /// Asks for no more memory than there is file.
  template <class T>
  Result<std::vector<T>> ReadMany(std::size_t count) {
    if (count > left_ / sizeof(T)) return Damaged();
    std::vector<T> values(count);
    COPPICE_TRY(Read(reinterpret_cast<char*>(values.data()), count * sizeof(T)));
    return values;
  }
  /// Everything has been read, and is what was written.
  Result<void> Finish();
  /// What to say of contents that make no sense.
  [[nodiscard]] Error Damaged() const;

 private:
  SealedFileReader(std::string path, UniqueFd fd, std::uint64_t size)
      : path_(std::move(path)), fd_(std::move(fd)), left_(size) {}
  Result<void> Read(char* into, std::size_t size);
  Result<void> ReadExactly(char* into, std::size_t size);

  std::string path_;
  UniqueFd fd_;
  std::uint64_t left_;  // before the digest
  std::unique_ptr<Sha256Hasher> hasher_ = std::make_unique<Sha256Hasher>();
};

}  // namespace coppice
