#pragma once

#include <string>

#include "base/deadline.h"
#include "base/result.h"

namespace coppice::indexer {

/// Whether a location is fetched rather than read in place: `scheme://…` or `host:path`.
bool IsRemoteLocation(const std::string& location);

/// A name for a repository from its location: the last part without `.git`.
std::string NameFromLocation(const std::string& location);

/// Brings a bare mirror of `url` at `directory` up to date with the git program, cloning it into a
/// temporary name first where there is none.
///
/// Shape:  no hooks, no prompts, no configuration but the mirror's own; file, https, http, ssh and
///         git URLs.
/// Errors: kInvalidArgument (a URL that could be taken for an option, another scheme), kUnavailable
///         with git's last line (retryable), kUnsupported (no git program), kDeadlineExceeded.
Result<void> FetchMirror(const std::string& url, const std::string& directory,
                         const Deadline& deadline);

}  // namespace coppice::indexer
