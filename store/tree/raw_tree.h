#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/model.h"

namespace coppice::store {

/// What a tree entry points at.
enum class EntryKind : std::uint8_t { kBlob, kTree, kSymlink, kSubmodule };

/// One entry of a git tree. `name` is bytes, never with '/'; it points into the raw tree.
struct TreeEntry {
  EntryKind kind;
  bool executable;
  std::string_view name;
  ObjectId id;
};

/// Decodes git's raw tree object. Shape: entries in git's order. `id_bytes` is 20 or 32.
/// Errors: kCorrupt for anything git would not write.
Result<std::vector<TreeEntry>> DecodeTree(std::string_view raw, std::size_t id_bytes);

}  // namespace coppice::store
