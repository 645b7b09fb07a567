#pragma once

#include <string>

#include "base/result.h"
#include "base/unique_fd.h"
#include "embed/catalogue/model_record.h"

namespace coppice::embed {

/// A file that somebody asks the daemon to read.
struct SourceFile {
  std::string path;
  UniqueFd fd;
  FileStamp stamp;  // when it was opened

  /// Whether it is as it was when it was opened. Errors: kConflict.
  [[nodiscard]] Result<void> CheckUnchanged() const;
};

/// Opens a regular file for reading. Nothing else is waited for or followed.
///
/// Errors: kInvalidArgument: no absolute path; a folder, pipe, device, socket or symbolic link
///         (named as such); kNotFound; kPermissionDenied, with the account that may not read it;
///         kUnavailable.
Result<SourceFile> OpenSourceFile(const std::string& path);

}  // namespace coppice::embed
