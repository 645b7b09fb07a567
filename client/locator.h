#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

// What people write for a repository or a place in a file.
namespace coppice::client {

/// A URL ("https://host/x.git", "ssh://…", "file://…") or scp-like ("host:path", "user@host:path").
bool IsUrl(std::string_view location);

/// Absolute and free of links where it exists, else the working directory and the path put
/// together.
Result<std::string> AbsolutePath(const std::string& path);

/// What `add` sends: URLs as they are, paths by AbsolutePath.
Result<std::string> AbsoluteLocation(const std::string& location);

/// A repository argument: what begins with '/', './' or '../', and '.' and '..', is a path and
/// becomes absolute; anything else is a name or a glob and stays.
Result<std::string> RepositoryArgument(const std::string& argument);

/// PATH, PATH:A or PATH:A-B (1-based, inclusive). 0 = not given.
struct FilePlace {
  std::string path;
  std::uint32_t first_line = 0;
  std::uint32_t last_line = 0;
};

/// A suffix that is no line range belongs to the path. Errors: kInvalidArgument for an empty path,
/// line 0, B < A.
Result<FilePlace> ParseFilePlace(std::string_view text);

}  // namespace coppice::client
