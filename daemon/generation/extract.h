#pragma once

#include <string>
#include <vector>

#include "daemon/generation/citations.h"

namespace coppice::generation {

/// An answer without a model: the first lines of the best sources, each with its citation. The same
/// sources give the same text.
std::string ComposeExtract(const std::vector<Source>& sources);

}  // namespace coppice::generation
