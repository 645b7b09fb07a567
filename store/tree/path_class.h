#pragma once

#include <string_view>

#include "store/tree/attributes.h"
#include "store/tree/walk.h"

namespace coppice::store {

/// What the names of a folder and of those above it say of the files in it.
struct FolderClass {
  bool vendored = false;
  bool test = false;
};
/// `parent` with what `name` adds to it.
FolderClass ClassifyFolder(const FolderClass& parent, std::string_view name);

/// What the path of a file and its attributes say of it. An attribute that is given overrides a folder's name.
PathClass ClassifyFile(const FolderClass& folder, std::string_view path, const PathAttributes& attributes);

}  // namespace coppice::store
