#pragma once

#include <cstddef>
#include <string_view>

#include "store/model.h"

namespace coppice::indexer {

/// Larger blobs are not indexed, and not read whole to find that out.
inline constexpr std::size_t kMaxBlobBytes = std::size_t{1} << 20U;

/// Why the content of a blob is not indexed: kBinary, kTooLarge, kMinified, kGenerated,
/// kLfsPointer, or kNone.
///
/// Place:   pure function, any thread.
/// Shape:   in  the whole content;  out  a reason that follows from the bytes alone.
///          kBinary     a NUL in the first 8,000 bytes, or control characters for more than 5 % of
///          them kTooLarge   more than kMaxBlobBytes kMinified   over 5,000 bytes, and more than
///          500 a line, or one line over 20,000 bytes
///                      that holds more than half of the file
///          kGenerated  a comment in the first 20 lines says so: "@generated", the name of a
///                      generator, or "generated" together with "do not edit"
///          kLfsPointer the whole of it is a pointer of git-lfs: its version line, an oid and a
///          size
store::Reason CheckContent(std::string_view bytes);

}  // namespace coppice::indexer
