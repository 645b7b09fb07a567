#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"

namespace coppice {

/// A file that is there whole or not at all: written beside its name, on disk before it is renamed.
///
/// Shape:  `<path>.new-XXXXXX` until Commit; removed by the destructor when there was none. Mode
///         0600. Several writers of one path do not meet; the last to commit stays.
/// Errors: kResourceExhausted when the disk or a limit is full, else kUnavailable; both name the
///         path.
class AtomicFile {
 public:
  static Result<AtomicFile> Create(std::string path);
  ~AtomicFile();
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&&) = delete;

  Result<void> Write(std::string_view bytes);
  /// Syncs the file, renames it and syncs its folder.
  Result<void> Commit();

 private:
  AtomicFile(std::string path, std::string temporary, UniqueFd fd);

  std::string path_;
  std::string temporary_;  // "" = nothing to remove
  UniqueFd fd_;
};

}  // namespace coppice
