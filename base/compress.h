#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace coppice {

/// zstd frame of `bytes` at level 3.
std::string Compress(std::string_view bytes);

/// The bytes of one zstd frame. Errors: kCorrupt for damage or trailing bytes; kResourceExhausted
/// when the frame does not state its size or states more than `limit`.
Result<std::string> Decompress(std::string_view frame, std::size_t limit);

}  // namespace coppice
