#pragma once

#include <string>

namespace coppice::indexer {

/// Blanks out what CUDA adds to C++: `__device__` and its like, and the `<<<…>>>` of a launch,
/// which leaves a plain call.
void MaskCuda(std::string& text);

}  // namespace coppice::indexer
