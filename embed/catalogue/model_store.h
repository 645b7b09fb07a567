#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "embed/catalogue/incoming_file.h"
#include "embed/catalogue/model_record.h"

namespace coppice::embed {

/// Models on disk: files addressed by their SHA-256, and one record for each name.
///
/// Place:  made by App, or by a program that runs models without a daemon; any thread.
/// Shape:  `files/<sha256>.gguf`, `records/<backend>/<name>.json`, `incoming/` for what is on its
///         way, `parts/` for downloads that can be gone on with, `lock`. Several processes may use
///         one folder: what changes it holds the lock, for some ms. Opening sweeps what dead
///         processes left, and files that no record names.
/// Limits: a file is given to nobody unless its content had the recorded SHA-256 when it was last
///         read whole, and it has not been written to since (FileStamp).
/// Errors: kPermissionDenied, kUnavailable, kResourceExhausted for the disk, with the path;
///         kUnavailable where another process holds the lock for long.
class ModelStore {
 public:
  using OnBytes = std::function<void(std::uint64_t done, std::uint64_t total)>;

  static Result<std::unique_ptr<ModelStore>> Open(std::filesystem::path folder);

  /// Every name that has a record, sorted.
  [[nodiscard]] Result<std::vector<std::string>> Names() const;
  /// Nothing where there is none. Errors: kCorrupt, kUnsupportedVersion: the record's file.
  [[nodiscard]] Result<std::optional<ModelRecord>> Find(const std::string& name) const;
  /// What is wrong with the file of a record, by a look at its stamp; "" = nothing.
  [[nodiscard]] static std::string ProblemOf(const ModelRecord& record);

  /// A place for a file of that size. Errors: kResourceExhausted (not retryable), with what is
  /// free.
  Result<IncomingFile> Begin(std::uint64_t size_bytes);
  /// The place where a download under `name` is gone on with.
  [[nodiscard]] std::filesystem::path PartPath(const std::string& name) const;
  /// The download is done with: what is written down beside the part goes.
  void ForgetPart(const std::string& name) const;
  /// Errors: kResourceExhausted (not retryable), with what is free.
  [[nodiscard]] Result<void> CheckSpace(std::uint64_t size_bytes) const;
  /// Puts a finished file, whose SHA-256 is record.spec.sha256, in its place and writes the record.
  /// Errors: kConflict where the name has another SHA-256 meanwhile.
  Result<ModelRecord> Commit(IncomingFile file, ModelRecord record);

  /// Reads the whole file, and writes down what it holds: the stamp, or the SHA-256 it has instead.
  /// Errors: kNotFound; kConflict where it is written to meanwhile; kCancelled, kDeadlineExceeded.
  Result<ModelRecord> Verify(const std::string& name, const OnBytes& on_bytes,
                             const Deadline& deadline);
  /// The model, to be run: verified anew if its file looks other than when it last was.
  /// Errors: kNotFound; kCorrupt, with both hashes; those of Verify.
  Result<ModelSpec> Use(const std::string& name, const Deadline& deadline);
  /// Forgets the name, the SHA-256 pinned to it and the beginning of a download; the file goes
  /// unless another name has it. Errors: kNotFound; kConflict while it is downloaded.
  Result<void> Remove(const std::string& name);

 private:
  explicit ModelStore(std::filesystem::path folder);
  Result<UniqueFd> Lock() const;
  [[nodiscard]] std::filesystem::path FilePath(const std::string& sha256) const;
  [[nodiscard]] std::filesystem::path RecordPath(const std::string& name) const;
  Result<void> WriteRecord(const ModelRecord& record) const;
  /// Removes the beginning of a download; whether there was one. Errors: kConflict.
  Result<bool> RemovePart(const std::string& name) const;
  /// Gives a finished file its place.
  Result<FileStamp> Place(IncomingFile& file, const std::filesystem::path& path) const;
  /// Those that can be read and name this content.
  Result<std::vector<ModelRecord>> RecordsOf(const std::string& sha256) const;
  /// Removes files that no record names, where all records can be read. The lock is held.
  Result<void> SweepFiles() const;
  /// Removes what nobody writes any more. The lock is held.
  void SweepIncoming() const;

  const std::filesystem::path folder_;
};

}  // namespace coppice::embed
