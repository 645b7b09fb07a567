#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace coppice::embed {

/// What a GGUF file says of itself; "" and 0 = nothing.
struct GgufSummary {
  std::string architecture;  // "bert", "llama"
  std::string licence;       // as written by whoever converted it
  std::int64_t context_tokens = 0;
  std::int64_t embedding_width = 0;  // of an embedding model its dimensions
  std::uint64_t tensor_count = 0;
};

/// Whether a file is a GGUF file at all and holds the tensors that it declares.
///
/// Place:  before a file is taken into the store; the back end that runs it checks far more.
/// Shape:  `fd` is a regular file of `size` bytes, read by position; `name` is for messages.
/// Limits: reads the header once, some ms; memory stays below 1 MiB whatever the file claims.
/// Errors: kCorrupt: no GGUF, damaged, cut short (names what is missing); kUnsupportedVersion;
///         kUnavailable where it cannot be read.
Result<GgufSummary> CheckGguf(int fd, std::uint64_t size, const std::string& name);

}  // namespace coppice::embed
