#pragma once

#include <string>
#include <vector>

#include "base/process.h"

namespace coppice::indexer {

/// The git program without a prompt, a hook, a pager, or a variable of ours that would point it
/// elsewhere; no way to a remote is open but those that a later `-c protocol.X.allow=always` opens.
Command QuietGitCommand(const std::vector<std::string>& arguments);

/// The last line of what a program said.
std::string LastLine(std::string text);

}  // namespace coppice::indexer
