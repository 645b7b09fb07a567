#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/deadline.h"
#include "base/language.h"
#include "base/result.h"
#include "store/model.h"

namespace coppice::store {

/// Where raw trees and the bodies of .gitattributes come from: the repository (write path) or the
/// database (read path). Both must give the same view of the same commit.
class ObjectSource {
 public:
  virtual ~ObjectSource() = default;
  /// git's raw tree object. Errors: kNotFound, kCorrupt.
  virtual Result<std::string> ReadTree(const ObjectId& id) = 0;
  /// The bytes of a blob, asked for .gitattributes only. Errors: kNotFound where it is not kept
  /// (it is then treated as empty), kCorrupt.
  virtual Result<std::string> ReadAttributes(const ObjectId& id) = 0;
};

/// What a path says about a file: the part of a file that belongs to the view, not to the blob.
struct PathClass {
  Language by_path = Language::kUnknown;  // name and extension alone
  bool generated = false;                 // linguist-generated
  bool vendored = false;                  // linguist-vendored, or a well-known folder name
  bool binary = false;                    // `binary` or `-text` and `-diff`
  bool test = false;                      // a test or benchmark, by folder or name
};

/// One file of a commit.
struct FileEntry {
  std::string path;  // bytes, '/'-separated
  ObjectId blob;
  Reason reason =
      Reason::kNone;  // kSubmodule, kSymlink, kBinaryAttribute, kGeneratedAttribute or kNone
  PathClass path_class;
};

/// All files of one tree in git's order, with the trees that lead to them.
struct TreeListing {
  std::vector<FileEntry> files;
  std::vector<std::pair<ObjectId, std::string>> trees;  // id and raw bytes, each once
  bool cpp = false;                                     // holds C++ sources: `.h` is C++ here
};

/// Roughly what a listing holds in memory.
std::uint64_t MemoryBytes(const TreeListing& listing);

/// Reads a whole tree. `subtree` limits it to a folder ("" = all).
/// Errors: those of the source; kCorrupt beyond 64 levels of folders; kResourceExhausted, not
/// retryable, beyond
///         a million files or a million folders; kCancelled, kDeadlineExceeded.
Result<TreeListing> WalkTree(ObjectSource& source, const ObjectId& root, const std::string& subtree,
                             const Deadline& deadline);

/// Whether there is anything at `path` below `root` ("" = the root itself).
/// Errors: those of the source.
Result<bool> HoldsPath(ObjectSource& source, const ObjectId& root, std::string_view path);

/// The language of a file in a listing, once its blob's hint is known.
Language LanguageInView(const FileEntry& file, LanguageHint hint, bool cpp_headers);

}  // namespace coppice::store
