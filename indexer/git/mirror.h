#pragma once

#include <string>

#include "base/deadline.h"
#include "base/result.h"

namespace coppice::indexer {

/// Whether a location is fetched rather than read in place: `scheme://…` or `host:path`.
bool IsRemoteLocation(const std::string& location);

/// A name for a repository from its location: the last part without `.git`.
std::string NameFromLocation(const std::string& location);

/// Errors: kInvalidArgument for a URL that could be taken for an option or names another way than
///         file, https, http, ssh, git or host:path (`ext::…` runs a command).
Result<void> CheckRemoteUrl(const std::string& url);

/// Brings a bare mirror of `url` at `directory` up to date with the git program, cloning it into a
/// temporary name first where there is none. Its HEAD follows the remote's.
///
/// Shape:  no hooks, no prompts, no configuration but the mirror's own; file, https, http, ssh and
///         git URLs.
/// Errors: those of CheckRemoteUrl; kNotFound and kPermissionDenied where the remote refused for
///         good, else kUnavailable (retryable), each with git's last line and without credentials;
///         kUnsupported (no git program); kDeadlineExceeded, kCancelled.
Result<void> FetchMirror(const std::string& url, const std::string& directory,
                         const Deadline& deadline);

}  // namespace coppice::indexer
