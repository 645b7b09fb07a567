#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <sys/stat.h>

#include "base/result.h"
#include "embed/model_spec.h"

namespace coppice::embed {

/// One line per bump. 1: first.
inline constexpr int kModelRecordFormat = 1;

/// What the kernel says of a file. Equal stamps: the content was not written to in between, by
/// anybody who does not set clocks back.
struct FileStamp {
  std::uint64_t size_bytes = 0;
  std::int64_t mtime_ns = 0;
  std::int64_t ctime_ns = 0;
  std::uint64_t inode = 0;
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};
FileStamp StampOf(const struct stat& info);

/// Why a model's SHA-256 is believed.
enum class Trust : std::uint8_t {
  kCatalogue,  // it stands in the catalogue
  kOperator,   // whoever added it gave it
  kFirstUse,   // it is that of the first file that came under this name
};
std::string_view ToText(Trust trust);  // "catalogue", "operator", "first_use"

/// What the store keeps of one model.
struct ModelRecord {
  ModelSpec spec;      // path: of the file in the store; filled in when it is read
  std::string source;  // where it came from: an absolute path or a URL
  Trust trust = Trust::kFirstUse;
  FileStamp verified;          // the file, when its content last had the SHA-256 of spec
  std::string damaged_sha256;  // what it had at a later look; "" = that never happened
};

/// The record as a text of JSON, for people to read too.
std::string RecordToText(const ModelRecord& record);
/// Without spec.path. Errors: kCorrupt, kUnsupportedVersion; neither names the file.
Result<ModelRecord> RecordFromText(std::string_view text);

}  // namespace coppice::embed
